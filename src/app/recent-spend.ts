import { ledgerRef } from "../ledger/ledger-store.ts";
import { newestReceipts } from "../ledger/newest.ts";
import { type Budget, type Spend, windowSpan } from "../model/budget.ts";
import { heldBudgets, poolOf } from "../model/held-budgets.ts";
import type { PolicySet } from "../model/policy-set.ts";
import type { Receipt } from "../model/receipt.ts";
import { poolKey, type Spender, Spending } from "../model/spending.ts";
import type { OpenState } from "./open-state.ts";

/** How far back a session is looked for, in milliseconds: one that was quiet for longer begins anew. */
const longestSession = 24 * 3_600_000;

/**
 * Reads back from the ledger what was used of the budgets of a policy set, as of `now` (milliseconds). Each receipt says
 * what was used before it, so the newest of each budget tells, with what was settled since; a budget over everything is
 * looked for to the beginning.
 */
export async function recallSpending(
  { repository: repo, reader, record }: Pick<OpenState, "repository" | "reader" | "record">,
  set: PolicySet,
  now: number,
): Promise<Spending> {
  const spending = new Spending();
  const budgets = [...set.agents.values()].flatMap((binding) =>
    heldBudgets(set, binding.id).map((budget) => ({ agent: binding.id, budget })),
  );
  if (budgets.length === 0) return spending;
  const since = Math.min(...budgets.map(({ budget }) => startOf(budget, now)));
  const totals = new Set(
    budgets
      .filter(({ budget }) => budget.window === "total")
      .map(({ agent, budget }) => poolOf(agent, budget.id)),
  );
  const settled = new Settled();
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  for await (const receipt of newestReceipts(source, ['"spend":', '"settled":'])) {
    if (totals.size === 0 && Date.parse(receipt.time) < since) break;
    if (receipt.kind === "outcome" || receipt.kind === "spend") {
      for (const { budget, window, by } of receipt.settled ?? [])
        if (!spending.has(receipt, { budget, window })) settled.add(receipt, budget, window, by);
    }
    const spent = spentBy(receipt);
    if (spent === null) continue;
    const { spender, spend, isSpent } = spent;
    for (const { budget, window, used, cost } of spend) {
      if (window === "total") totals.delete(poolOf(spender.agent, budget));
      if (spending.has(spender, { budget, window })) continue;
      const taken = isSpent ? cost : 0;
      spending.set(spender, budget, window, used + taken + settled.of(spender, budget, window));
    }
  }
  return spending;
}

/** Gives what a receipt says was used of budgets, and whether what it takes was spent. */
function spentBy(
  receipt: Receipt,
): { readonly spender: Spender; readonly spend: readonly Spend[]; readonly isSpent: boolean } | null {
  if (receipt.kind === "spend")
    return { spender: receipt, spend: receipt.spend ?? [], isSpent: receipt.what === "reserved" };
  if (receipt.kind !== "decision") return null;
  const { input, decision } = receipt;
  return { spender: input, spend: input.spend ?? [], isSpent: decision.verdict !== "deny" };
}

/** What receipts settled that are newer than the newest that says what was used. */
class Settled {
  readonly #sums = new Map<string, number>();

  add(spender: Spender, budget: string, window: string, by: number): void {
    this.#sums.set(nameOf(spender, budget, window), this.of(spender, budget, window) + by);
  }

  of(spender: Spender, budget: string, window: string): number {
    return this.#sums.get(nameOf(spender, budget, window)) ?? 0;
  }
}

function nameOf(spender: Spender, budget: string, window: string): string {
  return `${window} ${poolKey(spender, budget, window)}`;
}

/** Gives the time before which no receipt matters; never, for a budget over everything, which is waited for by name. */
function startOf({ window }: Budget, now: number): number {
  if (window === "total") return now;
  return windowSpan(window, now)?.start ?? now - longestSession;
}
