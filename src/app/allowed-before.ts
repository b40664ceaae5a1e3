import { ledgerRef } from "../ledger/ledger-store.ts";
import { newestReceipts } from "../ledger/newest.ts";
import { findReceipt } from "../ledger/read.ts";
import { wordText } from "../model/command.ts";
import type { DecisionBody } from "../model/receipt.ts";
import type { OpenState } from "./open-state.ts";

/** Receipts that are looked back at, and answers among them. */
const mostReceipts = 5_000;
const mostAnswers = 30;

/**
 * Counts how often signers allowed an agent's ask of the same kind lately: by the same rules, of the same program and
 * subcommand. What is allowed again and again is a rule.
 */
export async function timesAllowed(
  { repository: repo, reader, record }: Pick<OpenState, "repository" | "reader" | "record">,
  ask: DecisionBody,
): Promise<number> {
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  let looked = 0;
  let times = 0;
  for await (const receipt of newestReceipts(source, ['"kind":"approval"'], mostReceipts)) {
    if (receipt.kind !== "approval") continue;
    looked += 1;
    if (looked > mostAnswers) break;
    if (receipt.answer !== "allow" || receipt.agent !== ask.input.agent) continue;
    const found = await findReceipt(source, String(receipt.ask));
    if (found === null || found === "ambiguous" || found.receipt.kind !== "decision") continue;
    if (kindOf(found.receipt) === kindOf(ask)) times += 1;
  }
  return times;
}

function kindOf({ input, decision }: DecisionBody): string {
  const rules = decision.reasons.filter(({ verdict }) => verdict === "ask").map(({ rule }) => rule);
  const words = input.analysis.commands[0]?.argv.slice(0, 2).map(wordText) ?? [];
  return JSON.stringify([input.tool, ...new Set(rules), ...words]);
}
