import type { PolicySet, Rule } from "../../model/policy-set.ts";
import { type CompiledPolicySet, compilePolicySet } from "../compile.ts";
import { judge } from "../decide.ts";
import { type AskedEffect, lackOf, type RecordedCall } from "./asked.ts";
import { type Candidate, grouped, type IsHidden } from "./candidate.ts";
import { commandCandidates } from "./commands.ts";
import { hostCandidates, nameCandidates } from "./names.ts";
import { pathCandidates } from "./paths.ts";
import { draftsOf, ruleOf } from "./rules.ts";

/** What is to be learnt from. */
export interface Lessons {
  readonly agent: string;
  /** The id of the policy that the rules will stand in; no policy has it. */
  readonly policy: string;
  /** Calls that were asked about, and that people let run. */
  readonly approved: readonly RecordedCall[];
  /** Calls that no new rule may let through. */
  readonly refused: readonly RecordedCall[];
  readonly isHidden: IsHidden;
}

/** Rules that would have allowed what was approved, and nothing that was refused. */
export interface Suggestion {
  readonly rules: readonly SuggestedRule[];
  /** The set with rules for exactly what was approved, under the same names: what the rules add to it is beyond that. */
  readonly exact: PolicySet;
  /** Approved calls that are allowed by now. */
  readonly allowed: readonly RecordedCall[];
  /** Approved calls that would be asked about still, and why. */
  readonly left: readonly LeftCall[];
}

export interface SuggestedRule {
  readonly rule: Rule;
  /** Effects of approved calls that it is for; with all the rules, every one of these calls is allowed. */
  readonly covers: readonly AskedEffect[];
}

export interface LeftCall {
  readonly call: RecordedCall;
  readonly why: string;
}

/**
 * Makes the fewest, narrowest rules that let through what people approved. Whatever is suggested was tried on the
 * evaluator: every call that a rule is for is allowed by the set with all rules in it, and no refused call is that was
 * not allowed before.
 */
export function suggestRules(before: PolicySet, lessons: Lessons): Suggestion {
  const { agent, policy, approved } = lessons;
  const standing = compilePolicySet(before);
  const allowed: RecordedCall[] = [];
  const left: LeftCall[] = [];
  let wanted: RecordedCall[] = [];
  for (const call of approved) {
    const { verdict, why } = lackOf(call, standing);
    if (verdict === "allow") allowed.push(call);
    else if (why !== null) left.push({ call, why });
    else if (verdict === "deny") left.push({ call, why: "it is denied by now, where no rule speaks" });
    else wanted.push(call);
  }
  // Another allow rule changes nothing of all others.
  const refused = lessons.refused.flatMap((call): Refused[] => {
    const { verdict, why, effects } = lackOf(call, standing);
    return verdict === "allow" || why !== null ? [] : [{ call, lacks: effects.length }];
  });
  for (;;) {
    const asked = wanted.flatMap((call) => lackOf(call, standing).effects);
    const trial = new Trial(before, agent, policy, refused);
    for (const candidate of byWeight(candidatesFor(asked, lessons.isHidden))) trial.take(candidate);
    const after = trial.compiled(trial.taken);
    const covered = wanted.filter((call) => isAllowed(call, after));
    if (covered.length === wanted.length) {
      const drafts = draftsOf(trial.needed(wanted));
      const rules = drafts.map((draft) => ({ rule: ruleOf(draft), covers: draft.asked }));
      const exact = drafts.map((draft) => ruleOf({ ...draft, patterns: draft.exact }));
      const set = withRules(before, agent, policy, exact);
      const still = left.filter(({ call }) => !isAllowed(call, after));
      return { rules, exact: set, allowed, left: still };
    }
    // What is only there for a call that is not let through anyway is not there for anything: once more, without.
    for (const call of wanted) {
      if (!covered.includes(call)) left.push({ call, why: trial.whyNot(call) });
    }
    wanted = covered;
  }
}

function candidatesFor(asked: readonly AskedEffect[], isHidden: IsHidden): Candidate[] {
  return grouped(asked, subjectOf).flatMap((about) => makers[subjectKind(about[0])](about, isHidden));
}

type Subject = "command" | "path" | "host" | "name";

