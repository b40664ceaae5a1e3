import type { Clock } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import type { LedgerPosition } from "../model/lineage.ts";
import type { ReceiptBody, ReceiptHeader } from "../model/receipt.ts";
import type { JournalRecord } from "./frame.ts";
import {
  type LedgerOutside,
  type LedgerPlace,
  type OpenParts,
  openOutside,
  openParts,
} from "./open-parts.ts";
import { emptyTip, extendTip, type ReceiptContext, type ReceiptWriter, readTip, type Tip } from "./tip.ts";

/** What a ledger is opened with. */
export interface LedgerOptions extends LedgerPlace {
  /** Makes the armored signature of the gate's key. */
  readonly signer: { readonly signNow: (payload: Uint8Array, at: number) => string };
  readonly clock: Clock;
  /** The version of mirror that writes. */
  readonly engine: string;
  /** Milliseconds to wait while another process holds the ledger. */
  readonly patience: number;
  /** Told of failures that nobody waits for: packs that could not be merged. The ledger goes on. */
  readonly report: (error: unknown) => void;
}

/** A receipt that is durable. */
export interface AppendedReceipt {
  readonly seq: number;
  /** Id of its commit. */
  readonly commit: string;
  /** `sha256:` digest of its file. */
  readonly digest: string;
}

/**
 * Opens a gate's ledger to append to it: takes the lock, cuts off what a crash left torn, holds the ref against the
 * pin (TRUST T6) and folds the journal. Throws `ledger-locked`, `ledger-diverged`, `ledger-corrupt`,
 * `ledger-unwritable`; nothing is held then.
 */
export function openLedger(options: LedgerOptions): Promise<Ledger> {
  return openLedgerOn(options, openOutside(options));
}

/** Opens a ledger over given files and a given store. */
export async function openLedgerOn(options: LedgerOptions, outside: LedgerOutside): Promise<Ledger> {
  const parts = await openParts(options, outside, options.patience);
  try {
    const { folded } = parts.folder;
    const tip = folded === null ? emptyTip : await readTip(options.reader, folded.head);
    return new Ledger(options, parts, tip);
  } catch (error) {
    parts.store.close();
    parts.lock.release();
    throw error;
  }
}

interface Waiting {
  readonly body: ReceiptBody;
  readonly context: ReceiptContext;
  readonly resolve: (appended: AppendedReceipt) => void;
  readonly reject: (error: unknown) => void;
}

/** Appends that share one write at most. */
const mostTogether = 64;

/** The one writer of a gate's ledger. */
export class Ledger {
  readonly #parts: OpenParts;
  readonly #clock: Clock;
  readonly #writer: ReceiptWriter;
  readonly #report: (error: unknown) => void;
  /** The newest durable receipt. INVARIANT: changes only after the journal has it. */
  #tip: Tip;
  #waiting: Waiting[] = [];
  /** The journal is written by one at a time. */
  #lastTurn: Promise<unknown> = Promise.resolve();
  #lastFold: Promise<unknown> = Promise.resolve();
  #nextFold: Promise<void> | null = null;
  #foldFailed = false;
  #merging: Promise<void> | null = null;
  #closed = false;

  constructor(options: LedgerOptions, parts: OpenParts, tip: Tip) {
    this.#parts = parts;
    this.#clock = options.clock;
    this.#writer = { gate: options.gate, engine: options.engine, signNow: options.signer.signNow };
    this.#report = options.report;
    this.#tip = tip;
  }

  /** The newest receipt's place; null for a ledger without receipts. */
  get position(): LedgerPosition | null {
    return this.#tip.position;
  }

  /** The newest receipt's header. */
  get last(): ReceiptHeader | null {
    return this.#tip.last;
  }

  /**
   * Appends a receipt; it is durable when this resolves. Receipts that wait together share one write. Throws
   * `ledger-unwritable`, `ledger-diverged` (the ref is not where this ledger left it), `malformed-payload` or
   * `too-large` for what no receipt holds; while folding fails, what that throws. Then the receipt is not there.
   */
  async append(body: ReceiptBody, context: ReceiptContext): Promise<AppendedReceipt> {
    if (this.#closed) throw closed();
    // Receipts that never reach git are worth less each minute: first the fold must work again.
    if (this.#foldFailed) await this.fold();
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ body, context, resolve, reject });
      void this.#takeTurn(() => this.#writeWaiting());
    });
  }

  /** Brings every receipt appended so far into git: pack, ref, pin. Throws as `openLedger` does; tried again next time. */
  fold(): Promise<void> {
    this.#nextFold ??= this.#lastFold.then(() => {
      this.#nextFold = null;
      return this.#foldNow();
    });
    const fold = this.#nextFold;
    this.#lastFold = fold.catch(() => undefined);
    return fold;
  }

  /** Folds and lets go of everything, also where folding fails; then throws what it threw. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.fold();
      await this.#merging;
    } finally {
      await this.#parts.journal.close();
      this.#parts.store.close();
      this.#parts.lock.release();
    }
  }

  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Writes what waits as one frame. Whatever goes wrong is told to those it concerns, and to nobody else. */
  async #writeWaiting(): Promise<void> {
    const batch = this.#waiting.splice(0, mostTogether);
    const made: {
      readonly waiting: Waiting;
      readonly record: JournalRecord;
      readonly appended: AppendedReceipt;
    }[] = [];
    let tip = this.#tip;
    try {
      if (batch.length > 0) this.#parts.folder.checkRef();
      for (const waiting of batch) {
        const next = this.#extend(tip, waiting);
        if (next === null) continue;
        tip = next.tip;
        const { seq, head, receipt } = next.position;
        made.push({ waiting, record: next.record, appended: { seq, commit: head, digest: receipt } });
      }
      await this.#parts.journal.write(made.map(({ record }) => record));
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
      return;
    }
    this.#tip = tip;
    for (const { waiting, appended } of made) waiting.resolve(appended);
  }

  /** A receipt that cannot be made concerns its caller alone: the others of the batch go on. */
  #extend(tip: Tip, { body, context, reject }: Waiting): ReturnType<typeof extendTip> | null {
    try {
      return extendTip(tip, body, context, this.#clock(), this.#writer);
    } catch (error) {
      reject(error);
      return null;
    }
  }

  async #foldNow(): Promise<void> {
    const { journal, folder } = this.#parts;
    try {
      await this.#takeTurn(() => journal.seal());
      await folder.fold(journal);
      if (!this.#closed) await this.#takeTurn(() => journal.begin(this.#tip.receipts.count));
      this.#foldFailed = false;
    } catch (error) {
      this.#foldFailed = true;
      throw error;
    }
    this.#merging ??= this.#mergePacks();
  }

  async #mergePacks(): Promise<void> {
    try {
      await this.#parts.store.mergePacks();
    } catch (error) {
      this.#report(error);
    } finally {
      this.#merging = null;
    }
  }
}

function closed(): MirrorError {
  return new MirrorError("internal", "the ledger was closed");
}
