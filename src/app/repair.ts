import { isMirrorError, MirrorError } from "../base/errors.ts";
import { readRef } from "../git/refs.ts";
import { updateRefs } from "../git/update-refs.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { everyReceipt, readLedger } from "../ledger/read.ts";
import { readReceiptCommit, type StoredReceipt } from "../ledger/stored-receipt.ts";
import type { LedgerPosition, Pin } from "../model/lineage.ts";
import { stopDaemonAt } from "./daemon-control.ts";
import { gateKey } from "./gate-keys.ts";
import { readGenesis } from "./genesis-candidates.ts";
import { type OpenState, openState } from "./open-state.ts";
import { pinFromLedger } from "./pin-from-ledger.ts";
import { verifyWith } from "./verify.ts";
import type { Where } from "./where.ts";

/**
 * Rebuilds the pin from the ledger, or the ledger's ref from the pin (TRUST T6): each only from the other, and only
 * by a person. Gives what was done, one sentence each; nothing for a state that needs no repair.
 *
 * Throws `ledger-corrupt` where the one that is left does not hold.
 */
export async function repair(where: Where): Promise<string[]> {
  const state = await openState(where.directory, where.environment);
  try {
    await stopDaemonAt(state.paths);
    const pin = readablePin(state);
    if (pin === null) return [await rebuildPin(state)];
    const restored = await restoreRef(state, pin);
    return restored === null ? [] : [restored];
  } finally {
    state.close();
  }
}

function readablePin(state: OpenState): Pin | null {
  try {
    return state.pin.read();
  } catch (error) {
    if (isMirrorError(error, "not-pinned")) return null;
    throw error;
  }
}

async function rebuildPin(state: OpenState): Promise<string> {
  const { record, reader, repository } = state;
  const genesis = await readGenesis(reader, record.genesis);
  if (genesis === null) {
    throw new MirrorError("no-genesis", `the genesis ${record.genesis} does not hold any more`, {
      hint: "fetch the policy branch from a colleague and try again",
    });
  }
  const head = readRef(repository, ledgerRef(record.gate));
  if (head === null) {
    state.pin.create({ version: 1, ...genesis.lineage, commit: record.genesis, ledger: null });
    return `The pin was rebuilt at the genesis ${record.genesis.slice(0, 12)}: there is no ledger.`;
  }
  const key = await gateKey(state.home, record.gate);
  const report = await verifyWith(state, [key], () => undefined);
  if (!report.ok) {
    throw new MirrorError(
      "ledger-corrupt",
      `the ledger has ${report.problems.length} problems, so the pin is not rebuilt from it`,
      {
        hint: "run `mirror verify`",
      },
    );
  }
  const pin = await pinFromLedger(repository, reader, record);
  state.pin.create(pin);
  return `The pin was rebuilt from the ledger: epoch ${pin.epoch}, receipt ${pin.ledger?.seq}.`;
}

async function restoreRef(state: OpenState, pin: Pin): Promise<string | null> {
  const ref = ledgerRef(state.record.gate);
  const found = readRef(state.repository, ref);
  if (pin.ledger === null || found === pin.ledger.head) return null;
  if (found !== null && (await isAhead(state, found, pin.ledger))) return null;
  // The receipts themselves must be there; reading them re-hashes the newest.
  await readReceiptCommit(state.reader, pin.ledger.head);
  await updateRefs(state.repository, [{ ref, to: pin.ledger.head, from: found, message: "mirror repair" }]);
  return `${ref} was ${found === null ? "gone" : `at ${found.slice(0, 12)}`}; it is at receipt ${pin.ledger.seq} again.`;
}

/** A ref further on than the pin is no damage: the gate judges it by its own signatures. */
async function isAhead(state: OpenState, found: string, pinned: LedgerPosition): Promise<boolean> {
  const { repository: repo, reader, record } = state;
  const newest = await receiptAt(state, found);
  if (newest === null || newest.seq <= pinned.seq) return false;
  for await (const { seq, commit } of readLedger(
    { repo, reader, ref: ledgerRef(record.gate) },
    everyReceipt,
  )) {
    if (seq === pinned.seq) return commit === pinned.head;
  }
  return false;
}

/** Reads the receipt a commit brought; null for a commit that is none of a ledger's. */
async function receiptAt(state: OpenState, commit: string): Promise<StoredReceipt | null> {
  try {
    return await readReceiptCommit(state.reader, commit);
  } catch (error) {
    if (isMirrorError(error, "ledger-corrupt", "corrupt-object", "missing-object")) return null;
    throw error;
  }
}
