import { inUnit, type Settlement, type Spend } from "../model/budget.ts";
import { wordText } from "../model/command.ts";
import type { Decision, Reason } from "../model/decision.ts";
import { type Analysis, commandChain, type Effect } from "../model/effect.ts";
import type {
  GapBody,
  GivenGrant,
  GivenTopUp,
  KeptContent,
  Receipt,
  ReceiptKind,
  RemovedValue,
  SpendBody,
} from "../model/receipt.ts";
import type { Risk, RiskReason } from "../model/risk.ts";
import type { Verdict } from "../model/verdict.ts";
import { grantRules } from "../policy/grants.ts";

/** One receipt as `mirror log --json` shows it. What a kind has not is null. */
export interface LogEntry {
  /** `sha256:` digest of the receipt. */
  readonly id: string;
  readonly seq: number;
  readonly kind: ReceiptKind;
  readonly time: string;
  readonly gate: string;
  /** `coder`, or `coder/<subagent type>`. */
  readonly agent: string | null;
  readonly session: string | null;
  readonly tool: string | null;
  readonly decision: Verdict | null;
  readonly reasons: readonly Reason[];
  readonly risk: Risk | null;
  readonly effects: readonly EffectSummary[];
  /** The effect that decided. */
  readonly about: EffectSummary | null;
  /** Of a session receipt: `session-start`, `session-end`, `subagent-start`, `subagent-stop`. */
  readonly event: string | null;
  readonly opaque: boolean;
  /** Risk reasons of what the session did before; null where no rule asked. */
  readonly after: readonly RiskReason[] | null;
  /** What redaction took out of it, and what it would put into files: commitments, which `mirror show --prove` opens. */
  readonly removed: readonly RemovedValue[];
  readonly contents: readonly KeptContent[];
  /** What of which budgets was used before it and what it takes, as they are counted (seconds in milliseconds). */
  readonly spend: readonly Spend[];
  /** What the gate measured, against what was taken. */
  readonly settled: readonly Settlement[];
  readonly policySet: string;
  readonly epoch: number;
  readonly assurance: string;
  readonly commit: string;
  /** Of an outcome: which decision, how it went, how long by the client's clock, whether its ground changed. */
  readonly outcome: {
    readonly of: number | null;
    readonly status: string;
    readonly duration: number | null;
    readonly changedAfterDecision: boolean | null;
    /** True: the client asked a person, and it ran, so they said yes there. */
    readonly approvedInClient: boolean;
  } | null;
  /** Of a model call: what became of it, of which reservation, what it takes; `reason` where it was refused. */
  readonly modelCall:
    | (Pick<SpendBody, "what" | "model" | "reservation" | "tokens" | "reason"> & {
        readonly usd: number | null;
        /** Of calls that the client reported: where, how many, and lines that could not be read. A claim; null: no such. */
        readonly report: {
          readonly source: string;
          readonly messages: number;
          readonly skipped: number;
        } | null;
      })
    | null;
  /** Of a gap: why there are no receipts, and of how many calls. */
  readonly gap: Pick<GapBody, "cause" | "count"> | null;
  /** Of an approval: of which decision, what, by whom (null: nobody, in time), and what was granted for calls like it. */
  readonly approval: {
    readonly of: number;
    readonly answer: string;
    readonly by: string | null;
    /** The text that they signed, and the armored signature: what anyone checks it by. */
    readonly text: string | null;
    readonly signature: string | null;
    readonly grant: {
      readonly rules: readonly string[];
      readonly until: string;
      readonly session: string | null;
    } | null;
  } | null;
  /** Of more of a budget that was granted, and by whom; of a grant that was taken back: the receipt that gave it. */
  readonly grant: {
    readonly what: string;
    readonly of: number | null;
    readonly topUp: string | null;
    readonly by: string | null;
  } | null;
}

/** An effect in two words: what it does, on what. */
export interface EffectSummary {
  readonly action: string;
  readonly resource: string;
}

