import type { Clock } from "../base/clock.ts";
import type { ChangingFile } from "../model/decision.ts";
import type { Effect } from "../model/effect.ts";
import { isNamedBy, type PathName, writtenNames } from "./path-names.ts";

/** A call that may write and has no outcome yet, as the ledger holds it. */
export interface RecalledWrite {
  readonly seq: number;
  /** Milliseconds: when it was decided. */
  readonly time: number;
  /** Redacted. */
  readonly effects: readonly Effect[];
}

/** A call that may be writing from now on. */
export interface PendingWrite {
  /** It has its receipt. */
  readonly recorded: (seq: number) => void;
  /** It was not answered after all. */
  readonly dropped: () => void;
}

interface Pending {
  seq: number | null;
  readonly time: number;
  readonly names: readonly PathName[];
}

/**
 * Milliseconds after which a call without outcome is taken to be over. How long a client waits for its tools is a
 * setting of its own that no hook is told.
 */
export const longestCall: number = 10 * 60 * 1_000;

/** Names that are kept; with more of them open at once, every file counts as one that may change. */
const mostNames = 50_000;

/**
 * The files that calls without outcome may be writing or deleting right now (TRUST H5). A script that is looked into
 * meanwhile may be another one by the time it runs.
 *
 * INVARIANT: nothing here waits, so that between looking (`changing`) and being seen (`opened`) no other call comes.
 */
export class PendingWrites {
  readonly #clock: Clock;
  readonly #newest: number;
  readonly #recall: () => Promise<readonly RecalledWrite[]>;
  readonly #pending = new Set<Pending>();
  /** Outcomes that came before the recall. */
  readonly #settledEarly = new Set<number>();
  #names = 0;
  #blindUntil = Number.NEGATIVE_INFINITY;
  #complete = false;

  /**
   * `recall` gives the calls without outcome of the ledger up to its receipt `newest`, where it stood when this gate
   * was started.
   */
  constructor(clock: Clock, newest: number, recall: () => Promise<readonly RecalledWrite[]>) {
    this.#clock = clock;
    this.#newest = newest;
    this.#recall = recall;
  }

  /** Whether calls from before this gate was started are known. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** Recalls them. Throws what the recall throws; tried again next time. */
  async complete(): Promise<void> {
    const recalled = await this.#recall();
    if (this.#complete) return;
    this.#complete = true;
    // The oldest first, as they would stand here had the gate gone on.
    for (const { seq, time, effects } of [...recalled].reverse()) {
      if (!this.#settledEarly.has(seq)) this.#add({ seq, time, names: writtenNames(effects) });
    }
    this.#settledEarly.clear();
  }

  /** Gives those of the files that an open call may be changing. */
  changing(files: readonly string[], realPath: (path: string) => string | null): ChangingFile[] {
    this.#expire();
    const isBlind = this.#clock() < this.#blindUntil;
    if (this.#pending.size === 0 && !isBlind) return [];
    return files.flatMap((path): ChangingFile[] => {
      const real = realPath(path);
      for (const { seq, names } of this.#pending)
        if (isNamedBy(path, real, names)) return [{ path, by: seq }];
      return isBlind ? [{ path, by: null }] : [];
    });
  }

  /** Takes note of a call that was not denied: what it may write, raw. */
  opened(effects: readonly Effect[]): PendingWrite {
    const pending: Pending = { seq: null, time: this.#clock(), names: writtenNames(effects) };
    this.#add(pending);
    return {
      recorded: (seq) => {
        pending.seq = seq;
      },
      dropped: () => this.#remove(pending),
    };
  }

  /** The call has its outcome: it writes no more. */
  settled(seq: number): void {
    if (!this.#complete && seq <= this.#newest) this.#settledEarly.add(seq);
    for (const pending of this.#pending) if (pending.seq === seq) this.#remove(pending);
  }

  #add(pending: Pending): void {
    if (pending.names.length === 0) return;
    this.#pending.add(pending);
    this.#names += pending.names.length;
    if (this.#names <= mostNames) return;
    this.#expire();
    for (const oldest of this.#pending) {
      if (this.#names <= mostNames) return;
      this.#blindUntil = Math.max(this.#blindUntil, oldest.time + longestCall);
      this.#remove(oldest);
    }
  }

  #remove(pending: Pending): void {
    if (this.#pending.delete(pending)) this.#names -= pending.names.length;
  }

  #expire(): void {
    const now = this.#clock();
    for (const pending of this.#pending) if (now - pending.time >= longestCall) this.#remove(pending);
  }
}
