import type { RecalledCall } from "../gate/open-calls.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { everyReceipt, readLedger } from "../ledger/read.ts";
import type { OpenState } from "./open-state.ts";

/** How far back a restarted gate looks for calls whose outcome may still come. */
const mostReceipts = 500;

/** Reads back the newest decisions and which of them have their outcome, newest first. */
export async function recentCalls(state: OpenState): Promise<RecalledCall[]> {
  const { repository: repo, reader, record } = state;
  const settled = new Set<number>();
  const calls: RecalledCall[] = [];
  let left = mostReceipts;
  for await (const { receipt } of readLedger({ repo, reader, ref: ledgerRef(record.gate) }, everyReceipt)) {
    if (receipt.kind === "outcome" && receipt.decision !== null) settled.add(receipt.decision);
    if (receipt.kind === "decision" && receipt.call !== null && receipt.decision.verdict !== "deny") {
      calls.push({ handle: receipt.call, seq: receipt.seq, settled: settled.has(receipt.seq) });
    }
    left -= 1;
    if (left === 0) break;
  }
  return calls;
}
