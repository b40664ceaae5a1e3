import type { LogEntry } from "../app/log-entry.ts";
import { printable, shorten } from "../base/escape.ts";
import { allTokens } from "../model/model-use.ts";
import { type Cell, columns } from "./columns.ts";
import { type Style, verdictStyle } from "./style.ts";

/** Writes log entries as aligned lines: number, time, agent, what was decided, about what. */
export function logLines(entries: readonly LogEntry[], style: Style): string[] {
  return columns(entries.map((entry) => row(entry, style)));
}

function row(entry: LogEntry, style: Style): Cell[] {
  const word = entry.decision ?? entry.outcome?.status ?? entry.modelCall?.what ?? entry.event ?? entry.kind;
  return [
    { text: String(entry.seq).padStart(4), paint: style.dim },
    { text: entry.time.slice(0, 19).replace("T", " "), paint: style.dim },
    printable(entry.agent ?? "-"),
    { text: word, paint: verdictStyle(style, word) },
    entry.risk === null ? "" : entry.risk.level,
    printable(entry.tool ?? ""),
    subject(entry),
  ];
}

function subject(entry: LogEntry): string {
  if (entry.outcome !== null)
    return entry.outcome.of === null ? "of no known decision" : `of ${entry.outcome.of}`;
  if (entry.modelCall !== null) return modelText(entry.modelCall);
  if (entry.gap !== null) return gapText(entry.gap.count)[entry.gap.cause];
  if (entry.kind === "genesis" || entry.kind === "adopt")
    return `policy set ${entry.policySet.slice(7, 19)}, epoch ${entry.epoch}`;
  return entry.about === null ? "" : shorten(printable(`${entry.about.action} ${entry.about.resource}`), 100);
}

function modelText({ model, tokens, usd, reason }: NonNullable<LogEntry["modelCall"]>): string {
  const cost = usd === null ? "" : `, ${usd} usd`;
  return shorten(printable(reason ?? `${model}: ${allTokens(tokens)} tokens${cost}`), 100);
}

/** What a gap stands for, by its cause. */
function gapText(count: number): Readonly<Record<NonNullable<LogEntry["gap"]>["cause"], string>> {
  const calls = count === 1 ? "1 call" : `${count} calls`;
  return {
    overloaded: `${calls} denied unrecorded: more came in a second than the gate takes`,
    "disk-reserve": `${calls} denied unrecorded: the disk is nearly full`,
    "second-outcome": `${count} outcomes of a call that had one`,
    repaired: `${count} receipts that the ledger's ref did not lead to, brought back`,
  };
}
