import { writeKeptPack } from "../git/kept-pack.ts";
import { mergeKeptPacks } from "../git/merge-packs.ts";
import { openRefWriter } from "../git/ref-writer.ts";
import { readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
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
    writeObjects: (objects) => writeKeptPack(repo, room, objects),
    moveRef: (to, from) => writer.move(ref, to, from),
    mergePacks: () => mergeKeptPacks(repo, mostPacks),
    close: () => writer.close(),
  };
}
