import { limitOf } from "../model/budget.ts";
import type { Binding, PlacedBudget, Policy, PolicySet, PolicySetFiles, Rule } from "../model/policy-set.ts";

/** A policy set with the bytes it was parsed from. */
export interface PolicySetSource {
  readonly set: PolicySet;
  readonly files: PolicySetFiles;
}

/** One file that differs. A rename is one removed and one added; modes cannot differ (TRUST P1). */
export interface Change {
  readonly path: string;
  readonly what: "added" | "removed" | "changed";
}

/** Gives the files that differ between two policy sets, by bytes, sorted by path. */
export function changesBetween(base: PolicySetFiles, next: PolicySetFiles): readonly Change[] {
  const changes: Change[] = [];
  for (const path of new Set([...base.keys(), ...next.keys()])) {
    const [before, after] = [base.get(path), next.get(path)];
    if (before === undefined) changes.push({ path, what: "added" });
    else if (after === undefined) changes.push({ path, what: "removed" });
    else if (!Buffer.from(before).equals(after)) changes.push({ path, what: "changed" });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Tells whether a change may permit more. Structural and part of the format version (TRUST P7): it narrows
 * only if it adds deny rules, removes allow rules, lowers limits or removes a binding; everything else widens.
 */
export function widens(change: Change, base: PolicySet, next: PolicySet): boolean {
  if (isBinding(change)) {
    const agent = /^agents\/([^/]+)\.yaml$/.exec(change.path)?.[1] ?? "";
    return change.what !== "removed" && !narrowsBinding(base.agents.get(agent), next.agents.get(agent));
  }
  const policy = /^policies\/([^/]+)\.yaml$/.exec(change.path)?.[1];
  if (policy === undefined) return true;
  return !narrowsRules(base.policies.get(policy), next.policies.get(policy));
}

/** Tells whether the file is a binding. */
export function isBinding(change: Change): boolean {
  return change.path.startsWith("agents/");
}

/** Tells whether nothing but budgets differs, and those only to the narrower. */
function narrowsBinding(base: Binding | undefined, next: Binding | undefined): boolean {
  if (base === undefined || next === undefined) return false;
  const others = (binding: Binding): string => JSON.stringify({ ...binding, budgets: null }, sortKeys);
  return others(base) === others(next) && budgetsMove(base.budgets, next.budgets) === "narrower";
}

/** Budgets are narrower where each that was there is there and gives no gate more than it had, or there are more. */
function budgetsMove(
  base: readonly PlacedBudget[],
  next: readonly PlacedBudget[],
): "not" | "narrower" | "wider" {
  const after = new Map(next.map((budget) => [budget.id, budget]));
  const measure = (budget: PlacedBudget): string =>
    JSON.stringify({ ...budget, limit: null, share: null, at: null }, sortKeys);
  const holds = base.every((budget) => {
    const now = after.get(budget.id);
    return now !== undefined && measure(now) === measure(budget) && !givesMore(budget, now);
  });
  if (!holds) return "wider";
  const limits = new Map(base.map((budget) => [budget.id, limitText(budget)]));
  return next.some((budget) => limits.get(budget.id) !== limitText(budget)) ? "narrower" : "not";
}

function limitText({ limit, share }: PlacedBudget): string {
  return JSON.stringify({ limit, share }, sortKeys);
}

/** Whether a gate, one that a share names or any other, has more of a budget than it had. */
function givesMore(was: PlacedBudget, is: PlacedBudget): boolean {
  const named = [...Object.keys(was.share ?? {}), ...Object.keys(is.share ?? {})];
  // No gate has this id: it stands for all that are not named.
  return ["", ...named].some((gate) => limitOf(is, gate) > limitOf(was, gate));
}

function narrowsRules(base: Policy | undefined, next: Policy | undefined): boolean {
  const before = rulesByText(base);
  const after = rulesByText(next);
  const removed = [...before].filter(([text]) => !after.has(text)).map(([, rule]) => rule);
  const added = [...after].filter(([text]) => !before.has(text)).map(([, rule]) => rule);
  const budgets = budgetsMove(base?.budgets ?? [], next?.budgets ?? []);
  return (
    budgets !== "wider" &&
    removed.length + added.length + (budgets === "narrower" ? 1 : 0) > 0 &&
    removed.every((rule) => rule.verdict === "allow") &&
    added.every((rule) => rule.verdict === "deny")
  );
}

/** Rules by all that they say; where they stand in the file is left out. */
function rulesByText(policy: Policy | undefined): ReadonlyMap<string, Rule> {
  return new Map((policy?.rules ?? []).map((rule) => [ruleText(rule), rule]));
}

function ruleText(rule: Rule): string {
  const match = rule.match.map((example) => example.command);
  const notMatch = rule.notMatch.map((example) => example.command);
  return JSON.stringify({ ...rule, at: null, match, notMatch }, sortKeys);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
