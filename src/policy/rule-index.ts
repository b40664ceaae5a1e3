import type { Action, Effect } from "../model/effect.ts";
import { foldGlob, foldName } from "../model/glob.ts";
import { programName } from "./command-match.ts";
import type { CompiledRule, PreparedRule } from "./compiled-rule.ts";
import type { EffectContext } from "./conditions.ts";
import { PathTrie, type Touch } from "./path-trie.ts";

/** A rule that may speak of an effect, with what is known of its paths. */
export interface Candidate {
  readonly rule: CompiledRule;
  /** Null for a rule without `path`. For an allow rule, `surely`: the paths are covered. */
  readonly path: Touch | null;
}

/** The rules of one agent, found by what an effect is about, so that a decision's cost does not grow with them. */
export class RuleIndex {
  readonly #rules = new Map<Action, PreparedRule[]>();
  readonly #actions = new Map<Action, ActionIndex>();

  constructor(rules: readonly PreparedRule[]) {
    for (const prepared of rules) {
      for (const action of prepared.rule.actions) {
        const about = this.#rules.get(action) ?? [];
        this.#rules.set(action, about);
        about.push(prepared);
      }
    }
  }

  /** Gives the rules that may speak of the effect; all others surely do not. Each at most once. */
  candidates(context: EffectContext): readonly Candidate[] {
    return this.#about(context.effect.action).candidates(context);
  }

  #about(action: Action): ActionIndex {
    const known = this.#actions.get(action);
    if (known !== undefined) return known;
    const index = new ActionIndex((this.#rules.get(action) ?? []).map(({ compiled }) => compiled()));
    this.#actions.set(action, index);
    return index;
  }
}

/** The rules about one action, each in one of the tables. */
class ActionIndex {
  /** Rules with paths, by their number in the tries. */
  readonly #withPaths: CompiledRule[] = [];
  readonly #allowPaths = new PathTrie();
  readonly #otherPaths = new PathTrie();
  /** Rules without paths whose commands all name their program. */
  readonly #byProgram = new Map<string, Set<CompiledRule>>();
  /** Rules whose hosts are all plain names. */
  readonly #byHost = new Map<string, Set<CompiledRule>>();
  readonly #others: Candidate[] = [];

  constructor(rules: readonly CompiledRule[]) {
    for (const rule of rules) this.#add(rule);
  }

  #add(rule: CompiledRule): void {
    const { paths } = rule.conditions;
    if (paths !== null) {
      const trie = rule.rule.verdict === "allow" ? this.#allowPaths : this.#otherPaths;
      for (const path of paths) trie.add(path, this.#withPaths.length);
      this.#withPaths.push(rule);
      return;
    }
    const programs = programsOf(rule);
    const hosts = programs === null ? hostsOf(rule) : null;
    for (const program of programs ?? []) file(this.#byProgram, program, rule);
    for (const host of hosts ?? []) file(this.#byHost, host, rule);
    if (programs === null && hosts === null) this.#others.push({ rule, path: null });
  }

  candidates(context: EffectContext): readonly Candidate[] {
    const candidates = this.#others.length === 0 ? [] : [...this.#others];
    if (this.#byProgram.size > 0 || this.#byHost.size > 0) {
      const rules = new Set<CompiledRule>();
      for (const found of this.#aboutPrograms(context)) for (const rule of found) rules.add(rule);
      for (const found of this.#aboutHost(context.effect)) for (const rule of found) rules.add(rule);
      for (const rule of rules) candidates.push({ rule, path: null });
    }
    const { resource, action } = context.effect;
    if (resource.kind !== "path" || this.#withPaths.length === 0) return candidates;
    const add = (id: number, path: Touch): void => {
      const rule = this.#withPaths[id];
      if (rule !== undefined) candidates.push({ rule, path });
    };
    for (const id of this.#allowPaths.covers(resource, context.places)) add(id, "surely");
    for (const [id, touch] of this.#otherPaths.touches(resource, action, context.places)) add(id, touch);
    return candidates;
  }

  *#aboutPrograms({ chain }: EffectContext): Iterable<ReadonlySet<CompiledRule>> {
    if (this.#byProgram.size === 0) return;
    for (const { argv } of chain) {
      const [program] = argv;
      if (typeof program !== "string") {
        yield* this.#byProgram.values();
        return;
      }
      for (const name of new Set([foldName(program), programName(program)])) {
        const found = this.#byProgram.get(name);
        if (found !== undefined) yield found;
      }
    }
  }

  *#aboutHost({ resource }: Effect): Iterable<ReadonlySet<CompiledRule>> {
    if (resource.kind !== "host" || this.#byHost.size === 0) return;
    if (resource.host === null) yield* this.#byHost.values();
    else {
      const found = this.#byHost.get(resource.host.toLowerCase().replace(/\.$/, ""));
      if (found !== undefined) yield found;
    }
  }
}

function file(table: Map<string, Set<CompiledRule>>, key: string, rule: CompiledRule): void {
  const rules = table.get(key) ?? new Set();
  table.set(key, rules);
  rules.add(rule);
}

/** The programs a rule names, in the form of `foldName`; null if one of its commands may be any. */
function programsOf({ conditions }: CompiledRule): readonly string[] | null {
  if (conditions.commands === null) return null;
  const programs: string[] = [];
  for (const [first] of conditions.commands) {
    if (first === undefined || first === "...") return null;
    for (const glob of first) {
      const { literal } = foldGlob(glob);
      if (literal === null) return null;
      programs.push(literal);
    }
  }
  return programs;
}

function hostsOf({ conditions }: CompiledRule): readonly string[] | null {
  if (conditions.hosts === null) return null;
  const hosts: string[] = [];
  for (const { any, below, labels } of conditions.hosts) {
    const names = labels.map((label) => label.literal);
    if (any || below || names.includes(null)) return null;
    hosts.push(names.join("."));
  }
  return hosts;
}
