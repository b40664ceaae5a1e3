import type { Principal } from "../agents/principal.ts";
import { analyse } from "../analysis/analyse.ts";
import { type LookedInto, WatchedWorld } from "../analysis/looked-into.ts";
import { redact, redactLong } from "../analysis/redact.ts";
import type { Removed } from "../analysis/secret-text.ts";
import { noWorld, type World } from "../analysis/world.ts";
import type { CallAmounts, Spend } from "../model/budget.ts";
import type { ToolCall } from "../model/call.ts";
import { type ChangingFile, type Decision, type DecisionInput, languageVersion } from "../model/decision.ts";
import type { Analysis } from "../model/effect.ts";
import type { Places } from "../model/places.ts";
import { isStricter } from "../model/verdict.ts";
import type { CompiledPolicySet } from "../policy/compile.ts";
import { decide } from "../policy/decide.ts";
import { changedByItself } from "./changed-by-itself.ts";

/** A decision, and what a receipt says of how it came about. */
export interface Evaluation {
  readonly decision: Decision;
  /** What the receipt holds of it: the same verdict and rules, no word of the raw call. */
  readonly recorded: Decision;
  /** What the receipt holds: redacted. */
  readonly input: DecisionInput;
  /** What the marks in `input` stand for, each value once. Never stored. */
  readonly removed: readonly Removed[];
  /** What it was decided on: raw. Never stored. */
  readonly rawAnalysis: Analysis;
  readonly lookedInto: readonly LookedInto[];
  readonly replay: "plain" | "sealed";
}

/** For calls that are decided beside the gate: which others are open, only the gate knows. */
export const noOpenCalls: () => readonly ChangingFile[] = () => [];
const nothingSpent: () => readonly Spend[] = () => [];

/**
 * Decides one call: on the raw call and on its redacted form, and answers with the stricter (TRUST R2), so that
 * what is recorded always explains the answer or says that it cannot. `changingOf` tells which files other calls may
 * be changing (TRUST H5), `spendOf` what was used of the budgets it counts towards.
 */
export function evaluate(
  call: ToolCall,
  principal: Principal,
  places: Places,
  world: World,
  compiled: CompiledPolicySet,
  changingOf: (paths: readonly string[]) => readonly ChangingFile[],
  spendOf: (analysis: Analysis, amounts: CallAmounts) => readonly Spend[] = nothingSpent,
): Evaluation {
  const watched = new WatchedWorld(world);
  // Of a machine about which nothing is known, nothing is looked into either.
  const rawAnalysis = analyse(call, places, world === noWorld ? world : watched);
  const { lookedInto } = watched;
  const changing = [
    ...changingOf(lookedInto.map(({ path }) => path)),
    ...changedByItself(rawAnalysis, lookedInto, world),
  ];
  // Of the raw call: what redaction makes one of two files would count once.
  const amounts = amountsOf(call);
  const spend = spendOf(rawAnalysis, amounts);
  const { budgets = [] } = compiled.agents.get(principal.agent) ?? {};
  const facts = {
    language: languageVersion,
    agent: principal.agent,
    subagent: principal.subagent,
    session: call.session,
    client: call.client,
    tool: call.tool,
    places,
    ...(call.unattended === null ? {} : { unattended: call.unattended }),
    ...(spend.length === 0 ? {} : { spend }),
    ...(budgets.some(({ unit }) => unit === "bytes" || unit === "seconds") ? { amounts } : {}),
  } as const;
  const values = new Map<string, Removed>();
  const onRemoved = (removed: Removed): void => {
    if (!values.has(removed.value)) values.set(removed.value, removed);
  };
  const input: DecisionInput = {
    ...facts,
    tool: redactLong(call.tool, onRemoved),
    analysis: redact(rawAnalysis, onRemoved),
    changing: changing.map(({ path, by }) => ({ path: redactLong(path, onRemoved), by })),
  };
  const removed = [...values.values()];
  const onRaw = decide({ ...facts, analysis: rawAnalysis, changing }, compiled);
  const onRecorded = decide(input, compiled);
  if (!isStricter(onRaw.verdict, onRecorded.verdict)) {
    return {
      decision: onRecorded,
      recorded: onRecorded,
      input,
      removed,
      rawAnalysis,
      lookedInto,
      replay: "plain",
    };
  }
  return {
    decision: onRaw,
    recorded: withoutWords(onRaw),
    input,
    removed,
    rawAnalysis,
    lookedInto,
    replay: "sealed",
  };
}

function amountsOf({ contents, timeout }: ToolCall): CallAmounts {
  const bytes = contents.reduce((sum, { text, isNew }) => sum + (isNew ? Buffer.byteLength(text) : 0), 0);
  return { bytes, milliseconds: timeout };
}

// The messages of a decision on the raw call may quote it.
function withoutWords(decision: Decision): Decision {
  const message = "the call as made is decided more strictly than its redacted record shows";
  return { verdict: decision.verdict, reasons: decision.reasons.map((reason) => ({ ...reason, message })) };
}
