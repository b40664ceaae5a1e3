import type { OpenCall } from "../gate/open-calls.ts";
import { longestCall, type RecalledWrite } from "../gate/pending-writes.ts";
import { decidedOn } from "../gate/same-call.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { newestReceipts } from "../ledger/newest.ts";
import type { LedgerSource } from "../ledger/read.ts";
import type { ApprovalBody } from "../model/receipt.ts";
import { readConsent } from "../trust/consent.ts";
import type { OpenState } from "./open-state.ts";

/** How far back a restarted gate looks for calls whose outcome may still come. */
const mostReceipts = 500;

/**
 * Reads back the decisions before a gate was started, by call handle; `newest` is the ledger's newest receipt then, `now` in
 * milliseconds.
 */
export async function recentCalls(
  state: OpenState,
  newest: number,
  now: number,
): Promise<ReadonlyMap<string, OpenCall>> {
  const settled = new Set<number>();
  const answers = new Map<number, OpenCall["answer"]>();
  const over = new Set<number>();
  const calls = new Map<string, OpenCall>();
  for await (const receipt of newestReceipts(ledgerOf(state), null)) {
    if (receipt.kind === "outcome" && receipt.decision !== null) settled.add(receipt.decision);
    if (receipt.kind === "approval") answers.set(receipt.ask, answerOf(receipt));
    if (receipt.kind === "approval" && isOver(receipt, now)) over.add(receipt.ask);
    if (receipt.seq <= newest - mostReceipts) break;
    if (receipt.seq > newest || receipt.kind !== "decision" || receipt.call === null) continue;
    const { seq, call: handle, lineage, commitment } = receipt;
    if (calls.has(handle)) continue;
    const { verdict } = receipt.decision;
    const answer = answers.get(seq) ?? null;
    const { spend = [] } = receipt.input;
    const stands = { settled: settled.has(seq), waits: over.has(seq), ground: receipt.ground };
    const call = { seq, agent: receipt.input.agent, verdict, lineage, commitment, spend, answer };
    calls.set(handle, { ...call, ...stands, said: null, decidedOn: decidedOn(receipt.input) });
  }
  return calls;
}

/** A person's yes is good until the time that they signed. */
function isOver({ answer, consent }: ApprovalBody, now: number): boolean {
  const until = readConsent(consent?.text ?? "")?.notAfter;
  return answer === "allow" && (until === undefined || Date.parse(until) <= now);
}

function answerOf({ answer, consent }: ApprovalBody): OpenCall["answer"] {
  const reason = consent === null ? null : (readConsent(consent.text)?.reason ?? null);
  return { answer, by: consent?.by ?? null, reason };
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
