import type { DecidedCall } from "../gate/decided-calls.ts";
import type { RecalledCall } from "../gate/open-calls.ts";
import { longestCall, type RecalledWrite } from "../gate/pending-writes.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { newestReceipts } from "../ledger/newest.ts";
import type { LedgerSource } from "../ledger/read.ts";
import type { OpenState } from "./open-state.ts";

/** How far back a restarted gate looks for calls whose outcome may still come. */
const mostReceipts = 500;

/** What a gate that was started again knows of the calls before. */
export interface RecentCalls {
  /** The newest decisions and which of them have their outcome, newest first. */
  readonly calls: readonly RecalledCall[];
  /** All decisions by call handle. */
  readonly decided: ReadonlyMap<string, DecidedCall>;
}

/** Reads back the calls before a gate was started; `newest` is the ledger's newest receipt then. */
export async function recentCalls(state: OpenState, newest: number): Promise<RecentCalls> {
  const settled = new Set<number>();
  const calls: RecalledCall[] = [];
  const decided = new Map<string, DecidedCall>();
  for await (const receipt of newestReceipts(ledgerOf(state), null)) {
    if (receipt.kind === "outcome" && receipt.decision !== null) settled.add(receipt.decision);
    if (receipt.seq <= newest - mostReceipts) break;
    if (receipt.seq > newest || receipt.kind !== "decision" || receipt.call === null) continue;
    const { seq, call: handle, lineage, commitment } = receipt;
    const { verdict } = receipt.decision;
    const isSettled = settled.has(seq);
    if (!decided.has(handle)) {
      decided.set(handle, { seq, verdict, lineage, commitment, settled: isSettled });
    }
    if (verdict !== "deny") calls.push({ handle, seq, settled: isSettled });
  }
  return { calls, decided };
}

/**
 * Reads back the calls without outcome that may still be writing at `now` (milliseconds), the newest first: as far
 * back as a call may still be running, so that no flood of later ones hides it.
 */
export async function recentWrites(state: OpenState, newest: number, now: number): Promise<RecalledWrite[]> {
  const settled = new Set<number>();
  const writes: RecalledWrite[] = [];
  for await (const receipt of newestReceipts(ledgerOf(state), ['"outcome"', '"fs.write"', '"fs.delete"'])) {
    const time = Date.parse(receipt.time);
    if (now - time >= longestCall) break;
    if (receipt.kind === "outcome" && receipt.decision !== null) settled.add(receipt.decision);
    if (receipt.kind !== "decision" || receipt.decision.verdict === "deny") continue;
    const { seq, input } = receipt;
    if (seq <= newest && !settled.has(seq)) writes.push({ seq, time, effects: input.analysis.effects });
  }
  return writes;
}

function ledgerOf({ repository: repo, reader, record }: OpenState): LedgerSource {
  return { repo, reader, ref: ledgerRef(record.gate) };
}
