import { type BudgetUnit, type BudgetWindow, inUnit, windowLabel, windowSpan } from "../model/budget.ts";
import type { Action } from "../model/effect.ts";
import { heldBudgets } from "../model/held-budgets.ts";
import type { RiskLevel } from "../model/risk.ts";
import { mustBeBound } from "./agents.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { followJournal } from "./ledger-access.ts";
import { openState } from "./open-state.ts";
import { recallSpending } from "./recent-spend.ts";
import type { Where } from "./where.ts";

/** How a budget stands. Its JSON is a contract with other programs. */
export interface BudgetStand {
  readonly agent: string;
  /** Its name, as `heldBudgets` gives it. */
  readonly id: string;
  readonly unit: BudgetUnit;
  /** In units, as `used` and `reserved`. */
  readonly limit: number;
  readonly used: number;
  /** What is held beside that. A tool call holds nothing once its answer has left. */
  readonly reserved: number;
  readonly window: BudgetWindow;
  readonly action: Action | null;
  readonly risk: RiskLevel | null;
  /** RFC 3339; null: no clock ends it. */
  readonly resetsAt: string | null;
  /** When it will run out as it went in this window, RFC 3339; null: not in this window, or nobody can tell. */
  readonly runsOutAt: string | null;
}

/**
 * Gives how the budgets of an agent stand, or of all (null). Those over a session speak of the session that was decided
 * last. Throws `unknown-agent`.
 */
export async function budgetStands(where: Where, agent: string | null): Promise<readonly BudgetStand[]> {
  const state = await openState(where.directory, where.environment);
  try {
    await followJournal(state);
    const { set } = await approvedPolicy(state);
    const now = Date.now();
    const spending = await recallSpending(state, set, now);
    const bindings = agent === null ? [...set.agents.values()] : [mustBeBound(set, agent)];
    return bindings.flatMap((binding) =>
      heldBudgets(set, binding.id).map(({ at: _, ...budget }): BudgetStand => {
        const label = windowLabel(budget.window, now);
        const used = spending.latest(binding.id, budget.id, label);
        const span = windowSpan(budget.window, now);
        const runsOut = span === null ? null : runsOutAt(budget.limit, used, now - span.start, now);
        return {
          agent: binding.id,
          ...budget,
          limit: inUnit(budget.unit, budget.limit),
          used: inUnit(budget.unit, used),
          reserved: 0,
          resetsAt: span === null ? null : new Date(span.end).toISOString(),
          runsOutAt:
            span === null || runsOut === null || runsOut >= span.end ? null : new Date(runsOut).toISOString(),
        };
      }),
    );
  } finally {
    state.close();
  }
}

/** Gives when what is left is used up, if it goes on as since the window began; null: never. */
function runsOutAt(limit: number, used: number, elapsed: number, now: number): number | null {
  if (used === 0 || elapsed <= 0) return null;
  return now + (Math.max(0, limit - used) * elapsed) / used;
}
