import { isMirrorError } from "../base/errors.ts";
import { writeKeptPack } from "../git/kept-pack.ts";
import { mergeKeptPacks } from "../git/merge-packs.ts";
import { openRefWriter, type RefWriter } from "../git/ref-writer.ts";
import { readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { dropStaleLock } from "../git/stale-lock.ts";
import type { GitObject } from "../model/git.ts";

/** What the ledger does to the repository. Tests give one that stops where they say. */
export interface LedgerStore {
  /** Full name of the ledger's ref. */
  readonly ref: string;
  readRef(): string | null;
  /** Puts objects into the repository, durably, and so that a gc before the ref names them leaves them alone. */
  writeObjects(objects: readonly GitObject[]): Promise<void>;
  /** Moves the ref by compare-and-swap; null: it must not exist yet. Rejects with `ref-moved`. */
  moveRef(to: string, from: string | null): Promise<void>;
  /** Keeps the number of the ledger's packs bounded. */
  mergePacks(): Promise<void>;
  close(): void;
}

/** Packs a ledger may have before they are merged. */
const mostPacks = 20;

/** Gives the name of a gate's ledger. */
export function ledgerRef(gate: string): string {
  return `refs/mirror/ledger/${gate}`;
}

/** Opens the store over a repository. */
export function openLedgerStore(repo: Repository, ref: string): LedgerStore {
  const writer = openRefWriter(repo);
  // One process writes this ledger: the directory is its own.
  const room = `mirror-${ref.replaceAll("/", "-")}`;
  return {
    ref,
    readRef: () => readRef(repo, ref),
    moveRef: (to, from) => moveRef(repo, writer, { ref, to, from }),
    writeObjects: (objects) => writeKeptPack(repo, room, objects),
    mergePacks: () => mergeKeptPacks(repo, mostPacks),
    close: () => writer.close(),
  };
}

const mostAttempts = 5;

/**
 * Moves the ref. A git that runs for long tells by the second whether `packed-refs` was replaced: where the person's
 * git packs refs over and over, it takes an old value for the ref's and refuses the move. It ends over that, and a
 * new one looks again. A ref that really is elsewhere is refused at once. What locks it for long was left by a git that
 * was killed: one process writes this ledger, and this is it.
 */
async function moveRef(
  repo: Repository,
  writer: RefWriter,
  { ref, to, from }: { readonly ref: string; readonly to: string; readonly from: string | null },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writer.move(ref, to, from);
      return;
    } catch (error) {
      if (attempt === mostAttempts) throw error;
      if (isMirrorError(error, "git-locked") && dropStaleLock(repo, ref, Date.now())) continue;
      if (!isMirrorError(error, "git-failed", "ref-moved")) throw error;
      const found = readRef(repo, ref);
      // Done, whatever git ended with: nobody else has this commit to put there.
      if (found === to) return;
      if (found !== from) throw error;
    }
  }
}
