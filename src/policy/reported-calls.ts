import { canonicalJson } from "../base/canonical-json.ts";
import type { Budget, Spend } from "../model/budget.ts";
import type { ModelUse } from "../model/model-use.ts";
import type { Prices } from "../model/policy-set.ts";
import { priceOf } from "../model/prices.ts";
import type { SpendBody } from "../model/receipt.ts";
import { reportedUse } from "../model/reported-use.ts";
import type { CompiledPolicySet } from "./compile.ts";
import { modelBudgets, modelCostOf } from "./model-calls.ts";
import { quoted } from "./wording.ts";

/**
 * Gives what model calls that were made take of a budget, given what was used of it. Where nobody knows the price, and the bus
 * would have refused them, they take all the money that is left.
 */
export function reportedCostOf(
  budget: Budget,
  use: ModelUse,
  { used, more = 0 }: Pick<Spend, "used" | "more">,
): number {
  const left = Math.max(1, budget.limit + more - used);
  return modelCostOf(budget, { ...use, microUsd: use.microUsd ?? left });
}

/** Gives what reported messages of a model take, by the prices of a policy set. */
export function pricedUse(
  { model, report }: Pick<SpendBody, "model" | "report">,
  prices: Prices | null,
): ModelUse {
  return reportedUse(report?.messages ?? [], prices === null ? null : priceOf(prices, model));
}

/** Says how a receipt of what a transcript told is not what the policy set makes of its messages; null: it is. */
export function reportedProblem(
  call: SpendBody,
  prices: Prices | null,
  compiled: CompiledPolicySet,
): string | null {
  if (call.report === undefined) return "it counts what a client reported, and no message of it";
  if (compiled.agents.get(call.agent)?.usage !== "transcript")
    return `it counts what a transcript says of ${quoted(call.agent)}, whose binding does not say \`usage: transcript\``;
  const use = pricedUse(call, prices);
  const { tokens, microUsd, spend = [] } = call;
  if (canonicalJson(use) !== canonicalJson({ tokens, microUsd }))
    return "what it counts is not what its messages take";
  for (const budget of modelBudgets(compiled, call.agent)) {
    const spent = spend.find((each) => each.budget === budget.id);
    const cost = reportedCostOf(budget, use, spent ?? { used: 0 });
    if (cost !== (spent?.cost ?? 0)) return `it takes ${spent?.cost ?? 0} of ${budget.id}, expected ${cost}`;
  }
  return null;
}
