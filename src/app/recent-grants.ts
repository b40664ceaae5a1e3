import type { HeldGrant, HeldTopUp, RecalledGrants } from "../gate/grants.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { newestReceipts } from "../ledger/newest.ts";
import { grantLength, topUpLength } from "../model/consent.ts";
import { readTopUp } from "../trust/top-up.ts";
import type { OpenState } from "./open-state.ts";

/** Windows that a clock ends are at most a month. */
const longest = Math.max(topUpLength, 31 * 24 * 3_600_000, ...Object.values(grantLength));

/**
 * Reads back from the ledger what was granted that may hold at `now` (milliseconds): not older than any lasts, and not taken
 * back. `most`: receipts that are looked at, for who only wants to tell of them.
 */
export async function recallGrants(
  { repository: repo, reader, record }: Pick<OpenState, "repository" | "reader" | "record">,
  now: number,
  most: number = Number.POSITIVE_INFINITY,
): Promise<RecalledGrants> {
  const revoked = new Set<number>();
  const grants: HeldGrant[] = [];
  const topUps: HeldTopUp[] = [];
  const takenBack: HeldTopUp[] = [];
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  for await (const receipt of newestReceipts(source, ['"kind":"approval"', '"kind":"grant"'], most)) {
    if (Date.parse(receipt.time) < now - longest) break;
    if (receipt.kind === "grant" && receipt.grant !== null) revoked.add(receipt.grant);
    if (receipt.kind === "grant" && receipt.topUp !== null) {
      const { seq, agent, lineage, topUp, consent } = receipt;
      const until = Date.parse(topUp.until);
      const nonce = readTopUp(consent?.text ?? "")?.nonce ?? "";
      if (until > now)
        (revoked.has(seq) ? takenBack : topUps).push({ ...topUp, seq, agent, lineage, until, nonce });
    }
    if (receipt.kind !== "approval" || receipt.grant === null || revoked.has(receipt.seq)) continue;
    const { seq, agent, subagent, lineage, grant } = receipt;
    const until = Date.parse(grant.until);
    if (until > now)
      grants.push({ seq, agent, subagent, lineage, until, session: grant.session, effects: grant.effects });
  }
  return { grants, topUps, takenBack };
}
