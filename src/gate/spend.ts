import type { Clock } from "../base/clock.ts";
import { type Budget, type Settlement, type Spend, windowLabel } from "../model/budget.ts";
import type { PolicySet } from "../model/policy-set.ts";
import type { Spender, Spending } from "../model/spending.ts";
import type { CurrentPolicy, GateParts } from "./ports.ts";

/** Reads back from the ledger what was used of the budgets of a policy set. */
export type RecallSpending = (set: PolicySet) => Promise<Spending>;

/**
 * What the agents have used of their budgets. Folded from the ledger when it is first asked for, and again after the policy
 * set has moved; between, every call that may run is taken off before anything is waited for, so that no two calls share
 * the last unit. The time never runs backwards.
 */
export class SpendBook {
  readonly #recall: RecallSpending;
  readonly #clock: Clock;
  #spending: Spending | null = null;
  #opening: Promise<void> | null = null;
  /** The lineage it was read back for. */
  #lineage: string | null = null;
  #now = 0;

  constructor(recall: RecallSpending, clock: Clock) {
    this.#recall = recall;
    this.#clock = clock;
  }

  isOpen(lineage: string): boolean {
    return this.#spending !== null && this.#lineage === lineage;
  }

  /** Reads back what is needed to decide under a policy set. Calls that arrive together share one look. */
  open(set: PolicySet, lineage: string): Promise<void> {
    this.#opening ??= this.#open(set, lineage).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(set: PolicySet, lineage: string): Promise<void> {
    const spending = await this.#recall(set);
    // Nobody else writes this ledger: what is known here is right, and the ledger may lack what is being written.
    if (this.#spending !== null) spending.overlay(this.#spending);
    this.#spending = spending;
    this.#lineage = lineage;
  }

  /** Gives what was used of the budgets that something takes from, and what it takes, by `costOf`. */
  of(spender: Spender, budgets: readonly Budget[], costOf: (budget: Budget) => number): Spend[] {
    this.#now = Math.max(this.#now, this.#clock());
    return budgets.flatMap((budget) => {
      const cost = costOf(budget);
      if (cost === 0) return [];
      const label = windowLabel(budget.window, this.#now);
      const window = this.#spending?.window(spender, budget.id, label) ?? label;
      const used = this.#spending?.used(spender, budget.id, window) ?? 0;
      return [{ budget: budget.id, window, unit: budget.unit, used, cost }];
    });
  }

  /** Takes off what a call costs; gives a way to put it back, for one that gets no receipt. */
  take(spender: Spender, spend: readonly Spend[]): () => void {
    const change = (sign: 1 | -1): void => {
      for (const { budget, window, cost } of spend) {
        const used = this.#spending?.used(spender, budget, window) ?? 0;
        this.#spending?.set(spender, budget, window, used + sign * cost);
      }
    };
    change(1);
    return () => change(-1);
  }

  /** Counts what was measured; gives a way to undo that, where it gets no receipt. */
  settle(spender: Spender, settled: readonly Settlement[]): () => void {
    const change = (sign: 1 | -1): void => {
      for (const { budget, window, by } of settled) this.#spending?.add(spender, budget, window, sign * by);
    };
    change(1);
    return () => change(-1);
  }
}

/** Gives the policy set as of now, once what was used of an agent's budgets under it is read back, if it has any. */
export async function policyToSpendBy(
  { currentPolicy }: Pick<GateParts, "currentPolicy">,
  book: SpendBook,
  agent: string,
): Promise<CurrentPolicy> {
  let policy = await currentPolicy();
  while (
    (policy.compiled.agents.get(agent)?.budgets ?? []).length > 0 &&
    !book.isOpen(policy.lineage.lineage)
  ) {
    await book.open(policy.set, policy.lineage.lineage);
    policy = await currentPolicy();
  }
  return policy;
}
