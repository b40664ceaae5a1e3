import type { Action } from "../model/effect.ts";
import type { Policy, PolicySet } from "../model/policy-set.ts";
import { builtinRules } from "./builtin.ts";
import { type CompiledRule, compileRule } from "./compiled-rule.ts";
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

// The same for every policy set, so compiled at the first.
let compiledBuiltins: readonly CompiledRule[] | null = null;

/**
 * Compiles a policy set together with the built-in rules. Throws `invalid-policy-set` for what
 * `parsePolicySet` would have refused.
 */
export function compilePolicySet(set: PolicySet): CompiledPolicySet {
  compiledBuiltins ??= builtinRules.map((rule) => compileRule("builtin", rule, true));
  const builtin = compiledBuiltins;
  const rulesOf = new Map<string, readonly CompiledRule[]>();
  const compiled = (policy: Policy | undefined): readonly CompiledRule[] => {
    if (policy === undefined) return [];
    const known = rulesOf.get(policy.id) ?? policy.rules.map((rule) => compileRule(policy.id, rule));
    rulesOf.set(policy.id, known);
    return known;
  };
  // Agents bound to the same policies share one index.
  const indexes = new Map<string, RuleIndex>();
  const agents = new Map<string, CompiledBinding>();
  for (const binding of set.agents.values()) {
    const policies = [...new Set(binding.policies)].sort();
    const key = policies.join(" ");
    const rules = (): CompiledRule[] => [
      ...builtin,
      ...policies.flatMap((id) => compiled(set.policies.get(id))),
    ];
    const index = indexes.get(key) ?? new RuleIndex(rules());
    indexes.set(key, index);
    agents.set(binding.id, { rules: index, clients: new Set(binding.clients) });
  }
  return { agents, otherwise: set.config.otherwise };
}
