import type { Problem } from "../base/problem.ts";
import { type BudgetUnit, counted, inUnit } from "./budget.ts";
import type { BudgetDocument } from "./document-shapes.ts";
import type { PlacedBudget } from "./policy-set.ts";
import type { YamlSource } from "./yaml.ts";

/** Gives the budgets of a document whose schema holds, and what the schema cannot see. */
export function readBudgets(
  source: YamlSource,
  documents: readonly BudgetDocument[],
): { readonly budgets: PlacedBudget[]; readonly problems: readonly Problem[] } {
  const budgets = documents.map(({ action = null, risk = null, share = null, ...budget }, index) => ({
    ...budget,
    limit: counted(budget.unit, budget.limit),
    action,
    risk,
    share,
    at: source.at(`/budgets/${index}`),
  }));
  const repeated = budgets
    .filter(({ id }, index) => budgets.findIndex((each) => each.id === id) !== index)
    .map(({ id, at }) => ({
      ...at,
      code: "duplicate-id",
      message: `found a second budget \`${id}\``,
      hint: null,
    }));
  const uncountable = documents.flatMap(({ unit, limit }, index) => {
    const whole = counted(unit, limit);
    if (Number.isSafeInteger(whole) && inUnit(unit, whole) === limit) return [];
    return {
      ...source.at(`/budgets/${index}/limit`),
      code: "wrong-limit",
      message: `found the limit \`${limit}\`, expected a number of ${unit} that can be counted: ${smallest(unit)}`,
      hint: null,
    };
  });
  const overSplit = documents.flatMap(({ id, share = {} }, index) => {
    const sum = Object.values(share).reduce((all, each) => all + each, 0);
    if (sum <= 100) return [];
    return {
      ...source.at(`/budgets/${index}/share`),
      code: "wrong-share",
      message: `found ${sum} hundredths of \`${id}\` shared out, expected 100 at most`,
      hint: null,
    };
  });
  return { budgets, problems: [...repeated, ...uncountable, ...overSplit] };
}

function smallest(unit: BudgetUnit): string {
  const step = inUnit(unit, 1);
  return `steps of ${step}, and at most ${inUnit(unit, Number.MAX_SAFE_INTEGER)}`;
}
