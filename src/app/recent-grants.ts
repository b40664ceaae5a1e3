import type { HeldGrant } from "../gate/grants.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { newestReceipts } from "../ledger/newest.ts";
import { grantLength } from "../model/consent.ts";
import type { OpenState } from "./open-state.ts";

const longest = Math.max(...Object.values(grantLength));

/**
 * Reads back from the ledger the grants that may hold at `now` (milliseconds): not older than any lasts, and not taken
 * back. `most`: receipts that are looked at, for who only wants to tell of them.
 */
export async function recallGrants(
  { repository: repo, reader, record }: Pick<OpenState, "repository" | "reader" | "record">,
  now: number,
  most: number = Number.POSITIVE_INFINITY,
): Promise<HeldGrant[]> {
  const revoked = new Set<number>();
  const grants: HeldGrant[] = [];
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  for await (const receipt of newestReceipts(source, ['"kind":"approval"', '"kind":"grant"'], most)) {
    if (Date.parse(receipt.time) < now - longest) break;
    if (receipt.kind === "grant") revoked.add(receipt.grant);
    if (receipt.kind !== "approval" || receipt.grant === null || revoked.has(receipt.seq)) continue;
    const { seq, agent, subagent, lineage, grant } = receipt;
    const until = Date.parse(grant.until);
    if (until > now)
      grants.push({ seq, agent, subagent, lineage, until, session: grant.session, effects: grant.effects });
  }
  return grants;
}
