import type { Budget } from "../model/budget.ts";
import type { Action } from "../model/effect.ts";
import { heldBudgets } from "../model/held-budgets.ts";
import type { Policy, PolicySet, Rule } from "../model/policy-set.ts";
import type { UsageSource } from "../model/usage-source.ts";
import { builtinRules } from "./builtin.ts";
import { type PreparedRule, prepareRule } from "./compiled-rule.ts";
import { RuleIndex } from "./rule-index.ts";

/** What holds for one agent. */
export interface CompiledBinding {
  readonly rules: RuleIndex;
  /** Clients that may speak for it. */
  readonly clients: ReadonlySet<string>;
  /** Whether some rule asks what the session did before (`after`). */
  readonly looksBack: boolean;
  /** What it may use at most; none where that is not looked at. */
  readonly budgets: readonly Budget[];
  /** Where what its model calls take is read. */
  readonly usage: UsageSource;
  /** Whether an ask that nobody is there to answer is a deny: not where it waits for somebody who is elsewhere. */
  readonly deniesUnattended: boolean;
}

/** A policy set, ready to decide with. */
export interface CompiledPolicySet {
  /** By agent id. */
  readonly agents: ReadonlyMap<string, CompiledBinding>;
  /** `deny` where an action is not named. */
  readonly otherwise: Readonly<Partial<Record<Action, "ask" | "deny">>>;
  /** The gate that is to deny every call, since it is not enrolled; null: the rules decide. */
  readonly unenrolledGate: string | null;
}

// The same for every policy set.
const preparedBuiltins = builtinRules.map((rule) => prepareRule("builtin", rule, true));

/**
 * Compiles a policy set together with the built-in rules: what is about one action when that is first decided on,
 * since a gate that starts has a caller who waits. `gate`: which one decides by it; null for any that is enrolled.
 * `spending`: whether budgets hold; for who asks what the rules say they do not.
 */
export function compilePolicySet(
  set: PolicySet,
  gate: string | null = null,
  spending: "bounded" | "unbounded" = "unbounded",
): CompiledPolicySet {
  const rulesOf = new Map<string, readonly PreparedRule[]>();
  const prepared = (policy: Policy | undefined): readonly PreparedRule[] => {
    if (policy === undefined) return [];
    const known = rulesOf.get(policy.id) ?? policy.rules.map((rule) => prepareRule(policy.id, rule));
    rulesOf.set(policy.id, known);
    return known;
  };
  const { otherwise, unattended } = set.config;
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
    const budgets = spending === "bounded" ? heldBudgets(set, binding.id, gate) : [];
    const deniesUnattended = unattended === "deny" && binding.consent === "client";
    const looksBack = policies.some((id) => set.policies.get(id)?.rules.some(asksWhatWasBefore) === true);
    const clients = new Set(binding.clients);
    const { usage } = binding;
    agents.set(binding.id, { rules: index, clients, looksBack, budgets, usage, deniesUnattended });
  }
  return {
    agents,
    otherwise,
    unenrolledGate: gate !== null && deniesGate(set, gate) ? gate : null,
  };
}

function asksWhatWasBefore({ when, unless }: Rule): boolean {
  return when?.after != null || unless?.when?.after != null;
}

/** Tells whether a gate is to deny every call, since the set does not enrol it. */
export function deniesGate({ config, trust }: PolicySet, gate: string): boolean {
  return config.unenrolled === "deny" && trust.gates.every(({ id }) => id !== gate);
}
