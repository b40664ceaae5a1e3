import { type BudgetUnit, limitOf } from "./budget.ts";
import type { PlacedBudget, PolicySet } from "./policy-set.ts";

/**
 * Gives all budgets that an agent's calls count towards, by names that tell whose they are: its binding's own by their ids, a
 * policy's as `base/night`, the repository's as `*` and the id. The last two all agents share that they hold for.
 * Their limits are what this gate has of them.
 */
export function heldBudgets(
  { agents, policies, config }: PolicySet,
  agent: string,
  gate: string | null,
): PlacedBudget[] {
  const binding = agents.get(agent);
  if (binding === undefined) return [];
  const named = (owner: string, budgets: readonly PlacedBudget[]): PlacedBudget[] =>
    budgets.map((budget) => ({ ...budget, id: `${owner}/${budget.id}` }));
  const held = [
    ...binding.budgets,
    ...[...new Set(binding.policies)].sort().flatMap((id) => named(id, policies.get(id)?.budgets ?? [])),
    ...named("*", config.budgets),
  ];
  return held.map((budget) => ({ ...budget, limit: limitOf(budget, gate) }));
}

/**
 * Names whose use of a budget is one: an agent's own by agent and name, what several share by its name alone. A budget that
 * comes to count in another unit is another one, but for calls and files: receipts from before units were said count either.
 */
export function poolOf(agent: string, name: string, unit: BudgetUnit | undefined): string {
  const pool = name.includes("/") ? name : `${agent} ${name}`;
  return unit === undefined || unit === "calls" || unit === "files" ? pool : `${pool} ${unit}`;
}
