import type { Clock } from "../base/clock.ts";
import type { WrittenReceipt } from "../gate/ports.ts";
import type { WrittenTree } from "../git/tree-builder.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import type { Lineage } from "../model/lineage.ts";
import type { ReceiptBody } from "../model/receipt.ts";
import type { ImmediateSigner } from "../signers/signer.ts";
import { ledgerPlace } from "./ledger-access.ts";
import type { OpenState } from "./open-state.ts";
import { packageVersion } from "./package-root.ts";
import { reportFailure } from "./report-failure.ts";

/** Under which policy set a receipt stands. */
export interface LedgerStand {
  readonly lineage: Lineage;
  /** The tree that holds exactly that policy set, with its objects. */
  readonly tree: WrittenTree;
}

/** Milliseconds after an answer by which the ledger's ref follows; well within the second that is promised. */
const foldDelay = 300;

/** Milliseconds to wait for the process that holds the ledger: a reader that folds is done by then. */
const patience = 2_000;

/** The ledger as the gate writes it. */
export class GateLedger {
  readonly #ledger: Ledger;
  #foldTimer: NodeJS.Timeout | null = null;

  private constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Opens the ledger of a repository's gate. Throws `ledger-locked`, `ledger-diverged`, `ledger-corrupt`. */
  static async open(state: OpenState, signer: ImmediateSigner, clock: Clock): Promise<GateLedger> {
    const place = ledgerPlace(state);
    const engine = packageVersion();
    return new GateLedger(
      await openLedger({ ...place, signer, clock, engine, patience, report: reportFailure }),
    );
  }

  /** True before the first receipt. */
  isEmpty(): boolean {
    return this.#ledger.position === null;
  }

  /** The epoch of the newest receipt; -1 before the first. */
  lastEpoch(): number {
    return this.#ledger.last?.epoch ?? -1;
  }

  /** The sequence number of the newest receipt; -1 before the first. */
  lastSeq(): number {
    return this.#ledger.last?.seq ?? -1;
  }

  /** When the newest receipt was written, in milliseconds; 0 before the first. */
  lastTime(): number {
    return Date.parse(this.#ledger.last?.time ?? new Date(0).toISOString());
  }

  /** Id of the newest receipt's commit; null before the first. */
  head(): string | null {
    return this.#ledger.position?.head ?? null;
  }

  /** Appends a receipt; durable when this resolves. */
  async append(body: ReceiptBody, stand: LedgerStand): Promise<WrittenReceipt> {
    const { lineage, tree } = stand;
    return await this.#ledger.append(body, { lineage, policySet: tree, assurance: "hook" });
  }

  /** Lets the ledger's ref follow soon. */
  foldSoon(): void {
    this.#foldTimer ??= setTimeout(() => {
      this.#foldTimer = null;
      this.fold().catch(reportFailure);
    }, foldDelay);
  }

  /** Lets the ledger's ref follow now. */
  async fold(): Promise<void> {
    await this.#ledger.fold();
  }

  /** Folds and lets go. */
  async close(): Promise<void> {
    if (this.#foldTimer !== null) clearTimeout(this.#foldTimer);
    await this.#ledger.close();
  }
}
