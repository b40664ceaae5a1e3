import type { ChangingFile, Decision, DecisionInput } from "../model/decision.ts";
import { type Analysis, commandChain, type Effect } from "../model/effect.ts";
import type { Places } from "../model/places.ts";
import type { Rule } from "../model/policy-set.ts";
import { noRisk, type RiskReason } from "../model/risk.ts";
import { stricter, type Verdict } from "../model/verdict.ts";
import { exceeded } from "./budgets.ts";
import type { CompiledBinding, CompiledPolicySet } from "./compile.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { conditionsHold, type EffectContext } from "./conditions.ts";
import { Earlier } from "./earlier.ts";
import { coveringGrant } from "./grants.ts";
import type { Reading } from "./reading.ts";
import { type BareReason, Reasons, worded } from "./reasons.ts";
import type { Candidate, RuleIndex } from "./rule-index.ts";
import { quoted, shownPath } from "./wording.ts";

/** What a policy set says of a call, and by which rules; `decide` puts it into words. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Those of the strictest verdict first. */
  readonly reasons: readonly BareReason[];
}

/**
 * Decides a call: the strictest verdict over its effects, each decided by itself. deny > ask > allow >
 * `otherwise`. Pure and total: what should not happen is a deny.
 */
export function decide(input: DecisionInput, compiled: CompiledPolicySet): Decision {
  const { verdict, reasons } = judge(input, compiled);
  try {
    return { verdict, reasons: worded(reasons, input.analysis, input.places) };
  } catch {
    return { verdict: "deny", reasons: worded(failed.reasons, noAnalysis, input.places) };
  }
}

/** The same without words: for whoever judges many calls and tells of few. */
export function judge(input: DecisionInput, compiled: CompiledPolicySet): Judgement {
  if (compiled.unenrolledGate !== null) {
    return denial("gate/unenrolled", unenrolledText(compiled.unenrolledGate));
  }
  const binding = compiled.agents.get(input.agent);
  if (binding === undefined) {
    return denial("gate/unbound", `no binding names the agent ${quoted(input.agent)}`);
  }
  if (!binding.clients.has(input.client)) {
    const message = `the binding of ${quoted(input.agent)} does not name the client ${quoted(input.client)}`;
    return denial("gate/unbound", message);
  }
  try {
    const judged = answered(judgeCall(input, binding, compiled), input, binding);
    return judged.verdict === "deny" ? judged : withinBudgets(judged, input, binding);
  } catch {
    // Whatever it is: a failure here must not become a way through (DESIGN section 3, promise 2).
    return failed;
  }
}

function denial(rule: string, why: string): Judgement {
  return { verdict: "deny", reasons: [{ rule, verdict: "deny", why, effects: [] }] };
}

function unenrolledText(gate: string): string {
  return `the gate ${quoted(gate)} is not enrolled in .mirror/trust.yaml, and until it is it denies every call (\`unenrolled: deny\` in mirror.yaml); a person asks for it with \`mirror gate request\`, and a signer merges that`;
}

/** An ask is worth what the one is who answers it. */
function answered(judgement: Judgement, input: DecisionInput, binding: CompiledBinding): Judgement {
  const { verdict, reasons } = judgement;
  const { unattended } = input;
  if (verdict !== "ask" || unattended === undefined || !binding.deniesUnattended) return judgement;
  const why = `${reasons[0]?.rule} asks, and nobody is there to answer (${unattended}), so it is denied (\`unattended: deny\` in mirror.yaml); do it in a session where a person answers, or have a rule allow it`;
  return { verdict: "deny", reasons: [...denial("gate/unattended", why).reasons, ...reasons] };
}

/** What the rules let through still has to be within every budget. A denied call spends nothing. */
function withinBudgets(judgement: Judgement, input: DecisionInput, binding: CompiledBinding): Judgement {
  const denials = exceeded(binding, input);
  if (denials.length === 0) return judgement;
  return { verdict: "deny", reasons: [...denials, ...judgement.reasons] };
}

const failed = denial("gate/evaluator", "mirror could not work out what its rules say of this call");
const noAnalysis: Analysis = { commands: [], effects: [], risk: noRisk };

function judgeCall(
  input: DecisionInput,
  { rules, looksBack }: CompiledBinding,
  compiled: CompiledPolicySet,
): Judgement {
  const { analysis, places } = input;
  if (analysis.effects.length === 0) throw new Error("an analysis has at least one effect");
  const reasons = new Reasons();
  const earlier = looksBack ? new Earlier(input) : null;
  let verdict: Verdict = "allow";
  for (const [index, effect] of analysis.effects.entries()) {
    const context = contextOf(input, effect, earlier?.than(effect) ?? []);
    checkContext(context);
    const otherwise = compiled.otherwise[effect.action] ?? "deny";
    const own = decideEffect(index, context, rules, otherwise, reasons);
    const grant = own === "ask" ? coveringGrant(input.grants ?? [], effect, analysis) : null;
    if (grant !== null) reasons.add(index, `grant/${grant.receipt}`, "allow", "a person granted it");
    verdict = stricter(verdict, grant === null ? own : "allow");
  }
  for (const file of input.changing) {
    reasons.add(readerOf(file, analysis), "gate/script-may-change", "ask", mayChangeText(file, places));
    verdict = stricter(verdict, "ask");
  }
  return { verdict, reasons: reasons.inOrder(verdict) };
}

