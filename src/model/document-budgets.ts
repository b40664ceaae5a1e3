import type { Problem } from "../base/problem.ts";
import type { BudgetDocument } from "./document-shapes.ts";
import type { PlacedBudget } from "./policy-set.ts";
import type { YamlSource } from "./yaml.ts";

/** Gives the budgets of a document whose schema holds, and what the schema cannot see. */
export function readBudgets(
  source: YamlSource,
  documents: readonly BudgetDocument[],
): { readonly budgets: PlacedBudget[]; readonly problems: readonly Problem[] } {
  const budgets = documents.map(({ action = null, risk = null, ...budget }, index) => ({
    ...budget,
    action,
    risk,
    at: source.at(`/budgets/${index}`),
  }));
  const problems = budgets
    .filter(({ id }, index) => budgets.findIndex((each) => each.id === id) !== index)
    .map(({ id, at }) => ({
      ...at,
      code: "duplicate-id",
      message: `found a second budget \`${id}\``,
      hint: null,
    }));
  return { budgets, problems };
}
