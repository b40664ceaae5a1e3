import { redactLong } from "../analysis/redact.ts";
import { MirrorError } from "../base/errors.ts";
import { type Budget, type Spend, windowSpan } from "../model/budget.ts";
import { type ModelCall, type ModelUse, settlementsOf } from "../model/model-use.ts";
import type { SpendBody } from "../model/receipt.ts";
import { nearlyUsed } from "../policy/budgets.ts";
import { modelBudgets, modelCostOf, modelRefusal } from "../policy/model-calls.ts";
import type { GrantBook } from "./grants.ts";
import { mostMeasured } from "./measures.ts";
import type { GateParts } from "./ports.ts";
import { policyToSpendBy, type SpendBook } from "./spend.ts";

/** A model call that may be made: what it is estimated to take is spent, durably, until it is settled. */
export interface ModelReservation {
  readonly reserved: true;
  /** The receipt that reserved it. */
  readonly seq: number;
  /** Budgets that it leaves nearly used, a line each. */
  readonly warnings: readonly string[];
}

/** A model call that is not to be made. */
export interface RefusedModelCall {
  readonly reserved: false;
  /** The receipt that says so. */
  readonly seq: number;
  /** Name of the budget that has not enough left; null where it is none. */
  readonly budget: string | null;
  /** For people: which budget, how much it allows, what is used, when it frees. One line. */
  readonly message: string;
  /** When the budget's window is over, RFC 3339; null: no clock ends it. */
  readonly resetsAt: string | null;
}

interface Reserved {
  readonly call: ModelCall;
  readonly spend: readonly Spend[];
}

/** Spends tokens and money for calls of a model: reserved before the call, settled by what the bus measured. */
export class ModelSpend {
  readonly #parts: GateParts;
  readonly #book: SpendBook;
  readonly #grants: GrantBook;
  readonly #reserved = new Map<number, Reserved>();

  constructor(parts: GateParts, book: SpendBook, grants: GrantBook) {
    this.#grants = grants;
    this.#parts = parts;
    this.#book = book;
  }

  /** Reserves what a call is estimated to take, or refuses it; either way there is a durable receipt. */
  async reserve(from: ModelCall, estimate: ModelUse): Promise<ModelReservation | RefusedModelCall> {
    checkUse(estimate);
    const call = { ...from, model: redactLong(from.model) };
    await this.#grants.open();
    const policy = await policyToSpendBy(this.#parts, this.#book, call.agent);
    // INVARIANT: nothing is waited for from here to `write`: no other call comes between.
    const { compiled } = policy;
    const budgets = modelBudgets(compiled, call.agent);
    const spend = this.#grants.raised(
      call.agent,
      policy.lineage.lineage,
      this.#book.of(call, budgets, (budget) => modelCostOf(budget, estimate) || null),
    );
    const refusal = modelRefusal({ agent: call.agent, spend, ...estimate }, compiled);
    const untake = refusal === null ? this.#book.take(call, spend) : null;
    const body: SpendBody = {
      kind: "spend",
      what: refusal === null ? "reserved" : "refused",
      ...call,
      reservation: null,
      tokens: estimate.tokens,
      microUsd: estimate.microUsd,
      ...(spend.length === 0 ? {} : { spend }),
      reason: refusal?.message ?? null,
    };
    const { seq } = await this.#parts.write(body, policy).catch((error: unknown) => {
      untake?.();
      throw error;
    });
    this.#parts.foldSoon();
    if (refusal !== null)
      return { reserved: false, seq, ...refusal, resetsAt: this.#resetsAt(budgets, refusal) };
    this.#keep(seq, { call, spend });
    return { reserved: true, seq, warnings: nearlyUsed(budgets, spend) };
  }

  /** Settles a call by what the bus measured of it, once. Throws `already-settled` for one that is not open here. */
  async settle({ seq }: Pick<ModelReservation, "seq">, measured: ModelUse): Promise<void> {
    checkUse(measured);
    const policy = await this.#parts.currentPolicy();
    const reserved = this.#reserved.get(seq);
    if (reserved === undefined)
      throw new MirrorError("already-settled", `receipt ${seq} reserved nothing that is open to be settled`);
    // INVARIANT: nothing is waited for from here to `write`, so that the ledger's order is that of settling.
    this.#reserved.delete(seq);
    const { call } = reserved;
    const settled = settlementsOf(reserved.spend, measured);
    const unsettle = this.#book.settle(call, settled);
    const body: SpendBody = {
      kind: "spend",
      what: "settled",
      ...call,
      reservation: seq,
      tokens: measured.tokens,
      microUsd: measured.microUsd,
      ...(settled.length === 0 ? {} : { settled }),
      reason: null,
    };
    await this.#parts.write(body, policy).catch((error: unknown) => {
      unsettle();
      this.#reserved.set(seq, reserved);
      throw error;
    });
    this.#parts.foldSoon();
  }

  #keep(seq: number, reserved: Reserved): void {
    this.#reserved.set(seq, reserved);
    const [oldest] = this.#reserved.keys();
    if (this.#reserved.size > mostMeasured && oldest !== undefined) this.#reserved.delete(oldest);
  }

  #resetsAt(budgets: readonly Budget[], { budget }: { readonly budget: string | null }): string | null {
    const found = budgets.find(({ id }) => id === budget);
    const span = found === undefined ? null : windowSpan(found.window, this.#parts.clock());
    return span === null ? null : new Date(span.end).toISOString();
  }
}

/** What is not a count must not get into the sums, whoever asks. */
function checkUse({ tokens, microUsd }: ModelUse): void {
  const counts = [tokens.input, tokens.output, tokens.cacheRead, tokens.cacheWrite, microUsd ?? 0];
  if (counts.every((each) => Number.isSafeInteger(each) && each >= 0)) return;
  throw new MirrorError(
    "invalid-use",
    `a model call takes ${JSON.stringify({ tokens, microUsd })}, expected whole numbers from 0`,
  );
}
