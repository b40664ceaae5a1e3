import {
  type Budget,
  type BudgetWindow,
  budgetText,
  type CallAmounts,
  inUnit,
  type Spend,
  windowOfLabel,
} from "../model/budget.ts";
import type { DecisionInput } from "../model/decision.ts";
import type { Analysis, Effect } from "../model/effect.ts";
import { riskRank } from "../model/risk.ts";
import type { UsageSource } from "../model/usage-source.ts";
import type { BareReason } from "./reasons.ts";

/** More than any budget has. */
const unsaid: CallAmounts = { bytes: Number.POSITIVE_INFINITY, milliseconds: Number.POSITIVE_INFINITY };

/**
 * Gives what a call takes of a budget, as it is counted; 0 where it does not count towards it. A call that writes what
 * it does not say, as shell commands do, takes one byte until it is measured.
 */
export function costOf(
  { unit, action, risk }: Budget,
  { effects, risk: whole }: Analysis,
  amounts: CallAmounts = unsaid,
): number {
  if (risk !== null && riskRank(whole.level) < riskRank(risk)) return 0;
  const counted = action === null ? effects : effects.filter((effect) => effect.action === action);
  switch (unit) {
    case "calls":
      return counted.length > 0 ? 1 : 0;
    case "files":
      return new Set(counted.flatMap(changedPath)).size;
    case "seconds":
      return counted.length > 0 ? amounts.milliseconds : 0;
    case "bytes":
      return counted.some((effect) => effect.action === "fs.write") ? Math.max(1, amounts.bytes) : 0;
    case "tokens":
    case "usd":
      // Only model calls take these.
      return 0;
    case "hosts":
      return new Set(counted.flatMap(reachedHost)).size;
  }
}

function changedPath({ action, resource }: Effect): string[] {
  return (action === "fs.write" || action === "fs.delete") && resource.kind === "path" ? [resource.path] : [];
}

/** A host that is not known counts as one. */
function reachedHost({ action, resource }: Effect): (string | null)[] {
  return action === "net.connect" && resource.kind === "host" ? [resource.host] : [];
}

/** Whether model calls count towards a budget. Nothing has analysed them, so they have no risk. */
export function countsModelCalls({ unit, action, risk }: Budget): boolean {
  return (
    (unit === "tokens" || unit === "usd") && risk === null && (action === null || action === "model.call")
  );
}

/**
 * Gives what a call takes of a budget that holds it; null: the budget has nothing to do with it. Where nothing refuses the
 * agent's model calls, what they used up stops its tool calls, which take none of it.
 */
export function heldCost(
  budget: Budget,
  usage: UsageSource,
  analysis: Analysis,
  amounts?: CallAmounts,
): number | null {
  const cost = costOf(budget, analysis, amounts);
  return cost > 0 || (usage === "transcript" && countsModelCalls(budget)) ? cost : null;
}

/**
 * Gives a denial for each budget that has not enough left for the call. What was used the gate says in the input; where it
 * does not, or says a call costs less than it does, that is a denial, too: so nobody can leave it out.
 */
export function exceeded(
  { budgets, usage }: { readonly budgets: readonly Budget[]; readonly usage: UsageSource },
  { analysis, spend = [], amounts }: Pick<DecisionInput, "analysis" | "spend" | "amounts">,
): BareReason[] {
  return budgets.flatMap((budget) => {
    const cost = heldCost(budget, usage, analysis, amounts);
    const why = cost === null ? null : exceededText(budget, cost, spend);
    return why === null ? [] : [{ rule: `budget/${budget.id}`, verdict: "deny", why, effects: [] } as const];
  });
}

/**
 * Says why a budget has not enough left for what takes at least so much of it, as it is counted; null: it has. What takes
 * nothing needs something to be left.
 */
export function exceededText(budget: Budget, least: number, spend: readonly Spend[]): string | null {
  const spent = spend.find((each) => each.budget === budget.id);
  if (spent === undefined || spent.cost < least || !isOf(spent, budget))
    return `what was used of ${budget.id} is not said`;
  const { used, cost, window, elsewhere = 0, more = 0 } = spent;
  if (used + Math.max(1, cost) <= budget.limit + more) return null;
  const before = inUnit(budget.unit, used);
  const takes = cost === 0 ? "" : ` and this takes ${inUnit(budget.unit, cost)}`;
  const there = elsewhere === 0 ? "" : ` (${inUnit(budget.unit, elsewhere)} by other gates)`;
  const granted = more === 0 ? "" : `, and ${inUnit(budget.unit, more)} more were granted`;
  return `the budget allows ${budgetText(budget)}${granted}; ${before} ${before === 1 ? "is" : "are"} used${there}${takes}${shorterText(budget, used)}${freesText(budget.window, window)}`;
}

/** Whether this is said of the budget as it is: receipts from before units were said count calls or files. */
function isOf({ window, unit }: Spend, budget: Budget): boolean {
  const saysUnit =
    unit === undefined ? budget.unit === "calls" || budget.unit === "files" : unit === budget.unit;
  return saysUnit && windowOfLabel(window) === budget.window;
}

/** From this part of its limit on a budget is nearly used. */
const nearly = 0.8;

/** Says which budgets a call that may run leaves nearly used. */
export function nearlyUsed(budgets: readonly Budget[], spend: readonly Spend[]): string[] {
  return spend.flatMap(({ budget, used, cost, more = 0 }) => {
    const found = budgets.find(({ id }) => id === budget);
    if (found === undefined || used + cost < (found.limit + more) * nearly) return [];
    const granted = more === 0 ? "" : ` and ${inUnit(found.unit, more)} more`;
    return [`budget ${budget}: ${inUnit(found.unit, used + cost)} of ${budgetText(found)}${granted} used`];
  });
}

/** What a call can do about it: it takes its time-out until it is done. */
function shorterText({ unit, limit }: Budget, used: number): string {
  return unit === "seconds" && used < limit ? ", its time-out; with a shorter one it takes less" : "";
}

function freesText(window: BudgetWindow, label: string): string {
  if (window === "total")
    return "; a person raises it by a policy change, or for a day with `mirror grants add`";
  if (window === "session") return "; the next session begins anew";
  return `; it frees when this ${window} (${label}, UTC) is over`;
}
