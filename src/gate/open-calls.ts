import type { Spend } from "../model/budget.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Answer } from "./asks.ts";

/** A decision that has its receipt, and whose outcome may still come. */
export interface OpenCall {
  readonly seq: number;
  readonly agent: string;
  readonly verdict: Verdict;
  /** Lineage of the policy set that decided it. */
  readonly lineage: string;
  /** To the call as the client sent it. */
  readonly commitment: string;
  /** `saidOf` of the call; null: it was sent before this gate was started. */
  readonly said: string | null;
  /** `decidedOn` of its decision. */
  readonly decidedOn: string;
  /** The commitment to what it went by (TRUST H5); null: nothing of the machine. */
  readonly ground: string | null;
  /** It is to wait for a signer in this process, or had an answer whose time is over: it stands only while it waits. */
  readonly waits: boolean;
  /** What it took of budgets. */
  readonly spend: readonly Spend[];
  /** What a signer answered to it before this gate was started; null: nothing. */
  readonly answer: Answer | null;
  /** True once its first outcome has come. */
  readonly settled: boolean;
}

/** How many decisions are remembered; the oldest goes first. */
const mostCalls = 10_000;

/**
 * Finds the decision an outcome speaks of, or a call that is sent again because the gate died before its answer was
 * out. Keys are call handles (an HMAC of session and call id), so that nothing the client says is kept. What a gate
 * that was started again does not know it recalls from the ledger, once, and only when somebody asks for it: starting
 * must be quick.
 */
export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>();
  readonly #recall: () => Promise<ReadonlyMap<string, OpenCall>>;
  #recalled: Promise<void> | null = null;

  /** `recall` gives the newest decisions of the ledger, from before this gate was started. */
  constructor(recall: () => Promise<ReadonlyMap<string, OpenCall>>) {
    this.#recall = recall;
  }

  /** Remembers a decision. */
  opened(handle: string, call: Omit<OpenCall, "settled" | "answer">): void {
    const answer = this.#calls.get(handle)?.answer ?? null;
    this.#calls.delete(handle);
    this.#calls.set(handle, { ...call, answer, settled: false });
    if (this.#calls.size <= mostCalls) return;
    for (const oldest of this.#calls.keys()) {
      this.#calls.delete(oldest);
      return;
    }
  }

  /** Gives the decision on a call as long as it has no outcome; null if no such decision is known. */
  async find(handle: string): Promise<OpenCall | null> {
    const call = await this.#known(handle);
    return call === null || call.settled ? null : call;
  }

  /**
   * Settles a decision by its first outcome. Gives the decision; `second` if it had one already; null if no such decision
   * is known, or it was a deny.
   */
  async settle(handle: string): Promise<OpenCall | "second" | null> {
    const call = await this.#known(handle);
    if (call === null || call.verdict === "deny") return null;
    if (call.settled) return "second";
    this.#calls.set(handle, { ...call, settled: true });
    return call;
  }

  async #known(handle: string): Promise<OpenCall | null> {
    if (!this.#calls.has(handle)) {
      this.#recalled ??= this.#recallAll().catch((error: unknown) => {
        this.#recalled = null;
        throw error;
      });
      await this.#recalled;
    }
    return this.#calls.get(handle) ?? null;
  }

  async #recallAll(): Promise<void> {
    for (const [handle, call] of await this.#recall()) {
      if (!this.#calls.has(handle)) this.#calls.set(handle, call);
    }
  }
}
