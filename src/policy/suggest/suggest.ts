import { MirrorError } from "../../base/errors.ts";
import type { PolicySet, Rule } from "../../model/policy-set.ts";
import { compilePolicySet } from "../compile.ts";
import { prepareRule } from "../compiled-rule.ts";
import { judge, ruleVerdict } from "../decide.ts";
import { RuleIndex } from "../rule-index.ts";
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
  const { agent, policy, approved, isHidden } = lessons;
  const standing = compilePolicySet(before);
  const allowed: RecordedCall[] = [];
  const left: LeftCall[] = [];
  let wanted: LackingCall[] = [];
  for (const call of approved) {
    const { verdict, why, effects } = lackOf(call, standing);
    if (verdict === "allow") allowed.push(call);
    else if (why !== null) left.push({ call, why });
    else if (verdict === "deny") left.push({ call, why: "it is denied by now, where no rule speaks" });
    else wanted.push({ call, lacks: effects });
  }
  const refused = lessons.refused.flatMap((call): LackingCall[] => {
    const { verdict, why, effects } = lackOf(call, standing);
    // Another allow rule changes nothing of all others.
    return verdict === "allow" || why !== null ? [] : [{ call, lacks: effects }];
  });
  for (;;) {
    const asked = wanted.flatMap(({ lacks }) => lacks);
    const trial = new Trial(refused);
    for (const candidate of byWeight(candidatesFor(asked, isHidden))) trial.take(candidate);
    const drafts = draftsOf(trial.needed(asked));
    const rules = drafts.map((draft) => ({ rule: ruleOf(draft), covers: draft.asked }));
    const set = (these: readonly Rule[]): PolicySet => withRules(before, agent, policy, these);
    const after = compilePolicySet(set(rules.map(({ rule }) => rule)));
    const isAllowed = ({ call }: Pick<LackingCall, "call">): boolean =>
      judge(call.input, after).verdict === "allow";
    if (refused.some(isAllowed)) throw new MirrorError("internal", "the rules let through what was refused");
    const covered = wanted.filter(isAllowed);
    if (covered.length === wanted.length) {
      const exact = set(drafts.map((draft) => ruleOf({ ...draft, patterns: draft.exact })));
      return { rules, exact, allowed, left: left.filter((each) => !isAllowed(each)) };
    }
    // What is only there for a call that is not let through anyway is not there for anything: once more, without.
    for (const each of wanted) {
      if (!covered.includes(each)) left.push({ call: each.call, why: trial.whyNot(each.call) });
    }
    wanted = covered;
  }
}

/** A call, and the effects for which it lacks an allow rule each, and nothing else. */
interface LackingCall {
  readonly call: RecordedCall;
  readonly lacks: readonly AskedEffect[];
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

/** Takes candidates one by one, as long as no refused call is let through. */
class Trial {
  readonly #refused: readonly LackingCall[];
  readonly #taken: { readonly candidate: Candidate; readonly covers: Covers }[] = [];
  /** Effects of refused calls that what was taken covers. */
  readonly #covered = new Set<AskedEffect>();
  /** Approved calls that a candidate was given up for, and the refused call it was given up because of. */
  readonly #clashes = new Map<RecordedCall, RecordedCall>();

  constructor(refused: readonly LackingCall[]) {
    this.#refused = refused;
  }

  take(candidate: Candidate): void {
    const covers = coverageOf(candidate);
    const touched = this.#refused.filter(({ lacks }) => lacks.some(covers));
    // What was refused is matched by no pattern that says more than was approved, even if something else still asks.
    if (touched.length > 0 && candidate.narrower.length > 0) {
      for (const piece of candidate.narrower) this.take(piece);
      return;
    }
    const clash = touched.find(({ lacks }) => lacks.every((each) => covers(each) || this.#covered.has(each)));
    if (clash !== undefined) {
      for (const call of callsOf(candidate)) this.#clashes.set(call, clash.call);
      return;
    }
    this.#taken.push({ candidate, covers });
    for (const each of touched.flatMap(({ lacks }) => lacks)) if (covers(each)) this.#covered.add(each);
  }

  /** Those without which some of the effects would not be covered. */
  needed(asked: readonly AskedEffect[]): readonly Candidate[] {
    const counts = new Map<AskedEffect, number>();
    const parts = this.#taken.map(({ candidate, covers }) => ({ candidate, for: asked.filter(covers) }));
    for (const each of parts.flatMap((part) => part.for)) counts.set(each, (counts.get(each) ?? 0) + 1);
    // What is for fewest goes first.
    const idle = new Set<Candidate>();
    for (const part of [...parts].reverse()) {
      if (!part.for.every((each) => (counts.get(each) ?? 0) > 1)) continue;
      idle.add(part.candidate);
      for (const each of part.for) counts.set(each, (counts.get(each) ?? 0) - 1);
    }
    return parts.map(({ candidate }) => candidate).filter((candidate) => !idle.has(candidate));
  }

  whyNot(call: RecordedCall): string {
    const clash = this.#clashes.get(call);
    return clash === undefined
      ? "no pattern says it and little more"
      : `it is too much like receipt ${clash.seq}, which was not let through`;
  }
}

type Covers = (asked: AskedEffect) => boolean;

/** Tells by the evaluator's own word which effects a candidate's rule allows. */
function coverageOf(candidate: Candidate): Covers {
  const rule = ruleOf({ ...candidate, id: "tried", actions: [candidate.action] });
  const index = new RuleIndex([prepareRule("tried", rule)]);
  return ({ context }) => index.candidates(context).some((each) => ruleVerdict(each, context) === "allow");
}

/** The set with a further policy, to which the agent is bound. */
function withRules(set: PolicySet, agent: string, policy: string, rules: readonly Rule[]): PolicySet {
  const binding = set.agents.get(agent);
  if (binding === undefined || rules.length === 0) return set;
  const bound = { ...binding, policies: [...binding.policies, policy] };
  return {
    ...set,
    policies: new Map(set.policies).set(policy, { version: 1, id: policy, rules, budgets: [] }),
    agents: new Map(set.agents).set(agent, bound),
  };
}
