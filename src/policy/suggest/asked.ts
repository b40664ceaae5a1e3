import type { DecisionInput } from "../../model/decision.ts";
import type { Effect } from "../../model/effect.ts";
import { riskLevels, riskRank } from "../../model/risk.ts";
import type { Verdict } from "../../model/verdict.ts";
import type { CompiledPolicySet } from "../compile.ts";
import type { EffectContext } from "../conditions.ts";
import { contextOf, judge } from "../decide.ts";

/** A call as the ledger holds it. */
export interface RecordedCall {
  /** Its receipt's number. */
  readonly seq: number;
  readonly input: DecisionInput;
}

/** An effect that no rule allows, and that one could. */
export interface AskedEffect {
  readonly call: RecordedCall;
  readonly effect: Effect;
  /** What rules look at. */
  readonly context: EffectContext;
}

/** What a call lacks to be allowed. */
export interface Lack {
  readonly verdict: Verdict;
  readonly effects: readonly AskedEffect[];
  /** Why no further allow rule would let it through; null: one for each of the effects would. */
  readonly why: string | null;
}

const opaque = "it cannot be known beforehand what it does";

/** Tells what keeps a call from being allowed. */
export function lackOf(call: RecordedCall, compiled: CompiledPolicySet): Lack {
  const { verdict, reasons } = judge(call.input, compiled);
  if (verdict === "allow") return { verdict, effects: [], why: null };
  const effects: AskedEffect[] = [];
  for (const { rule, verdict: says, effects: indexes } of reasons) {
    if (rule === "gate/opaque") return { verdict, effects: [], why: opaque };
    if (!rule.startsWith("otherwise/")) return { verdict, effects: [], why: `${rule} says ${says}` };
    for (const index of indexes) {
      const effect = call.input.analysis.effects[index];
      if (effect === undefined) continue;
      const why = whyNever(effect);
      if (why !== null) return { verdict, effects: [], why };
      effects.push({ call, effect, context: contextOf(call.input, effect, []) });
    }
  }
  return { verdict, effects, why: null };
}

function whyNever({ resource, opaque: causes }: Effect): string | null {
  if (causes.length > 0) return opaque;
  if (resource.kind === "path" && resource.shape === "unknown") return opaque;
  return resource.kind === "tool" ? "no condition of a rule names a tool" : null;
}

/** The highest risk among effects. */
export function highestRisk(asked: readonly AskedEffect[]): (typeof riskLevels)[number] {
  const ranks = asked.map(({ effect }) => riskRank(effect.risk.level));
  return riskLevels[Math.max(0, ...ranks)] ?? "critical";
}
