/** A decision whose outcome may still come. */
export interface OpenCall {
  readonly seq: number;
  readonly settled: boolean;
}

/** How many decisions are remembered; the oldest goes first. */
const mostCalls = 10_000;

/**
 * Finds the decision an outcome speaks of. Keys are call handles (an HMAC of session and call id), so that
 * nothing the client says is kept. Lost when the gate restarts until `restore` brings it back from the ledger.
 */
export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>();

  /** Brings a call back after a restart. Calls come oldest first. */
  restore(call: OpenCall & { readonly handle: string }): void {
    this.#calls.set(call.handle, { seq: call.seq, settled: call.settled });
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
  settle(handle: string): number | "second" | null {
    const call = this.#calls.get(handle);
    if (call === undefined) return null;
    if (call.settled) return "second";
    this.#calls.set(handle, { ...call, settled: true });
    return call.seq;
  }
}
