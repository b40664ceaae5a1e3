import type { Action } from "../../model/effect.ts";
import { isStricter, type Verdict } from "../../model/verdict.ts";
import type { CompiledRule } from "../compiled-rule.ts";
import type { CompiledConditions } from "../conditions.ts";
import type { Reading } from "../reading.ts";
import { type Cell, cellsOf, whenHolds } from "./cells.ts";
import { alternativesOf, conditionsApart, conditionWithin } from "./condition-within.ts";
import type { How } from "./path-within.ts";
import { compiledOf, deniesAll, type SideRules } from "./side.ts";

/** A rule that may make a difference, for all that is proven; null: what `otherwise` says does. */
export type Doubt = CompiledRule | null;

/** How many ways to meet `when`s are gone through for one rule. */
const mostCells = 2000;
/** How many pairs of rules are held against each other for one action and direction. */
const mostPairs = 300_000;
/** How many rules may share in the proof for one. */
const mostStands = 64;

/**
 * Gives what may make `after` looser than `before` on some request of any places. None: it is proven that `after`
 * is nowhere looser.
 *
 * The argument: a verdict gets looser only where a deny or ask rule of `before` that `after` does not have speaks,
 * or an allow rule of `after` that `before` does not have, or `otherwise`. Each such rule is excluded by itself: by
 * rules that say the same or more wherever it speaks, on the side where that counts; or since the answer is then
 * the strictest anyway. The answer is monotone in what speaks, so that what is excluded for each rule is excluded
 * for all together.
 */
export function loosenings(action: Action, before: SideRules, after: SideRules): readonly Doubt[] {
  if (deniesAll(after)) return [];
  const doubts: Doubt[] = isStricter(before.otherwise, after.otherwise) ? [null] : [];
  const proof = new Proof(action, before, after);
  for (const rule of compiledOf(before.own, "ask", "deny")) if (!proof.isKept(rule)) doubts.push(rule);
  for (const rule of compiledOf(after.own, "allow")) if (!proof.isNothingNew(rule)) doubts.push(rule);
  return doubts;
}

/** A rule that may stand in for another, and how the two are held against each other. */
interface Stand {
  readonly rule: CompiledRule;
  readonly how: How;
}

class Proof {
  readonly #action: Action;
  readonly #before: SideRules;
  readonly #after: SideRules;
  #pairs = 0;

  constructor(action: Action, before: SideRules, after: SideRules) {
    this.#action = action;
    this.#before = before;
    this.#after = after;
  }

  /** Wherever the deny or ask rule speaks, `after` has one at least as strict, or is as strict without. */
  isKept(rule: CompiledRule): boolean {
    const { verdict } = rule.rule;
    // What no rule of `after` allows there gets `otherwise`.
    const isPlain = !isStricter(verdict, this.#after.otherwise);
    return alternativesOf(rule.conditions, true).every(
      (piece) =>
        (isPlain && this.#isNotAllowed(piece)) ||
        this.#isCovered(rule, piece, "touches", standsIn(this.#after, piece, "touches", ["deny", verdict])),
    );
  }

  #isNotAllowed(piece: CompiledConditions): boolean {
    return this.#after.all.every((allow) => {
      if (allow.rule.verdict !== "allow") return true;
      this.#pairs += 1;
      if (piece.hosts === null && piece.mcp === null && piece.agents === null) return false;
      return this.#pairs <= mostPairs && conditionsApart(piece, allow.compiled().conditions);
    });
  }

  /** Wherever the allow rule speaks, `before` has one that allows as much, or `after` does not allow it anyway. */
  isNothingNew(rule: CompiledRule): boolean {
    const strict = this.#after.otherwise === "ask" ? (["deny", "ask"] as const) : (["deny"] as const);
    return alternativesOf(rule.conditions, false).every((piece) => {
      const stands = function* (before: SideRules, after: SideRules): Iterable<Stand> {
        for (const stand of standsIn(before, piece, "covers", ["allow"])) {
          if (stand.rule.rule.allowsOpaque || !rule.rule.allowsOpaque) yield stand;
        }
        yield* standsIn(after, piece, "crosses", strict);
      };
      return this.#isCovered(rule, piece, "covers", stands(this.#before, this.#after));
    });
  }

  /** In every cell in which the rule may speak, some stand surely does. */
  #isCovered(
    rule: CompiledRule,
    piece: CompiledConditions,
    reading: Reading,
    stands: Iterable<Stand>,
  ): boolean {
    const found: Stand[] = [];
    for (const stand of stands) {
      this.#pairs += 1;
      if (this.#pairs > mostPairs || found.length >= mostStands) break;
      if (!conditionWithin(piece, stand.rule.conditions, stand.how)) continue;
      if (stand.rule.unless === null && stand.rule.conditions.when === null) return true;
      found.push(stand);
    }
    if (found.length === 0) return false;
    const whens = [rule, ...found.map((stand) => stand.rule)].flatMap(({ conditions, unless }) => [
      conditions.when,
      unless?.when ?? null,
    ]);
    const cells = cellsOf(whens, this.#action, mostCells);
    return cells?.every((cell) => this.#isCoveredIn(cell, rule, piece, reading, found)) === true;
  }

  #isCoveredIn(
    cell: Cell,
    rule: CompiledRule,
    piece: CompiledConditions,
    reading: Reading,
    stands: readonly Stand[],
  ): boolean {
    if (!whenHolds(piece.when, cell, this.#action, reading)) return true;
    const unless = this.#unlessIn(cell, rule, reading);
    if (unless !== null && saysNothingBesideWhen(unless)) return true;
    return stands.some(({ rule: stand, how }) => {
      const standReading = how === "covers" ? "covers" : "touches";
      if (!whenHolds(stand.conditions.when, cell, this.#action, standReading)) return false;
      const relaxed = this.#unlessIn(cell, stand, standReading);
      if (relaxed === null || conditionsApart(relaxed, piece)) return true;
      // Where the stand is silent, the rule must be silent, too. Across readings that is not looked into.
      return how !== "crosses" && unless !== null && conditionWithin(relaxed, unless, dual(reading) as How);
    });
  }

  /** Gives what relaxes the rule in the cell; null if nothing does. */
  #unlessIn(cell: Cell, { unless }: CompiledRule, reading: Reading): CompiledConditions | null {
    if (unless === null || !whenHolds(unless.when, cell, this.#action, dual(reading))) return null;
    return unless;
  }
}

/** Gives the rules of a side that may hold wherever the conditions do. */
function* standsIn(
  side: SideRules,
  conditions: CompiledConditions,
  how: How,
  verdicts: readonly Verdict[],
): Iterable<Stand> {
  for (const index of side.indexes()) {
    for (const { rule, compiled } of index.around(conditions)) {
      if (verdicts.includes(rule.verdict)) yield { rule: compiled(), how };
    }
  }
}

/** How `unless` is read in a rule that is read so. */
function dual(reading: Reading): "covers" | "touches" {
  return reading === "covers" ? "touches" : "covers";
}

function saysNothingBesideWhen({ commands, flags, paths, hosts, mcp, agents }: CompiledConditions): boolean {
  return [commands, flags, paths, hosts, mcp, agents].every((said) => said === null);
}
