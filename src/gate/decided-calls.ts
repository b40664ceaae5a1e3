import { proves } from "../ledger/commitment.ts";
import type { Verdict } from "../model/verdict.ts";

/** A decision that has its receipt. */
export interface DecidedCall {
  readonly seq: number;
  readonly verdict: Verdict;
  /** Lineage of the policy set that decided it. */
  readonly lineage: string;
  /** To the call as the client sent it. */
  readonly commitment: string;
  /** True once an outcome has come. */
  readonly settled: boolean;
}

/** How many decisions are remembered; the oldest goes first. */
const mostCalls = 2_000;

/**
 * Finds the receipt of a call that is sent again because the gate died before its answer was out: such a call must
 * not stand twice in the ledger. What a gate that was started again does not know it recalls from the ledger.
 */
export class DecidedCalls {
  readonly #localKey: Uint8Array;
  readonly #recall: () => Promise<ReadonlyMap<string, DecidedCall>>;
  readonly #calls = new Map<string, DecidedCall>();

  /** `recall` gives the newest decisions from before this gate was started, by call handle. */
  constructor(localKey: Uint8Array, recall: () => Promise<ReadonlyMap<string, DecidedCall>>) {
    this.#localKey = localKey;
    this.#recall = recall;
  }

  /** Remembers a decision by its call handle. */
  decided(handle: string, call: Omit<DecidedCall, "settled">): void {
    this.#calls.set(handle, { ...call, settled: false });
    if (this.#calls.size <= mostCalls) return;
    for (const oldest of this.#calls.keys()) {
      this.#calls.delete(oldest);
      return;
    }
  }

  /** Gives the decision on this very call, byte for byte, unless something says that it has run; else null. */
  async find(handle: string, raw: string): Promise<DecidedCall | null> {
    const call = this.#calls.get(handle) ?? (await this.#recall()).get(handle);
    if (call === undefined || call.settled) return null;
    return proves(this.#localKey, call.commitment, raw) ? call : null;
  }
}
