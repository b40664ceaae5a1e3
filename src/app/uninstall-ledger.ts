import { readRef } from "../git/refs.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { openOutside, openParts } from "../ledger/open-parts.ts";
import type { Pin } from "../model/lineage.ts";
import { ledgerPlace } from "./ledger-access.ts";
import { openGate } from "./open-gate.ts";
import type { OpenState } from "./open-state.ts";

/** Milliseconds to wait for a process that holds the ledger. */
const patience = 5_000;

/**
 * Brings every receipt into git, and begins a ledger that has none: a gate without one could not go on later. Gives
 * the pin. Throws what opening the ledger throws: then receipts or the pin would be lost with the state.
 */
export async function settleLedger(state: OpenState): Promise<Pin> {
  if (
    state.pin.mustRead().ledger === null &&
    readRef(state.repository, ledgerRef(state.record.gate)) === null
  ) {
    const gate = await openGate(state.paths);
    await gate.close();
  }
  await fold(state, true);
  return state.pin.mustRead();
}

/** Folds once more and keeps the lock, so that a daemon that a client still starts ends at once. */
export async function endLedger(state: OpenState): Promise<void> {
  await fold(state, false);
}

async function fold(state: OpenState, release: boolean): Promise<void> {
  const place = ledgerPlace(state);
  const parts = await openParts(place, openOutside(place), patience);
  await parts.journal.close();
  parts.store.close();
  if (release) parts.lock.release();
}
