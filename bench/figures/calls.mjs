// What stands between a tool call's bytes and its decision: the analysis of the command, and every rule of the
// template `solo` over what it finds.
import { fileURLToPath } from "node:url";
import { thisMachine } from "../../dist/lib/app/machine.js";
import { evaluate } from "../../dist/lib/gate/evaluate.js";
import { shellCommands } from "../commands.mjs";
import { atMost, median, percentile, timed } from "../harness.mjs";
import { coder, shellCall, solo } from "../solo.mjs";

const root = new URL("../../", import.meta.url);

/** Asked in this very work tree, with its scripts and its files. */
const here = fileURLToPath(root).replace(/\/$/, "");
const places = {
  repo: [here],
  home: "/home/ada",
  tmp: ["/tmp"],
  git: [`${here}/.git`],
  mirror: ["/home/ada/.local/state/mirror"],
};

export async function measure(rounds, file) {
  const { commands, name } = shellCommands(file);
  const compiled = solo();
  const calls = commands.map((command) => shellCall(command, here));
  const times = calls.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, call] of calls.entries()) {
      const time = await timed(() => evaluate(call, coder, places, thisMachine, compiled));
      if (round >= 0) times[index].push(time * 1_000);
    }
  }
  const each = times.map(median);
  const detail = `${commands.length} commands of ${name}; p90 ${Math.round(percentile(each, 0.9))} µs`;
  return [atMost("analyse and decide one command", median(each), 300, "µs", detail)];
}
