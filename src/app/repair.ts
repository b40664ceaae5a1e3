import { join } from "node:path";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { openOutside, openParts } from "../ledger/open-parts.ts";
import { positionOf, readReceiptCommit } from "../ledger/stored-receipt.ts";
import { takeWriterLock } from "../ledger/writer-lock.ts";
import type { LedgerPosition, Pin } from "../model/lineage.ts";
import { stopDaemonAt } from "./daemon-control.ts";
import { gateKey, openGateKey } from "./gate-keys.ts";
import { GateLedger } from "./gate-ledger.ts";
import { readGenesis } from "./genesis-candidates.ts";
import { ledgerPlace } from "./ledger-access.ts";
import { type OpenState, openState } from "./open-state.ts";
import { pinAt, pinFromLedger } from "./pin-from-ledger.ts";
import { type FoundLedger, findLedger, moveLedger } from "./repair-ledger.ts";
import { verifyWith } from "./verify.ts";
import type { Where } from "./where.ts";

/** Milliseconds to wait for a process that holds the ledger. */
const patience = 5_000;

/**
 * Brings a ledger's ref and pin together again (TRUST T6), from whatever is left: the pin, the journal, and the
 * receipts of this gate that the object store still holds. Only by a person. Leaves a `gap` receipt. Gives what was
 * done, one sentence each; nothing for a state that needs no repair.
 *
 * No receipt is dropped: what stood in the ref's place, or lies beside the line that goes on, gets a ref below
 * `refs/mirror/kept/`. Throws `ledger-corrupt`, with the receipts that are gone, before anything was changed.
 */
export async function repair(where: Where): Promise<string[]> {
  const state = await openState(where.directory, where.environment);
  try {
    await stopDaemonAt(state.paths);
    if (await stands(state)) return [];
    // A repair that could leave no receipt of itself is none.
    const signer = openGateKey(state.home, state.record.gate, Date.now);
    const lock = await takeWriterLock(join(state.paths.directory, "writer"), patience);
    let done: Repaired;
    try {
      done = await bringTogether(state);
    } finally {
      lock.release();
    }
    if (done.newest === null) return [...done.said];
    const ledger = await GateLedger.open(state, signer, Date.now);
    try {
      await leaveGap(state, ledger, done);
    } finally {
      await ledger.close();
    }
    return [...done.said, `A \`gap\` receipt says so.`];
  } finally {
    state.close();
  }
}

/** Tells whether the ledger can be opened as it is; then its journal is folded, too. */
async function stands(state: OpenState): Promise<boolean> {
  const place = ledgerPlace(state);
  try {
    const parts = await openParts(place, openOutside(place), patience);
    await parts.journal.close();
    parts.store.close();
    parts.lock.release();
    return true;
  } catch (error) {
    if (isMirrorError(error, "ledger-diverged", "ledger-corrupt", "not-pinned", "bad-ref")) return false;
    throw error;
  }
}

interface Repaired {
  readonly said: readonly string[];
  /** Where the ledger stands now; null for one without receipts. */
  readonly newest: LedgerPosition | null;
  /** Receipts that the ref did not lead to. */
  readonly outOfSight: number;
}

async function bringTogether(state: OpenState): Promise<Repaired> {
  const pin = readablePin(state);
  const found = await findLedger(state, pin);
  if (pin === null) await mustHold(state, found);
  const said = [...(await moveLedger(state, found))];
  if (pin === null) said.push(await rebuildPin(state, found));
  else if (found.newest !== null && found.newest.id !== pin.ledger?.head) {
    state.pin.create({ ...pin, ledger: positionOf(await readReceiptCommit(state.reader, found.newest.id)) });
    said.push(`The pin is at receipt ${found.newest.seq}.`);
  }
  const newest = found.newest === null ? null : (state.pin.mustRead().ledger ?? null);
  return { said, newest, outOfSight: found.outOfSight };
}

function readablePin(state: OpenState): Pin | null {
  try {
    return state.pin.read();
  } catch (error) {
    if (isMirrorError(error, "not-pinned")) return null;
    throw error;
  }
}

/** A pin is only rebuilt on what verifies from its first receipt: there is nothing else left to hold it against. */
async function mustHold(state: OpenState, { newest }: FoundLedger): Promise<void> {
  if (newest === null) return;
  const key = await gateKey(state.home, state.record.gate);
  const report = await verifyWith(state, { keys: [key], revoked: null }, () => undefined, newest.id);
  if (report.ok) return;
  const [problem] = report.problems;
  throw new MirrorError(
    "ledger-corrupt",
    `the ledger has ${report.problems.length} problems, so the pin is not rebuilt from it: ${problem?.message}`,
    { hint: "run `mirror verify`; a copy of the ledger's ref elsewhere may have what is missing" },
  );
}

async function rebuildPin(state: OpenState, { newest }: FoundLedger): Promise<string> {
  const { record, reader, repository } = state;
  const genesis = await readGenesis(reader, record.genesis);
  if (genesis === null) {
    throw new MirrorError("no-genesis", `the genesis ${record.genesis} does not hold any more`, {
      hint: "fetch the policy branch from a colleague and try again",
    });
  }
  if (newest === null) {
    state.pin.create(pinAt(genesis.lineage));
    return `The pin was rebuilt at the genesis ${record.genesis.slice(0, 12)}: there is no ledger.`;
  }
  const pin = await pinFromLedger(repository, reader, record);
  state.pin.create(pin);
  return `The pin was rebuilt from the ledger: epoch ${pin.epoch}, receipt ${pin.ledger?.seq}.`;
}

/** The receipt of a repair stands under the policy set that the ledger had come to. */
async function leaveGap(state: OpenState, ledger: GateLedger, done: Repaired): Promise<void> {
  if (done.newest === null) return;
  const { receipt, root } = await readReceiptCommit(state.reader, done.newest.head);
  const digest = receipt.policySet.slice("sha256:".length);
  const { epoch, lineage } = receipt;
  await ledger.append(
    { kind: "gap", agent: null, cause: "repaired", count: done.outOfSight },
    {
      lineage: { genesis: state.record.genesis, epoch, lineage, digest },
      // The ledger holds that tree's objects already.
      tree: { tree: root.policySet, objects: [] },
    },
  );
}
