import type { BusEnvironment } from "../app/bus.ts";
import type { BusStatus } from "../app/bus-host.ts";
import { type Cell, columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Writes how the model bus stands. */
export function busPage(status: BusStatus | null, style: Style): string[] {
  if (status === null) return ["The model bus is not running; `mirror bus start` starts it."];
  const { addresses, keys, sessions } = status;
  const rows = Object.entries(addresses).map(([name, address]): Cell[] => [
    { text: name, paint: style.dim },
    address,
    keys.some((each) => each === name) ? "holds a key" : { text: "no key", paint: style.yellow },
  ]);
  const counts = new Map<string, number>();
  for (const { agent } of sessions) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  const open = [...counts].sort().map(([agent, count]) => `${agent} ${count}`);
  return [...columns(rows), `sessions: ${open.length === 0 ? "none" : open.join(", ")}`];
}

/** Writes the settings of a session for a POSIX shell to read. */
export function busEnvironmentPage({ environment, unset }: BusEnvironment): string[] {
  return [
    ...Object.entries(environment).map(
      ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
    ),
    ...unset.map((name) => `unset ${name}`),
  ];
}
