import type { DecisionInput } from "../../model/decision.ts";
import type { Action } from "../../model/effect.ts";
import { isStricter } from "../../model/verdict.ts";
import type { CompiledPolicySet } from "../compile.ts";
import type { PreparedRule } from "../compiled-rule.ts";
import type { CompiledConditions } from "../conditions.ts";
import { type Judgement, judge } from "../decide.ts";
import type { Direction, PolicyChange } from "./comparison.ts";
import { type Doubt, loosenings } from "./doubts.ts";
import { rulesNear } from "./nearby.ts";
import { type Asker, requestsFor } from "./requests.ts";
import { compiledOf, type SideRules } from "./side.ts";
import { weight } from "./weight.ts";

/** Both sets, ready to decide. */
export interface Sets {
  readonly before: CompiledPolicySet;
  readonly after: CompiledPolicySet;
}

/** How many more requests may be decided. */
export interface Effort {
  left: number;
}

/** What is known of one action of one agent. */
export interface Findings {
  readonly changes: readonly PolicyChange[];
  /** Directions of which no change was found, and what could make one. */
  readonly doubts: ReadonlyMap<Direction, readonly Doubt[]>;
}

/** Requests that the first look takes, over all rules that differ, and at least and most for one of them. */
const firstLook = { all: 6000, least: 24, most: 400 };
/** Of more rules than this, each is looked at only while a direction is missing. */
const mostSingled = 200;
/** How many more requests a look takes once it has found something. */
const afterFirst = 40;
/** How far the search goes where a direction is still missing, over all rules, and for one of them. */
const longLook = { all: 10_000, least: 100, most: 4000 };
/** How many of the rules that differ each rule is held against. */
const mostOwn = 50;
/** What it takes to work out the requests for one rule, as so many requests. */
const costOfLook = 50;

/** Decides a request by both sets, and tells the change if there is one. */
export function changeBetween(request: DecisionInput, sets: Sets): PolicyChange | null {
  const before = judge(request, sets.before);
  const after = judge(request, sets.after);
  const effect = request.analysis.effects[0];
  if (before.verdict === after.verdict || effect === undefined) return null;
  return {
    agent: request.agent,
    action: effect.action,
    from: before.verdict,
    to: after.verdict,
    direction: isStricter(before.verdict, after.verdict) ? "widens" : "narrows",
    witness: request,
    rules: { before: rulesOf(before), after: rulesOf(after) },
  };
}

function rulesOf({ reasons }: Judgement): readonly string[] {
  return [...new Set(reasons.map(({ rule }) => rule))];
}

/** Looks for changes of one action wherever a proof does not exclude them. */
export function findChanges(
  action: Action,
  { before, after }: { before: SideRules; after: SideRules },
  asker: Asker,
  sets: Sets,
  effort: Effort,
  known: readonly DecisionInput[],
): Findings {
  const doubts = new Map<Direction, readonly Doubt[]>([
    ["widens", loosenings(action, before, after)],
    ["narrows", loosenings(action, after, before)],
  ]);
  const search = new Search(action, { before, after }, asker, sets, effort, doubts);
  search.lookAtKnown(known);
  search.lookAtEach();
  search.lookFurther();
  for (const direction of [...doubts.keys()]) {
    if (search.has(direction) || doubts.get(direction)?.length === 0) doubts.delete(direction);
  }
  return { changes: search.changes(), doubts };
}

/** How many requests are tried for one ask rule. */
const mostUnattended = 400;

/** Looks for a request that is asked, and that only one of the sets denies where nobody is there to answer. */
export function findUnattended(
  action: Action,
  { before, after }: { before: SideRules; after: SideRules },
  asker: Asker,
  sets: Sets,
): PolicyChange | null {
  const unattended = { ...asker, unattended: "nobody is asked" };
  const asking = [...compiledOf(before.all, "ask"), ...compiledOf(after.all, "ask")];
  for (const focus of [null, ...asking.map(({ conditions }) => conditions)]) {
    let left = mostUnattended;
    for (const request of requestsFor(action, focus, [], unattended, mostUnattended)) {
      const change = changeBetween(request, sets);
      const isThat = [change?.rules.before, change?.rules.after].some(
        (rules) => rules?.[0] === "gate/unattended",
      );
      if (change !== null && isThat) return change;
      left -= 1;
      if (left === 0) break;
    }
  }
  return null;
}

class Search {
  readonly #action: Action;
  readonly #sides: { readonly before: SideRules; readonly after: SideRules };
  readonly #asker: Asker;
  readonly #sets: Sets;
  readonly #effort: Effort;
  readonly #doubts: ReadonlyMap<Direction, readonly Doubt[]>;
  readonly #found = new Map<string, PolicyChange>();
  readonly #directions = new Set<Direction>();
  readonly #patience = { left: 300_000 };

