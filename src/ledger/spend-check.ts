import { isSettled, type Settlement, type Spend, windowLabel, windowOfLabel } from "../model/budget.ts";
import type { Receipt } from "../model/receipt.ts";
import { type Spender, Spending } from "../model/spending.ts";
import type { Report } from "./verify-receipt.ts";

/** Between the look at the clock and the receipt's time, in milliseconds. */
const longestDecision = 60_000;

/** What was taken for a call that has no outcome yet, as far as it may be settled. */
interface Open {
  readonly spender: Spender;
  readonly spend: readonly Spend[];
}

/** Open calls that are remembered: more than a gate measures at once. */
const mostOpen = 20_000;

/**
 * Follows what a ledger says of budgets from receipt to receipt: a gate that says less was used than its own receipts add
 * up to, counts in a window of another time, or settles what it did not take, is found out.
 */
export class SpendCheck {
  readonly #spending = new Spending();
  readonly #open = new Map<number, Open>();

  check(receipt: Receipt, report: Report): void {
    if (receipt.kind === "decision") {
      const { agent, session, spend = [] } = receipt.input;
      const isSpent = receipt.decision.verdict !== "deny";
      this.#take({ agent, session }, spend, isSpent, receipt, report);
    }
    if (receipt.kind === "outcome") {
      // An outcome ends a call, whatever it settles.
      const open = receipt.decision === null ? undefined : this.#open.get(receipt.decision);
      if (receipt.decision !== null) this.#open.delete(receipt.decision);
      if (receipt.settled === undefined) return;
      const isOf = open?.spender.agent === receipt.agent && receipt.status !== "undelivered";
      this.#settle(isOf ? open : undefined, receipt.settled, report);
    }
  }

  #take(spender: Spender, spend: readonly Spend[], isSpent: boolean, receipt: Receipt, report: Report): void {
    const time = Date.parse(receipt.time);
    for (const { budget, window, used, cost } of spend) {
      const kind = windowOfLabel(window);
      const labels = kind === null ? [] : [time, time - longestDecision].map((at) => windowLabel(kind, at));
      if (!labels.includes(window))
        report("spend-differs", `it counts ${budget} in the window ${window}, at ${receipt.time}`);
      const expected = this.#spending.used(spender, budget, window);
      if (used < expected)
        report("spend-differs", `it says ${used} was used of ${budget} in ${window}, expected ${expected}`);
      this.#spending.set(spender, budget, window, Math.max(used, expected) + (isSpent ? cost : 0));
    }
    const settled = isSpent ? spend.filter(({ unit }) => isSettled(unit)) : [];
    if (settled.length === 0) return;
    this.#open.set(receipt.seq, { spender, spend: settled });
    const [oldest] = this.#open.keys();
    if (this.#open.size > mostOpen && oldest !== undefined) this.#open.delete(oldest);
  }

  /** What is settled must have been taken, and not be less than nothing in the end. */
  #settle(open: Open | undefined, settled: readonly Settlement[], report: Report): void {
    for (const [index, { budget, window, unit, by }] of settled.entries()) {
      const taken = open?.spend.find((each) => each.budget === budget && each.window === window);
      const isFirst = settled.findIndex((each) => each.budget === budget) === index;
      if (open === undefined || taken === undefined || taken.unit !== unit || !isFirst)
        report("spend-differs", `it settles ${budget} in ${window}, of which nothing is open to be settled`);
      else if (taken.cost + by < 0)
        report(
          "spend-differs",
          `it takes back ${-by} of ${budget} in ${window}, where ${taken.cost} was taken`,
        );
      else this.#spending.add(open.spender, budget, window, by);
    }
  }
}
