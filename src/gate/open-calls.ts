/** A decision whose outcome may still come. */
interface OpenCall {
  readonly seq: number;
  readonly settled: boolean;
}

/** A decision as the ledger holds it. */
export interface RecalledCall extends OpenCall {
  readonly handle: string;
}

/** How many decisions are remembered; the oldest goes first. */
const mostCalls = 10_000;

/**
 * Finds the decision an outcome speaks of. Keys are call handles (an HMAC of session and call id), so that
 * nothing the client says is kept. What a gate that was started again does not know it recalls from the ledger,
 * once, and only when an outcome asks for it: starting must be quick.
 */
export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>();
  readonly #recall: () => Promise<readonly RecalledCall[]>;
  #recalled: Promise<void> | null = null;

  /** `recall` gives the newest decisions of the ledger, from before this gate was started. */
  constructor(recall: () => Promise<readonly RecalledCall[]>) {
    this.#recall = recall;
  }

  /** Remembers a decision. */
  opened(handle: string, seq: number): void {
    this.#calls.delete(handle);
    this.#calls.set(handle, { seq, settled: false });
    if (this.#calls.size <= mostCalls) return;
    for (const oldest of this.#calls.keys()) {
      this.#calls.delete(oldest);
      return;
    }
  }

  /**
   * Settles a decision by its first outcome. Gives the decision's sequence number; `second` if it had one
   * already; null if no such decision is known.
   */
  async settle(handle: string): Promise<number | "second" | null> {
    if (!this.#calls.has(handle)) {
      this.#recalled ??= this.#recallAll().catch((error: unknown) => {
        this.#recalled = null;
        throw error;
      });
      await this.#recalled;
    }
    const call = this.#calls.get(handle);
    if (call === undefined) return null;
    if (call.settled) return "second";
    this.#calls.set(handle, { ...call, settled: true });
    return call.seq;
  }

  async #recallAll(): Promise<void> {
    for (const { handle, seq, settled } of await this.#recall()) {
      if (!this.#calls.has(handle)) this.#calls.set(handle, { seq, settled });
    }
  }
}
