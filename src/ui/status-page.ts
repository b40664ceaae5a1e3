import type { RepositoryStatus } from "../app/status.ts";
import { printable } from "../base/escape.ts";
import { type Cell, columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Writes what holds in a repository; what needs attention comes last, where the eye stays. */
export function statusPage(status: RepositoryStatus, style: Style): string[] {
  const rows: Cell[][] = [];
  const row = (name: string, text: string): void =>
    void rows.push([{ text: name, paint: style.dim }, printable(text)]);
  const { policy, ledger, daemon } = status;
  if (policy !== null) {
    row("policy", `epoch ${policy.epoch}, set ${policy.digest.slice(0, 12)}, branch ${policy.branch}`);
    row("genesis", `${policy.genesis.slice(0, 12)}`);
  }
  row("gate", status.gate);
  for (const agent of status.agents)
    row("agent", `${agent.id}  ${agent.clients.join(", ")}  policies: ${agent.policies.join(", ")}`);
  if (ledger !== null)
    row("ledger", `${ledger.receipts} receipts, head ${ledger.head.slice(0, 12)}, ${ledger.ref}`);
  row("daemon", daemon === null ? "not running; the next tool call starts it" : `process ${daemon.pid}`);
  if (daemon !== null && daemon.bus !== null) row("bus", daemon.bus);
  row("assurance", status.assurance);
  return [
    ...columns(rows),
    ...status.notes.map((note) => `${style.yellow("note")}       ${printable(note)}`),
    ...status.problems.map((problem) => `${style.red("problem")}    ${printable(problem)}`),
  ];
}
