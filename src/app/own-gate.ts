import { MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import { readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { readReceiptBlob, readReceiptCommit } from "../ledger/stored-receipt.ts";
import { findReceiptBlob } from "../ledger/tree-reader.ts";
import type { Pin } from "../model/lineage.ts";
import { gateKey, gatesOf, openGateKey } from "./gate-keys.ts";
import { keysDirectory } from "./home.ts";
import { pinFromLedger } from "./pin-from-ledger.ts";
import { verifyWith } from "./verify.ts";

/** A gate of this very clone that was here before, and where its ledger has come. */
export interface OwnGate {
  readonly gate: string;
  readonly pin: Pin;
}

/**
 * Finds the gate whose state was taken away and whose key and ledger stayed (`mirror uninstall`): its key was made for
 * this git common directory, so that a clone never takes the gate of another one whose ledger it fetched; and its
 * ledger stands on this genesis and verifies under that key. The one with the newest receipt that is not `revoked`;
 * null if there is none.
 *
 * Throws `ledger-corrupt` for such a ledger that does not hold, `gate-key-missing` and `bad-key` for half a key.
 */
export async function findOwnGate(
  home: string,
  repository: Repository,
  reader: ObjectReader,
  genesis: string,
  revoked: ReadonlySet<string>,
): Promise<OwnGate | null> {
  let newest: { readonly gate: string; readonly time: string } | null = null;
  for (const gate of gatesOf(home, repository.commonDir)) {
    const head = readRef(repository, ledgerRef(gate));
    if (head === null || revoked.has(gate)) continue;
    const { root, receipt } = await readReceiptCommit(reader, head);
    const first = await findReceiptBlob(reader, root.receipts, 0);
    const begun = first === null ? null : (await readReceiptBlob(reader, head, first)).receipt;
    if (begun?.kind !== "genesis" || begun.genesis !== genesis) continue;
    if (newest === null || receipt.time > newest.time) newest = { gate, time: receipt.time };
  }
  if (newest === null) return null;
  const { gate } = newest;
  // That it can sign is as much a condition as that it did.
  openGateKey(home, gate, Date.now);
  const record = { gate, genesis };
  const report = await verifyWith(
    { repository, reader, record },
    { keys: [await gateKey(home, gate)], revoked: null },
    () => undefined,
  );
  if (report.ok) return { gate, pin: await pinFromLedger(repository, reader, record) };
  const [problem] = report.problems;
  throw new MirrorError(
    "ledger-corrupt",
    `${ledgerRef(gate)} is the ledger of this clone's own gate, and does not hold: ${problem?.message}`,
    {
      data: { gate, found: report.problems.map(({ code }) => code) },
      hint: `bring that ref back from a copy, or begin with a new gate: move ${gate}.pem out of ${keysDirectory(home)}`,
    },
  );
}
