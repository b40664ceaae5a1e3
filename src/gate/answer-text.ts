import { shorten } from "../base/escape.ts";
import type { Decision } from "../model/decision.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Answer } from "./asks.ts";

const mostReasons = 3;
const longestAnswer = 1_200;

/**
 * Writes what the client shows of a decision: the verdict's own reasons, one sentence each, and where to look
 * for more. `seq` is the receipt's number; null where none was written. `warnings`: budgets that are nearly used.
 */
export function answerText(decision: Decision, seq: number | null, warnings: readonly string[] = []): string {
  const reasons = decision.reasons.filter((reason) => reason.verdict === decision.verdict);
  const shown = reasons.slice(0, mostReasons).map((reason) => `${reason.message} (${reason.rule})`);
  const more = reasons.length > mostReasons ? [`and ${reasons.length - mostReasons} more reasons`] : [];
  const receipt = seq === null ? "" : ` [mirror show ${seq}]`;
  const text = [...shown, ...more, ...warnings].join("; ");
  return `${shorten(`mirror: ${text}`, longestAnswer)}${receipt}`;
}

/** Writes what the client shows of a signer's answer to the call that waited for it. */
export function consentAnswerText({ answer, by, reason }: Answer, verdict: Verdict, seq: number): string {
  const said =
    answer === "none"
      ? "nobody answered in time, so it is denied; a person answers with `mirror approvals`"
      : answer === "deny"
        ? `${by} denied it${reason === null ? "" : `: ${reason}`}`
        : verdict === "deny"
          ? `${by} allowed it, and what it would read or run has changed since; ask again`
          : `${by} allowed it`;
  return `${shorten(`mirror: ${said}`, longestAnswer)} [mirror show ${seq}]`;
}