/** Makes the log entry of a receipt. */
export function logEntry(receipt: Receipt, commit: string, digest: string): LogEntry {
  const common = {
    id: digest,
    seq: receipt.seq,
    kind: receipt.kind,
    time: receipt.time,
    gate: receipt.gate,
    agent: null,
    session: null,
    tool: null,
    decision: null,
    reasons: [],
    risk: null,
    effects: [],
    about: null,
    event: null,
    opaque: false,
    after: null,
    removed: [],
    contents: [],
    spend: [],
    settled: [],
    policySet: receipt.policySet,
    epoch: receipt.epoch,
    assurance: receipt.assurance,
    commit,
    outcome: null,
    modelCall: null,
    gap: null,
    approval: null,
    grant: null,
  };
  if (receipt.kind === "decision") {
    const { input, decision } = receipt;
    return {
      ...common,
      agent: withSubagent(input.agent, input.subagent),
      session: input.session,
      tool: input.tool,
      decision: decision.verdict,
      reasons: decision.reasons,
      risk: input.analysis.risk,
      effects: summariseEffects(input.analysis),
      about: decisiveEffect(input.analysis, decision),
      opaque: input.analysis.effects.some((effect) => effect.opaque.length > 0),
      after: input.after ?? null,
      removed: receipt.removed ?? [],
      contents: receipt.contents ?? [],
      spend: input.spend ?? [],
    };
  }
  if (receipt.kind === "outcome") {
    const { decision: of, status, duration, changedAfterDecision } = receipt;
    return {
      ...common,
      agent: withSubagent(receipt.agent, receipt.subagent),
      session: receipt.session,
      tool: receipt.tool,
      outcome: {
        of,
        status,
        duration,
        changedAfterDecision,
        approvedInClient: receipt.consent !== undefined,
      },
      settled: receipt.settled ?? [],
    };
  }
  if (receipt.kind === "spend") {
    const { what, model, reservation, tokens, microUsd, reason, report = null } = receipt;
    const told = report === null ? null : { ...report, messages: report.messages.length };
    const usd = microUsd === null ? null : inUnit("usd", microUsd);
    return {
      ...common,
      agent: withSubagent(receipt.agent, receipt.subagent),
      session: receipt.session,
      modelCall: { what, model, reservation, tokens, usd, reason, report: told },
      spend: receipt.spend ?? [],
      settled: receipt.settled ?? [],
    };
  }
  if (receipt.kind === "session") {
    const agent = withSubagent(receipt.agent, receipt.subagent);
    return { ...common, agent, session: receipt.session, event: receipt.what };
  }
  if (receipt.kind === "approval") {
    const { ask, answer, consent, grant } = receipt;
    return {
      ...common,
      agent: withSubagent(receipt.agent, receipt.subagent),
      session: receipt.session,
      approval: {
        of: ask,
        answer,
        by: consent?.by ?? null,
        text: consent?.text ?? null,
        signature: consent?.signature ?? null,
        grant: grant === null ? null : grantSummary(grant),
      },
    };
  }
  if (receipt.kind === "grant") {
    const { agent, what, grant: of, topUp, consent } = receipt;
    const grant = { what, of, topUp: topUp === null ? null : topUpSummary(topUp), by: consent?.by ?? null };
    return { ...common, agent, grant };
  }
  if (receipt.kind === "gap") {
    const { agent, cause, count } = receipt;
    return { ...common, agent, gap: { cause, count } };
  }
  return common;
}

function grantSummary({ effects, until, session }: GivenGrant): NonNullable<LogEntry["approval"]>["grant"] {
  return { rules: grantRules(effects), until, session };
}

/** Says how much more of which budget was granted. */
export function topUpSummary({ budget, unit, window, more }: Omit<GivenTopUp, "until">): string {
  return `${inUnit(unit, more)} ${unit} more of ${budget} (${window})`;
}

/** Summarises the effects of a call, each once. */
export function summariseEffects(analysis: Analysis): EffectSummary[] {
  const summaries = new Map<string, EffectSummary>();
  for (const effect of analysis.effects) {
    const summary = { action: effect.action, resource: resourceText(analysis, effect) };
    summaries.set(`${summary.action} ${summary.resource}`, summary);
  }
  return [...summaries.values()];
}

/** Gives the effect that the first reason speaks of: reasons come strictest first. */
function decisiveEffect(analysis: Analysis, decision: Decision): EffectSummary | null {
  const effect = analysis.effects[decision.reasons[0]?.effects[0] ?? 0];
  return effect === undefined ? null : { action: effect.action, resource: resourceText(analysis, effect) };
}

function resourceText(analysis: Analysis, effect: Effect): string {
  const { resource } = effect;
  switch (resource.kind) {
    case "path":
      return resource.shape === "tree" ? `${resource.path}/**` : resource.path;
    case "host":
      return resource.host ?? "*";
    case "command": {
      const command = commandChain(analysis, effect).at(-1);
      return command === undefined ? "" : command.argv.map(wordText).join(" ");
    }
    case "mcp":
      return `${resource.server}/${resource.tool}`;
    case "agent":
      return resource.type;
    case "tool":
      return resource.name;
  }
}

function withSubagent(agent: string, subagent: string | null): string {
  return subagent === null ? agent : `${agent}/${subagent}`;
}
