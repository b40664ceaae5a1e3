import { longestCall } from "../gate/pending-writes.ts";
import type { ObjectReader } from "../git/objects.ts";
import { receiptsUpTo } from "../ledger/newest.ts";
import { type Budget, type Spend, windowLabel, windowOfLabel, windowSpan } from "../model/budget.ts";
import { heldBudgets, poolOf } from "../model/held-budgets.ts";
import type { PolicySet } from "../model/policy-set.ts";
import type { Receipt } from "../model/receipt.ts";
import { type Counted, poolKey, type Spender, Spending } from "../model/spending.ts";

/** How far back a session is looked for, in milliseconds: one that was quiet for longer begins anew. */
const longestSession = 24 * 3_600_000;

/** What a ledger says was used: by its own gate, and as far as that gate knew by others. */
export interface RecalledSpending {
  readonly own: Spending;
  readonly elsewhere: Spending;
  /** What of its own use is held by model calls that may still be settled. */
  readonly reserved: Spending;
}

export function nothingSpent(): RecalledSpending {
  return { own: new Spending(), elsewhere: new Spending(), reserved: new Spending() };
}

/** Which ledger: up to the commit `head`; of this gate itself, or of another, whose clock may be ahead. */
export interface SpentLedger {
  readonly head: string;
  readonly gate: "this" | "other";
}

/**
 * Reads back from a ledger what was used of the budgets of a policy set, as of `now` (milliseconds). Each receipt says
 * what was used before it, so the newest of each budget tells, with what was settled since; a budget over everything is
 * looked for to the beginning.
 */
export async function recallSpending(
  reader: ObjectReader,
  { head, gate }: SpentLedger,
  set: PolicySet,
  now: number,
): Promise<RecalledSpending> {
  const recalled = nothingSpent();
  const { own, elsewhere, reserved } = recalled;
  const budgets = [...set.agents.values()].flatMap((binding) =>
    heldBudgets(set, binding.id, null).map((budget) => ({ agent: binding.id, budget })),
  );
  if (budgets.length === 0) return recalled;
  const since = Math.min(...budgets.map(({ budget }) => startOf(budget, now)));
  const totals = new Set(
    budgets
      .filter(({ budget }) => budget.window === "total")
      .map(({ agent, budget }) => poolOf(agent, budget.id, budget.unit)),
  );
  const settled = new Settled();
  const ended = new Set<number>();
  for await (const receipt of receiptsUpTo(reader, head, ['"spend":', '"settled":'])) {
    if (totals.size === 0 && Date.parse(receipt.time) < since) break;
    if (receipt.kind === "outcome" || receipt.kind === "approval" || receipt.kind === "spend") {
      for (const each of receipt.settled ?? [])
        if (!own.has(receipt, each)) settled.add(receipt, each, each.by);
    }
    if (receipt.kind === "spend" && receipt.reservation !== null) ended.add(receipt.reservation);
    if (receipt.kind === "spend" && receipt.what === "reserved" && !ended.has(receipt.seq)) {
      const isOpen = now - Date.parse(receipt.time) < longestCall;
      for (const each of isOpen ? (receipt.spend ?? []) : [])
        reserved.set(receipt, each, reserved.used(receipt, each) + each.cost);
    }
    const spent = spentBy(receipt);
    if (spent === null) continue;
    const { spender, spend, isSpent } = spent;
    for (const each of spend) {
      const { budget, window, unit, used, cost, elsewhere: others = 0 } = each;
      if (window === "total") totals.delete(poolOf(spender.agent, budget, unit));
      if ((gate === "other" && isLater(window, now)) || own.has(spender, each)) continue;
      const taken = (isSpent ? cost : 0) + settled.of(spender, each);
      own.set(spender, each, used - others + taken);
      elsewhere.set(spender, each, others);
    }
  }
  return recalled;
}

/** Whether a window begins after a time. */
function isLater(window: string, now: number): boolean {
  const kind = windowOfLabel(window);
  return kind !== null && window > windowLabel(kind, now);
}

/** Gives what a receipt says was used of budgets, and whether what it takes was spent. */
function spentBy(
  receipt: Receipt,
): { readonly spender: Spender; readonly spend: readonly Spend[]; readonly isSpent: boolean } | null {
  if (receipt.kind === "spend")
    return { spender: receipt, spend: receipt.spend ?? [], isSpent: receipt.what !== "refused" };
  if (receipt.kind !== "decision") return null;
  const { input, decision } = receipt;
  return { spender: input, spend: input.spend ?? [], isSpent: decision.verdict !== "deny" };
}

/** What receipts settled that are newer than the newest that says what was used. */
class Settled {
  readonly #sums = new Map<string, number>();

  add(spender: Spender, counted: Counted, by: number): void {
    this.#sums.set(nameOf(spender, counted), this.of(spender, counted) + by);
  }

  of(spender: Spender, counted: Counted): number {
    return this.#sums.get(nameOf(spender, counted)) ?? 0;
  }
}

function nameOf(spender: Spender, counted: Counted): string {
  return `${counted.window}\n${poolKey(spender, counted)}`;
}

/** Gives the time before which no receipt matters; never, for a budget over everything, which is waited for by name. */
function startOf({ window }: Budget, now: number): number {
  if (window === "total") return now;
  return windowSpan(window, now)?.start ?? now - longestSession;
}
