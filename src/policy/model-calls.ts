import type { Budget, Spend } from "../model/budget.ts";
import { allTokens, type ModelUse } from "../model/model-use.ts";
import { countsModelCalls, exceededText } from "./budgets.ts";
import type { CompiledPolicySet } from "./compile.ts";
import { quoted } from "./wording.ts";

/** Why a model call is refused. */
export interface ModelRefusal {
  /** Name of the budget that has not enough left; null where it is none. */
  readonly budget: string | null;
  readonly message: string;
}

/** Gives the budgets that an agent's model calls count towards. */
export function modelBudgets(compiled: CompiledPolicySet, agent: string): readonly Budget[] {
  const { budgets = [] } = compiled.agents.get(agent) ?? {};
  return budgets.filter(({ unit }) => unit === "tokens" || unit === "usd");
}

/** Gives what a model call takes of a budget, as it is counted; 0 where it does not count towards it. */
export function modelCostOf(budget: Budget, { tokens, microUsd }: ModelUse): number {
  if (!countsModelCalls(budget)) return 0;
  return budget.unit === "tokens" ? allTokens(tokens) : (microUsd ?? 0);
}

/**
 * Tells why a model call is refused, given what was used as the receipt says it; null: it may be made. What is not said
 * refuses it, and so does a price that nobody knows where money is limited.
 */
export function modelRefusal(
  { agent, spend = [], ...use }: ModelUse & { readonly agent: string; readonly spend?: readonly Spend[] },
  compiled: CompiledPolicySet,
): ModelRefusal | null {
  if (compiled.unenrolledGate !== null)
    return {
      budget: null,
      message: `the gate ${quoted(compiled.unenrolledGate)} is not enrolled in .mirror/trust.yaml`,
    };
  const binding = compiled.agents.get(agent);
  if (binding === undefined) return { budget: null, message: `no binding names the agent ${quoted(agent)}` };
  // What went through here as well would be counted twice.
  if (binding.usage === "transcript")
    return {
      budget: null,
      message: `what the model calls of ${quoted(agent)} take is read in its client's transcripts (\`usage: transcript\` in its binding), so it has no calls to make here`,
    };
  for (const budget of modelBudgets(compiled, agent)) {
    const cost = modelCostOf(budget, use);
    const why =
      budget.unit === "usd" && use.microUsd === null
        ? "nobody knows what this model costs, and a budget limits money"
        : cost === 0
          ? null
          : exceededText(budget, cost, spend);
    if (why !== null) return { budget: budget.id, message: `${why} (budget/${budget.id})` };
  }
  return null;
}
