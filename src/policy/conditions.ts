import { MirrorError } from "../base/errors.ts";
import type { Command } from "../model/command.ts";
import { type CommandPattern, parseCommandPattern } from "../model/command-pattern.ts";
import type { Effect } from "../model/effect.ts";
import type { Glob } from "../model/glob.ts";
import { type HostPattern, parseHostPattern, parseNamePattern } from "../model/name-pattern.ts";
import { type PathPattern, parsePathPattern } from "../model/path-pattern.ts";
import type { Places } from "../model/places.ts";
import type { Conditions, FlagCondition, WhenCondition } from "../model/policy-set.ts";
import { type RiskReason, riskRank } from "../model/risk.ts";
import { commandMatches } from "./command-match.ts";
import { flagsMatch } from "./flags.ts";
import { hostMatches, nameMatches } from "./name-match.ts";
import { PathTrie } from "./path-trie.ts";
import type { Reading } from "./reading.ts";

/** Conditions with their patterns parsed. Null: says nothing. */
export interface CompiledConditions {
  readonly commands: readonly CommandPattern[] | null;
  readonly flags: FlagCondition | null;
  readonly paths: readonly PathPattern[] | null;
  readonly hosts: readonly HostPattern[] | null;
  readonly mcp: readonly (readonly Glob[])[] | null;
  readonly agents: readonly (readonly Glob[])[] | null;
  readonly when: WhenCondition | null;
}

/** One effect, and what of the call a condition may look at. */
export interface EffectContext {
  readonly effect: Effect;
  /** The commands that led to it, the outermost first. */
  readonly chain: readonly Command[];
  readonly places: Places;
  /** Risk reasons of the call as a whole. */
  readonly callReasons: readonly RiskReason[];
  readonly isSubagent: boolean;
  /** Risk reasons of what comes before the effect, in this session or in this very call (see earlier.ts). */
  readonly earlier: readonly RiskReason[];
}

/** Compiles conditions. Throws `invalid-policy-set` for a pattern that the document parser would have refused. */
export function compileConditions(conditions: Conditions): CompiledConditions {
  return {
    commands: conditions.command?.map((text) => parsed(text, parseCommandPattern)) ?? null,
    flags: conditions.flags,
    paths: conditions.path?.flatMap((text) => parsed(text, parsePathPattern)) ?? null,
    hosts: conditions.host?.flatMap((text) => parsed(text, parseHostPattern)) ?? null,
    mcp: conditions.mcp?.flatMap((text) => parsed(text, parseNamePattern)) ?? null,
    agents: conditions.agent?.flatMap((text) => parsed(text, parseNamePattern)) ?? null,
    when: conditions.when,
  };
}

function parsed<T>(text: string, parse: (text: string) => T | string): T {
  const result = parse(text);
  if (typeof result !== "string") return result;
  throw new MirrorError("invalid-policy-set", `found the pattern \`${text}\`: ${result}`);
}

/** Makes the trie of one set of path patterns, all owned by 0. */
export function trieOf(patterns: readonly PathPattern[]): PathTrie {
  const trie = new PathTrie();
  for (const pattern of patterns) trie.add(pattern, 0);
  return trie;
}

/**
 * Tells whether all conditions but `path` hold. `innerToo`: what covers may name any command of the chain, not
 * only the innermost (`opaque: allow`).
 */
export function conditionsHold(
  conditions: CompiledConditions,
  context: EffectContext,
  reading: Reading,
  innerToo: boolean,
): boolean {
  return (
    commandsHold(conditions, context, reading, innerToo) &&
    resourceHolds(conditions, context.effect, reading) &&
    whenHolds(conditions.when, context, reading)
  );
}

function commandsHold(
  { commands, flags }: CompiledConditions,
  { chain }: EffectContext,
  reading: Reading,
  innerToo: boolean,
): boolean {
  if (commands === null && flags === null) return true;
  const links = reading === "covers" && !innerToo ? chain.slice(-1) : chain;
  return links.some(
    ({ argv }) =>
      (commands === null || commands.some((pattern) => commandMatches(pattern, argv, reading))) &&
      (flags === null || flagsMatch(flags, argv, reading)),
  );
}

function resourceHolds(
  { hosts, mcp, agents }: CompiledConditions,
  effect: Effect,
  reading: Reading,
): boolean {
  const { resource } = effect;
  if (hosts !== null && !(resource.kind === "host" && hostMatches(hosts, resource.host, reading)))
    return false;
  if (mcp !== null && !(resource.kind === "mcp" && nameMatches(mcp, resource.server, resource.tool)))
    return false;
  return agents === null || (resource.kind === "agent" && nameMatches(agents, resource.type));
}

/**
 * Levels are the effect's own. Reasons are the whole call's, where that is the stricter reading: an allow with
 * `none: [reads-secret]` allows nothing in a call that reads a secret anywhere.
 */
function whenHolds(when: WhenCondition | null, context: EffectContext, reading: Reading): boolean {
  if (when === null) return true;
  const { effect, callReasons, isSubagent, earlier } = context;
  if (when.subagent !== null && when.subagent !== isSubagent) return false;
  if (when.after !== null && !when.after.some((reason) => earlier.includes(reason))) return false;
  if (when.direction !== null) {
    if (effect.resource.kind !== "host" || effect.resource.direction !== when.direction) return false;
  }
  if (when.risk === null) return true;
  const { min, max, any, none } = when.risk;
  const rank = riskRank(effect.risk.level);
  if (min !== null && rank < riskRank(min)) return false;
  if (max !== null && rank > riskRank(max)) return false;
  const own = effect.risk.reasons;
  const all = [...own, ...callReasons];
  const [forAny, forNone] = reading === "covers" ? [own, all] : [all, own];
  if (any !== null && !any.some((reason) => forAny.includes(reason))) return false;
  return none === null || !none.some((reason) => forNone.includes(reason));
}
