import type { DecidedCall } from "../gate/decided-calls.ts";
import type { RecalledCall } from "../gate/open-calls.ts";
import { longestCall, type RecalledWrite } from "../gate/pending-writes.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { everyReceipt, readLedger } from "../ledger/read.ts";
import type { OpenState } from "./open-state.ts";

/** How far back a restarted gate looks for calls whose outcome may still come. */
const mostReceipts = 500;

/** What a gate that was started again knows of the calls before. */
export interface RecentCalls {
  /** The newest decisions and which of them have their outcome, newest first. */
  readonly calls: readonly RecalledCall[];
  /** All decisions by call handle. */
  readonly decided: ReadonlyMap<string, DecidedCall>;
  /** Those without outcome that may still be writing, newest first. */
  readonly writes: readonly RecalledWrite[];
}

/**
 * Reads back the calls before a gate was started at `now` (milliseconds); `newest` is the ledger's newest receipt
 * then. Looks back as far as a call may still be running: no flood of later ones hides it.
 */
export async function recentCalls(state: OpenState, newest: number, now: number): Promise<RecentCalls> {
  const { repository: repo, reader, record } = state;
  const settled = new Set<number>();
  const calls: RecalledCall[] = [];
  const writes: RecalledWrite[] = [];
  const decided = new Map<string, DecidedCall>();
  let left = mostReceipts;
  for await (const { receipt } of readLedger({ repo, reader, ref: ledgerRef(record.gate) }, everyReceipt)) {
    if (receipt.kind === "outcome" && receipt.decision !== null) settled.add(receipt.decision);
    if (receipt.seq > newest) continue;
    const time = Date.parse(receipt.time);
    if (left <= 0 && now - time >= longestCall) break;
    left -= 1;
    if (receipt.kind !== "decision") continue;
    const { seq, call: handle, input, lineage, commitment } = receipt;
    const { verdict } = receipt.decision;
    const isSettled = settled.has(seq);
    if (handle !== null && !decided.has(handle)) {
      decided.set(handle, { seq, verdict, lineage, commitment, settled: isSettled });
    }
    if (verdict === "deny") continue;
    if (handle !== null) calls.push({ handle, seq, settled: isSettled });
    if (!isSettled) writes.push({ seq, time, effects: input.analysis.effects });
  }
  return { calls, decided, writes };
}
