import { join } from "node:path";
import { isMirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { Repository } from "../git/repository.ts";
import type { PublicKey } from "../trust/keys.ts";
import { Folder, type LedgerPin } from "./fold.ts";
import { Journal, unwritable } from "./journal.ts";
import { type JournalFiles, journalFiles } from "./journal-files.ts";
import { type LedgerStore, ledgerRef, openLedgerStore } from "./ledger-store.ts";
import { standOf } from "./stand.ts";
import { takeWriterLock, type WriterLock } from "./writer-lock.ts";

/** Which ledger, and where its state lies. */
export interface LedgerPlace {
  readonly repo: Repository;
  readonly reader: ObjectReader;
  /** The repository's state directory (TRUST T3): the journal and the lock are below it. */
  readonly directory: string;
  /** The gate's id. */
  readonly gate: string;
  /** Reads the gate's own public keys: what a ref ahead of the pin must be signed by. Seldom needed, slow to load. */
  readonly keys: () => Promise<readonly PublicKey[]>;
  readonly pin: LedgerPin;
}

/** A journal that is folded, and all that is needed to go on. */
export interface OpenParts {
  readonly store: LedgerStore;
  readonly journal: Journal;
  readonly folder: Folder;
  readonly lock: WriterLock;
}

/** The directory and the repository as a ledger touches them; tests give ones that fail. */
export interface LedgerOutside {
  readonly files: JournalFiles;
  readonly store: LedgerStore;
}

/** Opens what a ledger touches. */
export function openOutside(place: Pick<LedgerPlace, "repo" | "directory" | "gate">): LedgerOutside {
  return {
    files: journalFiles(join(place.directory, "journal")),
    store: openLedgerStore(place.repo, ledgerRef(place.gate)),
  };
}

/**
 * Takes the lock, waiting `patience` milliseconds for it, and folds what a journal holds. Throws `ledger-locked`,
 * `ledger-diverged`, `ledger-corrupt`, `ledger-unwritable`; nothing is held then.
 */
export async function openParts(
  place: LedgerPlace,
  outside: LedgerOutside,
  patience: number,
): Promise<OpenParts> {
  const { files, store } = outside;
  let lock: WriterLock | null = null;
  try {
    lock = await takeWriterLock(join(place.directory, "writer"), patience);
    const journal = await Journal.open(files);
    const pinned = place.pin.read().ledger;
    const { reader, keys } = place;
    const folded = await standOf({ ref: store.ref, refHead: store.readRef(), pinned, journal, reader, keys });
    const folder = new Folder(store, place.pin, { folded, pinned });
    await folder.fold(journal);
    return { store, journal, folder, lock };
  } catch (error) {
    store.close();
    lock?.release();
    throw unwritable(error);
  }
}

/**
 * Brings a journal into git where no other process does: with the daemon dead, readers fold. Gives `busy` where
 * one holds the ledger, which then folds by itself when asked. Throws as `openLedger` does.
 */
export async function foldIfIdle(place: LedgerPlace): Promise<"folded" | "nothing" | "busy"> {
  const outside = openOutside(place);
  if ((await outside.files.list()).length === 0) {
    outside.store.close();
    return "nothing";
  }
  const parts = await openPartsUnlessLocked(place, outside);
  if (parts === null) return "busy";
  await parts.journal.close();
  parts.store.close();
  parts.lock.release();
  return "folded";
}

async function openPartsUnlessLocked(place: LedgerPlace, outside: LedgerOutside): Promise<OpenParts | null> {
  try {
    return await openParts(place, outside, 0);
  } catch (error) {
    if (isMirrorError(error, "ledger-locked")) return null;
    throw error;
  }
}
