import { isMirrorError, MirrorError } from "../base/errors.ts";
import type { LedgerPosition, Pin } from "../model/lineage.ts";
import { type Journal, unwritable } from "./journal.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { follows, type PlacedRecord, placed, refDiverged } from "./stand.ts";

/** The pin, as far as the ledger moves it. */
export interface LedgerPin {
  read(): Pin;
  /** Saves the position, durably. Only ever forward. */
  advance(position: LedgerPosition): void;
}

/**
 * Brings what the journal holds into git. The order makes a crash at any point harmless, because each step can be
 * done again and nothing is thrown away before what replaces it is durable:
 *
 *   1. objects into a pack with a `.keep`     (before: only the journal has them; after: nobody sees them yet)
 *   2. the ref, by compare-and-swap           (after: git has the receipts; the pin and the journal are behind)
 *   3. the pin                                (after: the ref may never stand behind this again)
 *   4. the journal's segment goes             (after: git alone has the receipts)
 *
 * A crash after 1 leaves a pack that the next fold writes again under the same name. After 2, the ref is ahead of
 * the pin, and the journal proves the way between them. After 3, the segment is read once more and skipped.
 */
export class Folder {
  readonly #store: LedgerStore;
  readonly #pin: LedgerPin;
  /** Where the ref stands. */
  #folded: LedgerPosition | null;
  #pinned: LedgerPosition | null;
  /** Where the ref is being moved to. */
  #moving: string | null = null;

  constructor(
    store: LedgerStore,
    pin: LedgerPin,
    stand: { folded: LedgerPosition | null; pinned: LedgerPosition | null },
  ) {
    this.#store = store;
    this.#pin = pin;
    this.#folded = stand.folded;
    this.#pinned = stand.pinned;
  }

  get folded(): LedgerPosition | null {
    return this.#folded;
  }

  /** Throws `ledger-diverged` where the ref is not where this ledger left it. */
  checkRef(): void {
    const found = this.#store.readRef();
    if (found === (this.#folded?.head ?? null)) return;
    if (found !== null && found === this.#moving) return;
    throw refDiverged(this.#store.ref, found, this.#folded);
  }

  /** Folds the journal's closed segments. Throws `ledger-diverged`, `ledger-unwritable`, `ledger-corrupt`, git's own. */
  async fold(journal: Journal): Promise<void> {
    this.checkRef();
    for (const name of journal.segments) {
      const records = (await journal.read(name)).map(placed);
      const unfolded = records.filter(({ position }) => position.seq > (this.#folded?.seq ?? -1));
      const last = this.#chain(unfolded);
      if (last !== null) await this.#moveTo(last, unfolded);
      this.#savePin();
      await journal.remove(name);
    }
    this.#savePin();
  }

  /** Gives the last of the records; throws where they do not go on, one after the other, from where the ref is. */
  #chain(records: readonly PlacedRecord[]): LedgerPosition | null {
    let at = this.#folded;
    for (const record of records) {
      if (!follows(record, at)) {
        const { seq, head } = record.position;
        const stands = at === null ? "no receipt" : `receipt ${at.seq} \`${at.head}\``;
        throw new MirrorError(
          "ledger-diverged",
          `the journal goes on with receipt ${seq} \`${head}\`, but \`${this.#store.ref}\` stands at ${stands}`,
          { hint: "run `mirror repair`" },
        );
      }
      at = record.position;
    }
    return records.length === 0 ? null : at;
  }

  async #moveTo(position: LedgerPosition, records: readonly PlacedRecord[]): Promise<void> {
    try {
      await this.#store.writeObjects(records.flatMap(({ objects }) => objects));
      this.#moving = position.head;
      await this.#store.moveRef(position.head, this.#folded?.head ?? null);
      this.#folded = position;
    } catch (error) {
      if (isMirrorError(error, "ref-moved")) {
        throw refDiverged(this.#store.ref, this.#store.readRef(), this.#folded, error);
      }
      throw unwritable(error);
    } finally {
      this.#moving = null;
    }
  }

  #savePin(): void {
    if (this.#folded === null || this.#folded.head === this.#pinned?.head) return;
    try {
      this.#pin.advance(this.#folded);
    } catch (error) {
      throw unwritable(error);
    }
    this.#pinned = this.#folded;
  }
}
