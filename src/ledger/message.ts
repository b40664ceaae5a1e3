import { printable, shorten } from "../base/escape.ts";
import { inUnit, type Settlement } from "../model/budget.ts";
import type { ApprovalBody, DecisionBody, Receipt, SpendBody, UsageReport } from "../model/receipt.ts";
import { actorOf, principalName } from "./principal-name.ts";
import { commandText, receiptSubject } from "./subject.ts";

// The text follows from the receipt alone, and verification writes it again: what this file writes for a receipt of
// version 1 is part of the format and stays as it is.

const mostReasons = 8;
const longestLine = 200;

/**
 * Writes the commit message of a receipt: subject, body, and as the last paragraph the trailers, which mirror alone
 * writes, each key once (TRUST R4, R5). `digest` is the receipt file's. Every line of the body is indented: none
 * can be taken for a trailer, whatever came from outside.
 */
export function receiptMessage(receipt: Receipt, digest: string): string {
  const body = bodyLines(receipt).map((line) => `  ${shorten(printable(line), longestLine)}\n`);
  const paragraphs = [`${receiptSubject(receipt)}\n`, body.join(""), trailers(receipt, digest)];
  return paragraphs.filter((paragraph) => paragraph !== "").join("\n");
}

function trailers(receipt: Receipt, digest: string): string {
  const actor = actorOf(receipt);
  const lines = [
    `Mirror-Receipt: ${digest}`,
    `Mirror-Kind: ${receipt.kind}`,
    actor === null ? null : `Mirror-Agent: ${principalName(actor)}`,
    receipt.kind === "decision" ? `Mirror-Decision: ${receipt.decision.verdict}` : null,
    `Mirror-Policy-Set: ${receipt.policySet}`,
    `Mirror-Epoch: ${receipt.epoch}`,
    `Mirror-Seq: ${receipt.seq}`,
  ];
  return lines
    .filter((line) => line !== null)
    .map((line) => `${line}\n`)
    .join("");
}

function bodyLines(receipt: Receipt): string[] {
  switch (receipt.kind) {
    case "decision":
      return decisionLines(receipt);
    case "adopt":
      return [`lineage ${receipt.lineage}`, `parent  ${receipt.parentLineage}`];
    case "genesis":
      return [`lineage ${receipt.lineage}`];
    case "outcome":
      return [
        `session ${receipt.session}`,
        ...(receipt.duration === null ? [] : [`took    ${receipt.duration} ms, as the client says`]),
        ...(receipt.changedAfterDecision === true
          ? ["changed-after-decision: a file or link it was judged by is another one now"]
          : []),
        ...(receipt.settled ?? []).map(settledLine),
        ...(receipt.consent === undefined ? [] : [`consent ${receipt.consent}`]),
      ];
    case "approval":
      return approvalLines(receipt);
    case "grant":
      return receipt.consent?.text.trimEnd().split("\n") ?? [];
    case "spend":
      return spendLines(receipt);
    case "session":
      return [`session ${receipt.session}`];
    case "gap":
      return [];
  }
}

function approvalLines({ session, consent, grant, settled }: ApprovalBody): string[] {
  return [
    `session ${session}`,
    ...(consent?.text.trimEnd().split("\n") ?? ["nobody answered in time"]),
    ...(grant === null
      ? []
      : [`granted until ${grant.until}${grant.session === null ? "" : ", in this session"}`]),
    ...(settled ?? []).map(settledLine),
  ];
}

function spendLines({ what, tokens, microUsd, settled, session, reason, report }: SpendBody): string[] {
  const { input, output, cacheRead, cacheWrite } = tokens;
  const cost = microUsd === null ? "price unknown" : `${inUnit("usd", microUsd)} usd`;
  return [
    ...(reason === null ? [] : [`refused ${reason}`]),
    `tokens  ${input} in, ${output} out, ${cacheRead} from cache, ${cacheWrite} to cache`,
    `cost    ${cost}${what === "settled" || what === "reported" ? "" : ", by estimate"}`,
    ...(report === undefined ? [] : [`claim   of the client's: ${reportText(report)}`]),
    `session ${session}`,
    ...(settled ?? []).map(settledLine),
  ];
}

function reportText({ source, messages, skipped }: UsageReport): string {
  return `${messages.length} messages of its ${source}${skipped === 0 ? "" : `, ${skipped} lines unreadable`}`;
}

function settledLine({ budget, window, unit, by }: Settlement): string {
  return `settled ${budget} (${window}): ${by > 0 ? "+" : ""}${inUnit(unit, by)} ${unit}`;
}

function decisionLines({ decision, input, replay }: DecisionBody): string[] {
  const shown = decision.reasons.slice(0, mostReasons);
  const more = decision.reasons.length - shown.length;
  const { level, reasons } = input.analysis.risk;
  const command = input.analysis.commands[0];
  return [
    ...shown.map((reason) => `${reason.verdict.padEnd(5)} ${reason.rule}: ${reason.message}`),
    ...(more > 0 ? [`and ${more} more reasons`] : []),
    `risk    ${level}${reasons.length === 0 ? "" : ` (${reasons.join(", ")})`}`,
    `tool    ${input.tool}${command === undefined ? "" : `: ${commandText(command)}`}`,
    `session ${input.session}`,
    ...(replay === "sealed"
      ? ["sealed  the call itself was decided more strictly than this record shows"]
      : []),
  ];
}
