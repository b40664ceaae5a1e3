import { ledgerRef } from "../ledger/ledger-store.ts";
import { receiptsSince } from "../ledger/newest.ts";
import { SessionRisks } from "../model/session-risks.ts";
import type { OpenState } from "./open-state.ts";

/** Stands in every receipt of a call that had a risk reason, and in few others. */
const risky = '"reasons":["';

/** Reads back from the ledger what sessions did since a time (milliseconds), as far as it was let through. */
export async function recallPast(
  { repository: repo, reader, record }: Pick<OpenState, "repository" | "reader" | "record">,
  since: number,
): Promise<SessionRisks> {
  const risks = new SessionRisks("did-everything");
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  for await (const receipt of receiptsSince(source, since, [risky])) {
    if (receipt.kind !== "decision" || receipt.decision.verdict === "deny") continue;
    risks.add(receipt.input, receipt.input.analysis, Date.parse(receipt.time));
  }
  return risks;
}
