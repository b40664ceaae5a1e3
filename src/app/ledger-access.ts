import { setTimeout as sleep } from "node:timers/promises";
import { readRef } from "../git/refs.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { foldIfIdle, type LedgerPlace } from "../ledger/open-parts.ts";
import { refDiverged } from "../ledger/stand.ts";
import { readReceiptCommit } from "../ledger/stored-receipt.ts";
import { refreshDaemon } from "./daemon-control.ts";
import { gateKey } from "./gate-keys.ts";
import type { OpenState } from "./open-state.ts";

/** A ledger at a glance. */
export interface LedgerView {
  readonly ref: string;
  /** Id of the newest receipt's commit. */
  readonly head: string;
  readonly receipts: number;
}

/** Gives where this gate's ledger and its state are. */
export function ledgerPlace(state: OpenState): LedgerPlace {
  const { repository, reader, paths, record, pin } = state;
  return {
    repo: repository,
    reader,
    directory: paths.directory,
    gate: record.gate,
    keys: async () => [await gateKey(state.home, record.gate)],
    pin: {
      read: () => pin.mustRead(),
      advance: (position) => pin.advanceLedger(position),
    },
  };
}

/**
 * Lets the ledger's ref follow the journal before anything is read from it: by the daemon that runs, or here if
 * none does.
 */
export async function followJournal(state: OpenState): Promise<void> {
  if (await refreshDaemon(state.paths)) return;
  if ((await foldIfIdle(ledgerPlace(state))) === "busy") await refreshDaemon(state.paths);
}

const mostLooks = 5;
const lookPause = 100;

/** Gives the ledger at a glance; null for one without receipts. Throws `ledger-diverged`. */
export async function ledgerStand(state: OpenState): Promise<LedgerView | null> {
  await followJournal(state);
  const ref = ledgerRef(state.record.gate);
  const head = await settledHead(state, ref);
  if (head === null) return null;
  const { seq } = await readReceiptCommit(state.reader, head);
  return { ref, head, receipts: seq + 1 };
}

/** The gate moves the ref first and the pin right after: between the two, another look shows them together again. */
async function settledHead(state: OpenState, ref: string): Promise<string | null> {
  for (let look = 1; ; look += 1) {
    const head = readRef(state.repository, ref);
    const pinned = state.pin.read()?.ledger ?? null;
    if (head === (pinned?.head ?? null)) return head;
    if (look === mostLooks) throw refDiverged(ref, head, pinned);
    await sleep(lookPause);
  }
}
