import type { Explanation } from "../app/explain.ts";
import { printable } from "../base/escape.ts";
import { type Cell, columns } from "./columns.ts";
import { type Style, verdictStyle } from "./style.ts";

/** Writes what would be decided and why. */
export function explainPage(explanation: Explanation, style: Style): string[] {
  const rows: Cell[][] = explanation.effects.map((effect) => [
    { text: "effect", paint: style.dim },
    effect.action,
    printable(effect.resource),
  ]);
  rows.push([{ text: "risk", paint: style.dim }, explanation.risk.level, explanation.risk.reasons.join(" ")]);
  if (explanation.after.length > 0)
    rows.push([{ text: "after", paint: style.dim }, explanation.after.join(" ")]);
  const reasons: Cell[][] = explanation.reasons.map((reason) => [
    { text: "reason", paint: style.dim },
    { text: reason.verdict, paint: verdictStyle(style, reason.verdict) },
    printable(reason.rule),
    printable(reason.message),
  ]);
  return [
    style.bold(verdictStyle(style, explanation.decision)(explanation.decision)),
    ...columns(rows).map((line) => `  ${line}`),
    ...columns(reasons).map((line) => `  ${line}`),
  ];
}
