import type { LogEntry } from "../app/log-entry.ts";
import { printable } from "../base/escape.ts";
import { type BudgetUnit, inUnit } from "../model/budget.ts";
import type { RedactedInput } from "../model/kept-input.ts";
import { type Cell, columns } from "./columns.ts";
import { type Style, verdictStyle } from "./style.ts";

/** Writes one receipt as a page: what was asked, what was decided and why, where it stands in the ledger. */
export function receiptPage(
  entry: LogEntry,
  input: RedactedInput | "encrypted" | null,
  style: Style,
): string[] {
  const word = entry.decision ?? entry.outcome?.status ?? entry.modelCall?.what ?? entry.event ?? entry.kind;
  const head = `${style.bold(`receipt ${entry.seq}`)}  ${verdictStyle(style, word)(word)}  ${entry.time}`;
  const facts: Cell[][] = [];
  const fact = (name: string, value: string | null): void => {
    if (value !== null && value !== "") facts.push([{ text: name, paint: style.dim }, printable(value)]);
  };
  fact("agent", entry.agent);
  fact("tool", entry.tool);
  fact("session", entry.session);
  if (entry.outcome !== null) {
    fact("decision", entry.outcome.of === null ? "none known" : String(entry.outcome.of));
    fact(
      "took",
      entry.outcome.duration === null ? null : `${entry.outcome.duration} ms (the client's claim)`,
    );
    if (entry.outcome.approvedInClient) fact("consent", "approved in the client's own prompt");
    if (entry.outcome.changedAfterDecision === true)
      fact("changed", "a file or link it was judged by is another one since the decision");
  }
  if (entry.approval !== null) {
    const { of, answer, by, text, grant } = entry.approval;
    fact("ask", String(of));
    fact("answer", by === null ? "nobody answered in time" : `${answer}, by ${by}`);
    for (const line of text?.trimEnd().split("\n") ?? []) fact("signed", line);
    for (const rule of grant?.rules ?? []) fact("grants", `${rule} until ${grant?.until}`);
  }
  if (entry.grant !== null) {
    fact("grant", `${entry.grant.what} ${entry.grant.topUp ?? entry.grant.of}`);
    fact("by", entry.grant.by);
  }
  if (entry.modelCall !== null) {
    const { model, reservation, tokens, usd, reason, report } = entry.modelCall;
    fact("model", model);
    fact("refused", reason);
    fact("reserved by", reservation === null ? null : `receipt ${reservation}`);
    fact(
      "tokens",
      `${tokens.input} in, ${tokens.output} out, ${tokens.cacheRead} from cache, ${tokens.cacheWrite} to cache`,
    );
    fact("cost", usd === null ? "nobody knows the price" : `${usd} usd`);
    if (report !== null)
      fact("source", `${report.messages} messages of its client's ${report.source} (the client's claim)`);
    if (report !== null && report.skipped > 0) fact("skipped", `${report.skipped} lines that cannot be read`);
  }
  for (const effect of entry.effects) fact("effect", `${effect.action}  ${effect.resource}`);
  if (entry.risk !== null) fact("risk", [entry.risk.level, ...entry.risk.reasons].join("  "));
  fact("after", entry.after?.join("  ") ?? null);
  for (const reason of entry.reasons) fact("reason", `${reason.verdict}  ${reason.rule}  ${reason.message}`);
  for (const [kind, count] of countKinds(entry.removed))
    fact("removed", count > 1 ? `${kind} (${count})` : kind);
  for (const { field, size } of entry.contents) fact("contents", `${field}  ${size} bytes`);
  for (const { budget, window, unit, used, cost } of entry.spend)
    fact("budget", `${budget} (${window}): ${amount(unit, used)} used, takes ${amount(unit, cost)}`);
  for (const { budget, window, unit, by } of entry.settled)
    fact("settled", `${budget} (${window}): ${by > 0 ? "+" : ""}${amount(unit, by)}, as the gate measured`);
  fact("policy set", `${entry.policySet} at epoch ${entry.epoch}`);
  fact("assurance", entry.assurance);
  fact("digest", entry.id);
  fact("commit", entry.commit);
  fact("gate", entry.gate);
  return [head, "", ...columns(facts).map((line) => `  ${line}`), ...inputLines(input, style)];
}

function amount(unit: BudgetUnit | undefined, counted: number): string {
  return unit === undefined ? String(counted) : `${inUnit(unit, counted)} ${unit}`;
}

function countKinds(removed: LogEntry["removed"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of removed) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** The redacted input as JSON, a member a line, so that a long command stays one to read. */
function inputLines(kept: RedactedInput | "encrypted" | null, style: Style): string[] {
  if (kept === null) return [];
  const lines =
    kept === "encrypted"
      ? ["encrypted; `mirror show --decrypt` opens it"]
      : JSON.stringify(kept.input, null, 2).split("\n");
  return ["", `  ${style.dim("input")}`, ...lines.map((line) => `    ${printable(line)}`)];
}
