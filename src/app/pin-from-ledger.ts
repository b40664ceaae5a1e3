import { MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import { readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { everyReceipt, readLedger } from "../ledger/read.ts";
import { positionOf, readReceiptCommit } from "../ledger/stored-receipt.ts";
import type { Lineage, Pin } from "../model/lineage.ts";
import type { RepositoryRecord } from "./repository-record.ts";

/** Gives the pin of a gate that has no receipt yet. */
export function pinAt(genesis: Lineage): Pin {
  return { version: 1, ...genesis, commit: genesis.genesis, ledger: null };
}

/** Gives the pin of a gate from its ledger, which the caller has verified. Throws `ledger-corrupt`. */
export async function pinFromLedger(
  repo: Repository,
  reader: ObjectReader,
  { gate, genesis }: Pick<RepositoryRecord, "gate" | "genesis">,
): Promise<Pin> {
  const ref = ledgerRef(gate);
  const head = readRef(repo, ref);
  if (head === null) throw new MirrorError("ledger-corrupt", `there is no \`${ref}\``);
  const newest = await readReceiptCommit(reader, head);
  const { epoch, lineage, policySet } = newest.receipt;
  return {
    version: 1,
    genesis,
    epoch,
    lineage,
    digest: policySet.slice("sha256:".length),
    commit: epoch === 0 ? genesis : await commitOfEpoch({ repo, reader, ref }, epoch),
    ledger: positionOf(newest),
  };
}

/** Finds the commit that brought an epoch: the ledger's own adopt receipt names it. */
async function commitOfEpoch(source: Parameters<typeof readLedger>[0], epoch: number): Promise<string> {
  for await (const { receipt } of readLedger(source, { ...everyReceipt, kind: "adopt" })) {
    if (receipt.kind === "adopt" && receipt.epoch === epoch) return receipt.commit;
  }
  throw new MirrorError("ledger-corrupt", `no receipt of the ledger adopts epoch ${epoch}`);
}
