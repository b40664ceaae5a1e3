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

/** Compiles one rule of a policy. */
export function compileRule(policy: string, rule: Rule, isBuiltin = false): CompiledRule {
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