const makers: Readonly<
  Record<Subject, (asked: readonly AskedEffect[], isHidden: IsHidden) => readonly Candidate[]>
> = { command: commandCandidates, path: pathCandidates, host: hostCandidates, name: nameCandidates };

function subjectOf(asked: AskedEffect): string {
  return `${asked.effect.action} ${subjectKind(asked)}`;
}

function subjectKind({ effect: { resource } }: AskedEffect): Subject {
  if (resource.kind === "path" || resource.kind === "command") return resource.kind;
  // A host that is not known beforehand is the command's to know.
  if (resource.kind === "host") return resource.host === null ? "command" : "host";
  return "name";
}

/** What is for most calls first: where two cannot stand together, that one stays. */
function byWeight(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...candidates].sort((a, b) => callsOf(b).size - callsOf(a).size);
}

function callsOf({ asked }: Candidate): ReadonlySet<RecordedCall> {
  return new Set(asked.map(({ call }) => call));
}

function isAllowed({ input }: RecordedCall, compiled: CompiledPolicySet): boolean {
  return judge(input, compiled).verdict === "allow";
}

/** A refused call that allow rules for all that it lacks would let through. */
interface Refused {
  readonly call: RecordedCall;
  readonly lacks: number;
}

/** Takes candidates one by one, as long as no refused call is let through. */
class Trial {
  readonly taken: Candidate[] = [];
  readonly #before: PolicySet;
  readonly #agent: string;
  readonly #policy: string;
  readonly #refused: readonly Refused[];
  /** Approved calls that a candidate was given up for, and the refused call it was given up because of. */
  readonly #clashes = new Map<RecordedCall, RecordedCall>();

  constructor(before: PolicySet, agent: string, policy: string, refused: readonly Refused[]) {
    this.#before = before;
    this.#agent = agent;
    this.#policy = policy;
    this.#refused = refused;
  }

  take(candidate: Candidate): void {
    const { narrower } = candidate;
    // What was refused is matched by no pattern that says more than was approved, even if something else still asks.
    const isTooWide = narrower.length > 0 && this.#coversRefused(candidate);
    const clash = isTooWide ? null : this.#letsThrough([...this.taken, candidate]);
    if (!isTooWide && clash === null) this.taken.push(candidate);
    else if (narrower.length > 0) for (const piece of narrower) this.take(piece);
    else if (clash !== null) for (const call of callsOf(candidate)) this.#clashes.set(call, clash);
  }

  #coversRefused(candidate: Candidate): boolean {
    const compiled = this.compiled([candidate]);
    return this.#refused.some(({ call, lacks }) => lackOf(call, compiled).effects.length < lacks);
  }

  #letsThrough(candidates: readonly Candidate[]): RecordedCall | null {
    const compiled = this.compiled(candidates);
    return this.#refused.find(({ call }) => isAllowed(call, compiled))?.call ?? null;
  }

  /** Those without which some of the calls would not be allowed. */
  needed(calls: readonly RecordedCall[]): readonly Candidate[] {
    let needed: readonly Candidate[] = this.taken;
    for (const candidate of [...this.taken].reverse()) {
      const rest = needed.filter((each) => each !== candidate);
      const compiled = this.compiled(rest);
      if (calls.every((call) => isAllowed(call, compiled))) needed = rest;
    }
    return needed;
  }

  compiled(candidates: readonly Candidate[]): CompiledPolicySet {
    const rules = candidates.map((each) => ruleOf({ ...each, id: "tried", actions: [each.action] }));
    return compilePolicySet(withRules(this.#before, this.#agent, this.#policy, rules));
  }

  whyNot(call: RecordedCall): string {
    const clash = this.#clashes.get(call);
    return clash === undefined
      ? "no pattern says it and little more"
      : `it is too much like receipt ${clash.seq}, which was not let through`;
  }
}

/** The set with a further policy, to which the agent is bound. */
function withRules(set: PolicySet, agent: string, policy: string, rules: readonly Rule[]): PolicySet {
  const binding = set.agents.get(agent);
  if (binding === undefined || rules.length === 0) return set;
  const bound = { ...binding, policies: [...binding.policies, policy] };
  return {
    ...set,
    policies: new Map(set.policies).set(policy, { version: 1, id: policy, rules }),
    agents: new Map(set.agents).set(agent, bound),
  };
}
