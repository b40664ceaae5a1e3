import { canonicalJson } from "../base/canonical-json.ts";
import type { Problem } from "../base/problem.ts";
import type { BudgetUnit } from "../model/budget.ts";
import type { Action, Analysis } from "../model/effect.ts";
import { heldBudgets } from "../model/held-budgets.ts";
import type {
  Conditions,
  Example,
  PlacedBudget,
  Policy,
  PolicySet,
  Rule,
  Trust,
} from "../model/policy-set.ts";
import { examplePlaces, ruleMatches } from "./examples.ts";
import { effectText, quoted } from "./wording.ts";

/** Analyses a shell command in `examplePlaces`, on a machine about which nothing is known. */
export type AnalyseExample = (command: string) => Analysis;

/**
 * Holds the rules of a policy set to their own examples, and finds rules that can never speak or that repeat
 * another. Gives every problem.
 */
export function lintPolicySet(set: PolicySet, analyse: AnalyseExample): Problem[] {
  return [
    ...[...set.policies.values()].flatMap((policy) => [
      ...policy.rules.flatMap((rule) => [...missedExamples(policy, rule, analyse), ...contradictions(rule)]),
      ...repeats(policy),
    ]),
    ...[set.config, ...set.policies.values(), ...set.agents.values()].flatMap(({ budgets }) => [
      ...looseBudgets(budgets),
      ...idleBudgets(budgets),
      ...strangeShares(budgets, set.trust),
    ]),
    ...unpricedBudgets(set),
  ];
}

/** A session is begun by the client as often as it likes: a budget over one holds nothing by itself. */
function looseBudgets(budgets: readonly PlacedBudget[]): Problem[] {
  return budgets
    .filter(({ window, unit }) => {
      if (window !== "session") return false;
      return !budgets.some(
        (other) => other.unit === unit && (other.window === "day" || other.window === "total"),
      );
    })
    .map(({ id, unit, at }) => ({
      ...at,
      code: "loose-budget",
      message: `found the budget \`${id}\` over a session alone, expected one of ${unit} over a day or in total beside it`,
      hint: "a client begins a new session whenever it likes",
    }));
}

/** The actions whose effects each unit counts; null: every action's, but a model call's. */
const countedActions: Readonly<Record<BudgetUnit, readonly Action[] | null>> = {
  calls: null,
  seconds: null,
  files: ["fs.write", "fs.delete"],
  bytes: ["fs.write"],
  hosts: ["net.connect"],
  tokens: ["model.call"],
  usd: ["model.call"],
};

/** A budget that nothing ever counts towards looks like a limit, and is none. */
function idleBudgets(budgets: readonly PlacedBudget[]): Problem[] {
  return budgets.flatMap(({ id, unit, action, risk, at }) => {
    const actions = countedActions[unit];
    const isModels = actions?.includes("model.call") ?? false;
    const isIdle =
      action !== null && (actions === null ? action === "model.call" : !actions.includes(action));
    if (!isIdle && !(isModels && risk !== null)) return [];
    const expected = isIdle
      ? (actions?.join(" or ") ?? "an action of a tool call")
      : "no `risk`, which model calls have not";
    return [
      {
        ...at,
        code: "idle-budget",
        message: `found the budget \`${id}\` of ${unit}, towards which nothing counts, expected ${expected}`,
        hint: null,
      },
    ];
  });
}

/** What nobody knows the price of takes all the money there is. */
function unpricedBudgets(set: PolicySet): Problem[] {
  if (set.prices !== null) return [];
  const metered = [...set.agents.values()].filter(({ usage }) => usage === "transcript");
  const limited = metered.flatMap(({ id }) =>
    heldBudgets(set, id, null).filter(({ unit }) => unit === "usd"),
  );
  return [...new Map(limited.map((budget) => [budget.id, budget])).values()].map(({ id, at }) => ({
    ...at,
    code: "unpriced-budget",
    message: `found the budget \`${id}\` of usd and no prices.yaml, so that the first model call of an agent with \`usage: transcript\` takes all of it`,
    hint: "say what its models cost in .mirror/prices.yaml",
  }));
}

/** Who is not enrolled may be anybody. */
function strangeShares(budgets: readonly PlacedBudget[], { gates, signers }: Trust): Problem[] {
  // Where nobody signs yet, no gate can be enrolled.
  if (signers.length === 0) return [];
  return budgets.flatMap(({ id, share, at }) =>
    Object.keys(share ?? {})
      .filter((name) => gates.every((gate) => gate.id !== name))
      .map((name) => ({
        ...at,
        code: "unknown-gate",
        message: `found a share of \`${id}\` for the gate \`${name}\`, which trust.yaml does not enrol`,
        hint: "a person asks for it with `mirror gate request`",
      })),
  );
}

function missedExamples(policy: Policy, rule: Rule, analyse: AnalyseExample): Problem[] {
  const problems: Problem[] = [];
  const check = (example: Example, expected: boolean): void => {
    const analysis = analyse(example.command);
    if (ruleMatches(policy.id, rule, analysis) === expected) return;
    const does = analysis.effects.slice(0, 4).map((effect) => effectText(effect, analysis, examplePlaces));
    problems.push({
      ...example.at,
      code: expected ? "missed-example" : "unwanted-example",
      message: `found that \`${rule.id}\` ${expected ? "misses" : "matches"} ${quoted(example.command)}, expected ${expected ? "a match" : "none"}`,
      hint: `it ${does.join(", ")}`,
    });
  };
  for (const example of rule.match) check(example, true);
  for (const example of rule.notMatch) check(example, false);
  return problems;
}

function contradictions(rule: Rule): Problem[] {
  const isEmpty = (any: readonly string[] | null, none: readonly string[] | null): boolean =>
    any !== null && none !== null && any.every((each) => none.includes(each));
  const { flags, when } = rule;
  const found: string[] = [];
  if (flags !== null && isEmpty(flags.any, flags.none)) found.push("flags");
  if (when?.risk != null && isEmpty(when.risk.any, when.risk.none)) found.push("when.risk");
  return found.map((key) => ({
    ...rule.at,
    code: "never-matches",
    message: `found \`any\` and \`none\` of \`${key}\` in \`${rule.id}\` that nothing meets together`,
    hint: null,
  }));
}

/** Rules with the very same conditions: the later ones add nothing, or never win. */
function repeats(policy: Policy): Problem[] {
  const seen = new Map<string, Rule>();
  const problems: Problem[] = [];
  for (const rule of policy.rules) {
    const key = canonicalJson({
      actions: [...rule.actions].sort(),
      ...conditionsOf(rule),
      unless: rule.unless,
    });
    const earlier = seen.get(key);
    seen.set(key, earlier ?? rule);
    if (earlier === undefined) continue;
    const message =
      earlier.verdict === rule.verdict
        ? `found \`${rule.id}\` with the same conditions as \`${earlier.id}\``
        : `found \`${rule.id}\` with the same conditions as \`${earlier.id}\` and another verdict; only the stricter one ever counts`;
    problems.push({ ...rule.at, code: "repeated-rule", message, hint: null });
  }
  return problems;
}

function conditionsOf({ command, flags, path, host, mcp, agent, when }: Conditions): Conditions {
  return { command, flags, path, host, mcp, agent, when };
}
