import type { Rule } from "../model/policy-set.ts";
import { type CompiledConditions, compileConditions, trieOf } from "./conditions.ts";
import type { PathTrie } from "./path-trie.ts";

/** A rule, ready to be held against effects. */
export interface CompiledRule {
  /** `<policy>/<rule>`. */
  readonly name: string;
  readonly rule: Rule;
  readonly conditions: CompiledConditions;
  readonly unless: CompiledConditions | null;
  readonly unlessPaths: PathTrie | null;
  /** Built-in rules ask where they only may hold; others deny. */
  readonly isBuiltin: boolean;
}

/** A rule that is compiled when it is first asked for. */
export interface PreparedRule {
  readonly rule: Rule;
  /** Throws `invalid-policy-set` for a pattern that the document parser would have refused. */
  readonly compiled: () => CompiledRule;
}

/** Prepares one rule of a policy. */
export function prepareRule(policy: string, rule: Rule, isBuiltin = false): PreparedRule {
  let compiled: CompiledRule | null = null;
  return {
    rule,
    compiled: () => {
      compiled ??= compileRule(policy, rule, isBuiltin);
      return compiled;
    },
  };
}

function compileRule(policy: string, rule: Rule, isBuiltin: boolean): CompiledRule {
  const unless = rule.unless === null ? null : compileConditions(rule.unless);
  return {
    name: `${policy}/${rule.id}`,
    rule,
    conditions: compileConditions(rule),
    unless,
    unlessPaths: unless === null || unless.paths === null ? null : trieOf(unless.paths),
    isBuiltin,
  };
}
