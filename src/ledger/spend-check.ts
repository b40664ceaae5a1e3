import { windowLabel, windowOfLabel } from "../model/budget.ts";
import type { Receipt } from "../model/receipt.ts";
import { Spending } from "../model/spending.ts";
import type { Report } from "./verify-receipt.ts";

/** Between the look at the clock and the receipt's time, in milliseconds. */
const longestDecision = 60_000;

/**
 * Follows what a ledger says of budgets from receipt to receipt: a gate that says less was used than its own receipts add
 * up to, or counts in a window of another time, is found out.
 */
export class SpendCheck {
  readonly #spending = new Spending();

  check(receipt: Receipt, report: Report): void {
    if (receipt.kind !== "decision" || receipt.input.spend === undefined) return;
    const { agent, session, spend } = receipt.input;
    const time = Date.parse(receipt.time);
    for (const each of spend) {
      const { budget, window, used, cost } = each;
      const kind = windowOfLabel(window);
      const labels = kind === null ? [] : [time, time - longestDecision].map((at) => windowLabel(kind, at));
      if (!labels.includes(window))
        report("spend-differs", `it counts ${budget} in the window ${window}, at ${receipt.time}`);
      const expected = this.#spending.used({ agent, session }, budget, window);
      if (used < expected)
        report("spend-differs", `it says ${used} was used of ${budget} in ${window}, expected ${expected}`);
      const spent = receipt.decision.verdict === "deny" ? 0 : cost;
      this.#spending.set({ agent, session }, budget, window, Math.max(used, expected) + spent);
    }
  }
}