/** Gives what a rule looks at to decide one effect of a call. `earlier`: what comes before it, if rules ask. */
export function contextOf(
  { analysis, places, subagent }: DecisionInput,
  effect: Effect,
  earlier: readonly RiskReason[],
): EffectContext {
  return {
    effect,
    chain: commandChain(analysis, effect),
    places,
    callReasons: analysis.risk.reasons,
    isSubagent: subagent !== null,
    earlier,
  };
}

/** The effect that speaks of a file that was looked into; the first where it was not there to be read. */
function readerOf({ path }: ChangingFile, { effects }: Analysis): number {
  const index = effects.findIndex(
    ({ action, resource }) => action === "fs.read" && resource.kind === "path" && resource.path === path,
  );
  return Math.max(0, index);
}

function mayChangeText({ path, by }: ChangingFile, places: Places): string {
  const file = quoted(shownPath(path, places));
  if (by === "itself")
    return `the same call changes ${file}, so what it holds now says nothing; make two calls of it`;
  const call = by === null ? "another call" : `call ${by}`;
  return `${call} may still change ${file} before it is run; ask again when that is done`;
}

/** Refuses what would let a rule look past an effect: one about files without a path, one without its command. */
function checkContext({ effect, chain }: EffectContext): void {
  const { action, resource } = effect;
  if (action.startsWith("fs.") && resource.kind !== "path") throw new Error("a file effect has a path");
  if (action === "net.connect" && resource.kind !== "host") throw new Error("a network effect has a host");
  if (effect.command !== null && chain.length === 0) throw new Error("an effect's command is in the list");
}

function decideEffect(
  index: number,
  context: EffectContext,
  rules: RuleIndex,
  otherwise: "ask" | "deny",
  reasons: Reasons,
): Verdict {
  let verdict: Verdict = "allow";
  let allowed = false;
  let opaqueAllowed = false;
  for (const candidate of rules.candidates(context)) {
    const says = ruleVerdict(candidate, context);
    if (says === null) continue;
    const { name, rule } = candidate.rule;
    reasons.add(index, name, says, whyOf(rule, context));
    verdict = stricter(verdict, says);
    if (says !== "allow") continue;
    allowed = true;
    opaqueAllowed ||= rule.allowsOpaque;
  }
  const { effect } = context;
  if (allowed && !changesUnknown(effect) && (opaqueAllowed || effect.opaque.length === 0)) return verdict;
  // Opaque is never allowed by a rule that did not say so.
  if (allowed) reasons.add(index, "gate/opaque", otherwise, opaqueText(effect));
  else reasons.add(index, `otherwise/${effect.action}`, otherwise, notAllowedText(effect));
  return stricter(verdict, otherwise);
}

/** Of what came before, people want to know what it was. */
function whyOf({ reason, when }: Rule, { earlier }: EffectContext): string | null {
  if (when === null || when.after === null) return reason;
  const done = new Set(when.after.filter((each) => earlier.includes(each)));
  return `after ${[...done].join(", ")}${reason === null ? "" : `: ${reason}`}`;
}

/** It may change any file, also one that guards the gate: no rule, not even `opaque: allow`, lets that through. */
function changesUnknown({ action, resource }: Effect): boolean {
  return action !== "fs.read" && resource.kind === "path" && resource.shape === "unknown";
}

function opaqueText(effect: Effect): string {
  const causes = effect.opaque.length === 0 ? ["it may be any path"] : effect.opaque.slice(0, 3);
  return `it cannot be known beforehand what that does: ${causes.join("; ")}`;
}

function notAllowedText(effect: Effect): string {
  return effect.opaque.length === 0 ? "no rule allows it" : `no rule allows it, and ${opaqueText(effect)}`;
}

/** What a rule says of an effect; null if it does not speak. */
export function ruleVerdict({ rule, path }: Candidate, context: EffectContext): Verdict | null {
  const { verdict, allowsOpaque } = rule.rule;
  const { effect } = context;
  if (verdict === "allow") {
    // `opaque: allow` reaches below the command it names: to what it runs, not to what that does to files and hosts.
    const innerToo = allowsOpaque && (effect.action === "shell.exec" || effect.opaque.length > 0);
    if (!conditionsHold(rule.conditions, context, "covers", innerToo)) return null;
    return unlessHolds(rule, context, "touches") ? null : verdict;
  }
  if (!conditionsHold(rule.conditions, context, "touches", false)) return null;
  if (unlessHolds(rule, context, "covers")) return null;
  if (!rule.isBuiltin) return verdict;
  const isBlind = path !== null && effect.resource.kind === "path" && effect.resource.shape === "unknown";
  if (isBlind) return null;
  const proven = path !== "maybe" && conditionsHold(rule.conditions, context, "proves", false);
  return proven ? verdict : "ask";
}

function unlessHolds(rule: CompiledRule, context: EffectContext, reading: Reading): boolean {
  if (rule.unless === null || !conditionsHold(rule.unless, context, reading, false)) return false;
  if (rule.unlessPaths === null) return true;
  const { effect, places } = context;
  if (effect.resource.kind !== "path") return false;
  return reading === "covers"
    ? rule.unlessPaths.covers(effect.resource, places).length > 0
    : rule.unlessPaths.touches(effect.resource, effect.action, places).size > 0;
}
