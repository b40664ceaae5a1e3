import type { Action } from "../../model/effect.ts";
import type { PolicySet } from "../../model/policy-set.ts";
import type { Verdict } from "../../model/verdict.ts";
import { type CompiledRule, type PreparedRule, prepareRule } from "../compiled-rule.ts";
import { PrefixIndex } from "./prefix-index.ts";
import { ruleText } from "./rule-text.ts";

/**
 * What one policy set says to one agent, beside the built-in rules, which are the same in all. An agent that is
 * not bound is a side without rules whose `otherwise` is always `deny`.
 */
export interface Side {
  readonly otherwise: Readonly<Partial<Record<Action, "ask" | "deny">>>;
  readonly rules: ReadonlyMap<Action, RulesByText>;
}

/** Rules by what they say: of two that say the same, one is enough. */
export type RulesByText = ReadonlyMap<string, PreparedRule>;

/** The side of an agent, or of a client, that has no binding. */
export const unbound: Side = { otherwise: {}, rules: new Map() };

/** Gives what a set says to an agent bound to the policies. */
export function sideOf(set: PolicySet, policies: readonly string[]): Side {
  const rules = new Map<Action, Map<string, PreparedRule>>();
  for (const id of policies) {
    for (const rule of set.policies.get(id)?.rules ?? []) {
      const prepared = prepareRule(id, rule);
      const text = ruleText(rule);
      for (const action of rule.actions) {
        const about = rules.get(action) ?? new Map<string, PreparedRule>();
        rules.set(action, about);
        if (!about.has(text)) about.set(text, prepared);
      }
    }
  }
  return { otherwise: set.config.otherwise, rules };
}

const noRules: RulesByText = new Map();

/** One action of a side, and what of it the other side does not have. */
export interface SideRules {
  readonly otherwise: "ask" | "deny";
  /** All rules about the action. */
  readonly all: readonly PreparedRule[];
  /** Those that the other side does not have. */
  readonly own: readonly PreparedRule[];
  /** All rules, found by what they begin with: its own, and those that both sides have. */
  readonly indexes: () => readonly PrefixIndex[];
}

/** Gives both sides of one action; rules that stand on both sides are in no `own`. */
export function sidesOf(action: Action, before: Side, after: Side): { before: SideRules; after: SideRules } {
  const ofBefore = before.rules.get(action) ?? noRules;
  const ofAfter = after.rules.get(action) ?? noRules;
  const common = once(() => indexOf([...ofBefore].filter(([text]) => ofAfter.has(text))));
  return {
    before: sideRules(before.otherwise[action], ofBefore, ofAfter, common),
    after: sideRules(after.otherwise[action], ofAfter, ofBefore, common),
  };
}

function sideRules(
  otherwise: "ask" | "deny" | undefined,
  rules: RulesByText,
  other: RulesByText,
  common: () => PrefixIndex,
): SideRules {
  const own = [...rules].filter(([text]) => !other.has(text));
  const ownIndex = once(() => indexOf(own));
  return {
    otherwise: otherwise ?? "deny",
    all: [...rules.values()],
    own: own.map(([, rule]) => rule),
    indexes: () => [ownIndex(), common()],
  };
}

function indexOf(rules: readonly (readonly [string, PreparedRule])[]): PrefixIndex {
  return new PrefixIndex(rules.map(([, rule]) => rule));
}

/** Made when first asked for. */
function once<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** Gives those of the rules that have the verdict, compiled. */
export function compiledOf(rules: readonly PreparedRule[], ...verdicts: readonly Verdict[]): CompiledRule[] {
  return rules.filter(({ rule }) => verdicts.includes(rule.verdict)).map(({ compiled }) => compiled());
}

/** Tells whether the side denies every request: nothing is ever allowed, and what is not allowed is denied. */
export function deniesAll({ otherwise, all }: SideRules): boolean {
  return otherwise === "deny" && all.every(({ rule }) => rule.verdict !== "allow");
}