  constructor(
    action: Action,
    sides: { before: SideRules; after: SideRules },
    asker: Asker,
    sets: Sets,
    effort: Effort,
    doubts: ReadonlyMap<Direction, readonly Doubt[]>,
  ) {
    this.#action = action;
    this.#sides = sides;
    this.#asker = asker;
    this.#sets = sets;
    this.#effort = effort;
    this.#doubts = doubts;
  }

  has(direction: Direction): boolean {
    return this.#directions.has(direction);
  }

  changes(): readonly PolicyChange[] {
    return [...this.#found.values()].sort((a, b) => weight(a.witness) - weight(b.witness));
  }

  /** Tries what somebody knows of: a request as it is really made says more than one that was thought up. */
  lookAtKnown(known: readonly DecisionInput[]): void {
    const { agent, client } = this.#asker;
    for (const { language, subagent, session, tool, places, analysis, after = [] } of known) {
      for (const effect of analysis.effects) {
        if (effect.action !== this.#action || this.#effort.left <= 0) continue;
        this.#effort.left -= 1;
        const alone = { ...analysis, effects: [effect] };
        const request = {
          language,
          agent,
          subagent,
          session,
          client,
          tool,
          places,
          analysis: alone,
          changing: [],
          after,
        };
        const change = changeBetween(request, this.#sets);
        if (change !== null) this.#keep(change);
      }
    }
  }

  /** Gives every rule that may make a difference its share of a first look. */
  lookAtEach(): void {
    const all = new Set([...this.#doubts.values()].flat());
    const share = shareOf(firstLook, all.size);
    let looked = 0;
    for (const doubt of all) {
      looked += 1;
      if (this.#effort.left <= 0 || (looked > mostSingled && this.#missing().length === 0)) return;
      this.#look(doubt, share, () => false);
    }
  }

  /** Goes on with what may still make a change of a direction in which none was found. */
  lookFurther(): void {
    for (const direction of this.#missing()) {
      const doubts = this.#doubts.get(direction) ?? [];
      const share = shareOf(longLook, doubts.length);
      for (const doubt of doubts) {
        if (this.has(direction) || this.#effort.left <= 0) break;
        this.#look(doubt, share, () => this.has(direction));
      }
    }
  }

  #missing(): Direction[] {
    return [...this.#doubts]
      .filter(([way, doubts]) => doubts.length > 0 && !this.has(way))
      .map(([way]) => way);
  }

  #look(doubt: Doubt, most: number, isEnough: () => boolean): void {
    let left = most;
    this.#effort.left -= costOfLook;
    const focus = doubt?.conditions ?? null;
    for (const request of requestsFor(this.#action, focus, this.#near(doubt), this.#asker, most)) {
      if (left <= 0 || this.#effort.left <= 0 || isEnough()) return;
      left -= 1;
      this.#effort.left -= 1;
      const change = changeBetween(request, this.#sets);
      if (change === null) continue;
      this.#keep(change);
      // What else the rule changes shows soon, or not at all.
      left = Math.min(left, afterFirst);
    }
  }

  /** What the rule itself leaves out comes first, then what else differs, then what is the same. */
  #near(doubt: Doubt): readonly CompiledConditions[] {
    const { before, after } = this.#sides;
    const focus = doubt?.conditions ?? null;
    const rules = function* (): Iterable<PreparedRule> {
      // All of them in turn would be all pairs where much differs.
      yield* before.own.slice(0, mostOwn);
      yield* after.own.slice(0, mostOwn);
      for (const index of [...before.indexes(), ...after.indexes().slice(0, 1)]) {
        if (focus !== null) yield* index.around(focus);
        yield* index.within(focus);
      }
    };
    const near = rulesNear(focus, rules(), this.#patience);
    const own = doubt?.unless == null ? [] : [doubt.unless];
    return [
      ...own,
      ...near.flatMap(({ conditions, unless }) => (unless === null ? [conditions] : [conditions, unless])),
    ];
  }

  /** Of the changes that the same rules make, the one with the plainest witness. */
  #keep(change: PolicyChange): void {
    this.#directions.add(change.direction);
    const { from, to, rules } = change;
    const key = JSON.stringify([from, to, speaker(rules.before), speaker(rules.after)]);
    const known = this.#found.get(key);
    if (known === undefined || weight(change.witness) < weight(known.witness)) this.#found.set(key, change);
  }
}

function shareOf(look: typeof firstLook, count: number): number {
  return Math.min(look.most, Math.max(look.least, Math.ceil(look.all / count)));
}

/** The gate's own reasons all say that no rule speaks. */
function speaker([first = ""]: readonly string[]): string {
  return /^(gate|otherwise)\//.test(first) ? "" : first;
}
