import type { Clock } from "../base/clock.ts";
import { type Budget, type Settlement, type Spend, windowLabel } from "../model/budget.ts";
import type { PolicySet } from "../model/policy-set.ts";
import { type Spender, Spending } from "../model/spending.ts";
import type { CurrentPolicy, GateParts } from "./ports.ts";

/** Where what was used is read back from. */
export interface SpendLedgers {
  /** Gives what was used of the budgets of a policy set: by this gate, and by others as far as this one knows or knew. */
  readonly recall: (set: PolicySet) => Promise<{ readonly own: Spending; readonly elsewhere: Spending }>;
  /** Whether another gate's ledger stands elsewhere than when it was read. */
  readonly hasMoved: () => boolean;
}

/**
 * What the agents have used of their budgets. Folded from the ledgers when it is first asked for, and again after the policy
 * set or another gate's ledger has moved; between, every call that may run is taken off before anything is waited for, so that no two calls share
 * the last unit. The time never runs backwards.
 */
export class SpendBook {
  readonly #ledgers: SpendLedgers;
  readonly #clock: Clock;
  /** This gate's own. */
  #spending: Spending | null = null;
  /** What other gates used, of budgets that are not split. */
  #elsewhere = new Spending();
  #opening: Promise<void> | null = null;
  /** The lineage it was read back for. */
  #lineage: string | null = null;
  #now = 0;

  constructor(ledgers: SpendLedgers, clock: Clock) {
    this.#ledgers = ledgers;
    this.#clock = clock;
  }

  isOpen(lineage: string): boolean {
    return this.#spending !== null && this.#lineage === lineage && !this.#ledgers.hasMoved();
  }

  /** Reads back what is needed to decide under a policy set. Calls that arrive together share one look. */
  open(set: PolicySet, lineage: string): Promise<void> {
    this.#opening ??= this.#open(set, lineage).finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(set: PolicySet, lineage: string): Promise<void> {
    const { own, elsewhere } = await this.#ledgers.recall(set);
    // Nobody else writes this ledger: what is known here is right, and the ledger may lack what is being written.
    if (this.#spending !== null) own.overlay(this.#spending);
    // A ref that somebody set back gives nothing back.
    elsewhere.raise(this.#elsewhere);
    this.#spending = own;
    this.#elsewhere = elsewhere;
    this.#lineage = lineage;
  }

  /** Gives what was used of the budgets that hold something, and what it takes, by `costOf` (null: the budget does not hold it). */
  of(spender: Spender, budgets: readonly Budget[], costOf: (budget: Budget) => number | null): Spend[] {
    this.#now = Math.max(this.#now, this.#clock());
    return budgets.flatMap((budget) => {
      const cost = costOf(budget);
      if (cost === null) return [];
      const now = { budget: budget.id, window: windowLabel(budget.window, this.#now), unit: budget.unit };
      const counted = { ...now, window: this.#spending?.window(spender, now) ?? now.window };
      const own = this.#spending?.used(spender, counted) ?? 0;
      const elsewhere = budget.share === null ? this.#elsewhere.used(spender, counted) : 0;
      return [{ ...counted, used: own + elsewhere, ...(elsewhere === 0 ? {} : { elsewhere }), cost }];
    });
  }

  /** Takes off what a call costs; gives a way to put it back, for one that gets no receipt. */
  take(spender: Spender, spend: readonly Spend[]): () => void {
    const change = (sign: 1 | -1): void => {
      for (const each of spend) {
        const used = this.#spending?.used(spender, each) ?? 0;
        this.#spending?.set(spender, each, used + sign * each.cost);
      }
    };
    change(1);
    return () => change(-1);
  }

  /** Counts what was measured; gives a way to undo that, where it gets no receipt. */
  settle(spender: Spender, settled: readonly Settlement[]): () => void {
    const change = (sign: 1 | -1): void => {
      for (const each of settled) this.#spending?.add(spender, each, sign * each.by);
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
