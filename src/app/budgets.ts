import { GrantBook } from "../gate/grants.ts";
import { type BudgetUnit, type BudgetWindow, inUnit, windowLabel, windowSpan } from "../model/budget.ts";
import type { Action } from "../model/effect.ts";
import { heldBudgets } from "../model/held-budgets.ts";
import type { RiskLevel } from "../model/risk.ts";
import type { UsageSource } from "../model/usage-source.ts";
import { countsModelCalls } from "../policy/budgets.ts";
import { openKeyring } from "../trust/keyring.ts";
import { mustBeBound } from "./agents.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { withFoldedState } from "./folded-state.ts";
import { grantsOfGate, grantsUnder } from "./live-grants.ts";
import { OtherGates, recallAll } from "./other-gates.ts";
import type { Where } from "./where.ts";

/** How a budget stands. Its JSON is a contract with other programs. */
export interface BudgetStand {
  readonly agent: string;
  /** Its name, as `heldBudgets` gives it. */
  readonly id: string;
  readonly unit: BudgetUnit;
  /** Where it is read what counts towards it, for what model calls take: `transcript` is the client's claim. Else null. */
  readonly usage: UsageSource | null;
  /** In units, as `used` and `reserved`, with what people granted beyond it. */
  readonly limit: number;
  /** What of the limit people granted for this window. */
  readonly granted: number;
  readonly used: number;
  /** What model calls hold beside that until they are settled. A tool call holds nothing once its answer has left. */
  readonly reserved: number;
  readonly window: BudgetWindow;
  readonly action: Action | null;
  readonly risk: RiskLevel | null;
  /** Hundredths that each gate has, where the limit is split; `limit` is what this gate has. */
  readonly share: Readonly<Record<string, number>> | null;
  /** RFC 3339; null: no clock ends it. */
  readonly resetsAt: string | null;
  /** How much an hour since the window began; null where no clock begins it. */
  readonly perHour: number | null;
  /** When it will run out as it went in this window, RFC 3339; null: not in this window, or nobody can tell. */
  readonly runsOutAt: string | null;
}

/**
 * Gives how the budgets of an agent stand, or of all (null). Those over a session speak of the session that was decided
 * last. Throws `unknown-agent`.
 */
export async function budgetStands(where: Where, agent: string | null): Promise<readonly BudgetStand[]> {
  return await withFoldedState(where, async (state) => {
    const { set, files, lineage: at } = await approvedPolicy(state);
    const now = Date.now();
    const { lineage } = at;
    const grants = new GrantBook(Date.now, async () => ({
      ...(await grantsUnder(state, lineage, await grantsOfGate(state))),
      takenBack: [],
    }));
    await grants.open();
    const others = new OtherGates(state, async () => (await openKeyring(set.trust, files)).gates);
    const { own, elsewhere, reserved } = await recallAll(state, others, set, now);
    const bindings = agent === null ? [...set.agents.values()] : [mustBeBound(set, agent)];
    return bindings.flatMap((binding) =>
      heldBudgets(set, binding.id, state.record.gate).map(({ at: _, ...budget }): BudgetStand => {
        const counted = { budget: budget.id, window: windowLabel(budget.window, now), unit: budget.unit };
        const there = budget.share === null ? elsewhere.latest(binding.id, counted) : 0;
        const held = reserved.latest(binding.id, counted);
        const all = own.latest(binding.id, counted) + there;
        const span = windowSpan(budget.window, now);
        const [raised] = grants.raised(binding.id, lineage, [{ ...counted, used: all, cost: 0 }]);
        const granted = raised?.more ?? 0;
        const limit = budget.limit + granted;
        const runsOut = span === null ? null : runsOutAt(limit, all, now - span.start, now);
        return {
          agent: binding.id,
          ...budget,
          usage: countsModelCalls(budget) ? binding.usage : null,
          limit: inUnit(budget.unit, limit),
          granted: inUnit(budget.unit, granted),
          used: inUnit(budget.unit, all - held),
          reserved: inUnit(budget.unit, held),
          resetsAt: span === null ? null : new Date(span.end).toISOString(),
          perHour: span === null ? null : perHour(inUnit(budget.unit, all), now - span.start),
          runsOutAt:
            span === null || runsOut === null || runsOut >= span.end ? null : new Date(runsOut).toISOString(),
        };
      }),
    );
  });
}

function perHour(used: number, elapsed: number): number {
  const hours = Math.max(elapsed, 1) / 3_600_000;
  return Math.round((used / hours) * 1_000) / 1_000;
}

/** Gives when what is left is used up, if it goes on as since the window began; null: never. */
function runsOutAt(limit: number, used: number, elapsed: number, now: number): number | null {
  if (used === 0 || elapsed <= 0) return null;
  return now + (Math.max(0, limit - used) * elapsed) / used;
}
