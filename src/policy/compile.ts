import type { Action } from "../model/effect.ts";
import type { Policy, PolicySet } from "../model/policy-set.ts";
import { builtinRules } from "./builtin.ts";
import { type PreparedRule, prepareRule } from "./compiled-rule.ts";
import { RuleIndex } from "./rule-index.ts";

/** What holds for one agent. */
export interface CompiledBinding {
  readonly rules: RuleIndex;
  /** Clients that may speak for it. */
  readonly clients: ReadonlySet<string>;
}

/** A policy set, ready to decide with. */
export interface CompiledPolicySet {
  /** By agent id. */
  readonly agents: ReadonlyMap<string, CompiledBinding>;
  /** `deny` where an action is not named. */
  readonly otherwise: Readonly<Partial<Record<Action, "ask" | "deny">>>;
}

// The same for every policy set.
const preparedBuiltins = builtinRules.map((rule) => prepareRule("builtin", rule, true));

/**
 * Compiles a policy set together with the built-in rules: what is about one action when that is first decided on,
 * since a gate that starts has a caller who waits.
 */
export function compilePolicySet(set: PolicySet): CompiledPolicySet {
  const rulesOf = new Map<string, readonly PreparedRule[]>();
  const prepared = (policy: Policy | undefined): readonly PreparedRule[] => {
    if (policy === undefined) return [];
    const known = rulesOf.get(policy.id) ?? policy.rules.map((rule) => prepareRule(policy.id, rule));
    rulesOf.set(policy.id, known);
    return known;
  };
  // Agents bound to the same policies share one index.
  const indexes = new Map<string, RuleIndex>();
  const agents = new Map<string, CompiledBinding>();
  for (const binding of set.agents.values()) {
    const policies = [...new Set(binding.policies)].sort();
    const key = policies.join(" ");
    const rules = (): PreparedRule[] => [
      ...preparedBuiltins,
      ...policies.flatMap((id) => prepared(set.policies.get(id))),
    ];
    const index = indexes.get(key) ?? new RuleIndex(rules());
    indexes.set(key, index);
    agents.set(binding.id, { rules: index, clients: new Set(binding.clients) });
  }
  return { agents, otherwise: set.config.otherwise };
}
