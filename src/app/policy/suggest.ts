import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { withoutMarks } from "../../analysis/secret-text.ts";
import { MirrorError, systemErrorCode } from "../../base/errors.ts";
import { ledgerRef } from "../../ledger/ledger-store.ts";
import { everyReceipt, readLedger } from "../../ledger/read.ts";
import { languageVersion } from "../../model/decision.ts";
import { writeBinding, writePolicy } from "../../model/document-writers.ts";
import { freeId } from "../../model/id.ts";
import type { PolicySet, PolicySetFiles, Rule } from "../../model/policy-set.ts";
import type { OutcomeBody } from "../../model/receipt.ts";
import type { PolicyComparison } from "../../policy/compare/comparison.ts";
import type { AskedEffect, RecordedCall } from "../../policy/suggest/asked.ts";
import { type Suggestion, suggestRules } from "../../policy/suggest/suggest.ts";
import { effectText } from "../../policy/wording.ts";
import { mustBeBound } from "../agents.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { followJournal } from "../ledger-access.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Where } from "../where.ts";
import { compareSets } from "./compare-sets.ts";
import { type PlannedChange, planned } from "./plan.ts";
import { mustBeGood } from "./reviewer.ts";

/** What `mirror policy suggest` learnt from the ledger. */
export interface PolicySuggestion {
  readonly agent: string;
  readonly asked: AskedCalls;
  /** Calls that the policy denied. */
  readonly denied: number;
  /** Of the approved calls, how many the approved policy set allows by now. */
  readonly allowed: number;
  /** The policy that would hold the rules; null where there are none. */
  readonly policy: string | null;
  readonly rules: readonly ExplainedRule[];
  /** What may be let through beyond what was approved: not found, and not excluded. */
  readonly unknown: PolicyComparison["unknown"];
  /** Approved calls that would be asked about still, by the reason. */
  readonly left: readonly {
    readonly why: string;
    readonly calls: number;
    readonly examples: readonly string[];
  }[];
  /** What would be proposed; `path` is below .mirror/. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** How calls ended that were asked about. */
export interface AskedCalls {
  /** They ran: a person said yes. */
  readonly approved: number;
  /** No outcome came, or somebody stopped them. */
  readonly refused: number;
  /** They failed, or the answer did not arrive: that says neither. */
  readonly unclear: number;
}

export interface ExplainedRule {
  readonly id: string;
  readonly rule: Omit<Rule, "at">;
  /** How many approved calls it is for. */
  readonly covers: number;
  readonly examples: readonly string[];
  /** What it lets through, each kind with a request that is; as `mirror policy plan` tells it. */
  readonly changes: readonly PlannedChange[];
  /** The same beyond exactly what was approved. */
  readonly beyond: readonly PlannedChange[];
}

/**
 * Suggests rules that would have let through what people approved in the ledger, and nothing that they or the policy
 * did not. Throws `unknown-agent`.
 */
export async function suggestPolicy(where: Where, agent: string): Promise<PolicySuggestion> {
  const state = await openState(where.directory, where.environment);
  try {
    const { set, files } = await approvedPolicy(state);
    const binding = mustBeBound(set, agent);
    const { approved, refused, asked, denied, sealed } = await readCalls(state, agent);
    const policy = freeId(`suggested-${agent}`, (id) => set.policies.has(id));
    const suggestion = suggestRules(set, { agent, policy, approved, refused, isHidden });
    const left = [...suggestion.left, ...sealed.map((call) => ({ call, why: sealedWhy }))];
    const common = { agent, asked, denied, allowed: suggestion.allowed.length, left: byReason(left) };
    const rules = suggestion.rules.map(({ rule }) => rule);
    if (rules.length === 0) return { ...common, policy: null, rules: [], unknown: [], files: [] };
    const policies = [...binding.policies, policy];
    const written = [
      {
        path: `policies/${policy}.yaml`,
        text: writePolicy(
          { version: 1, id: policy, rules, budgets: [] },
          `Learnt from what people let ${agent} do when it asked.`,
        ),
      },
      { path: `agents/${agent}.yaml`, text: writeBinding({ ...binding, policies }) },
    ];
    const after = parsed(files, written, set);
    const { changes } = compareSets(set, after);
    const beyond = compareSets(suggestion.exact, after);
    return {
      ...common,
      policy,
      rules: suggestion.rules.map((each) => explained(each, policy, changes, beyond.changes)),
      unknown: beyond.unknown,
      files: written,
    };
  } finally {
    state.close();
  }
}

/** Writes the files of a suggestion below a directory. Throws `usage` where one is there already. */
export function writeSuggestion({ directory }: Where, { files }: PolicySuggestion, into: string): void {
  for (const { path, text } of files) {
    const target = join(resolve(directory, into), path);
    mkdirSync(dirname(target), { recursive: true });
    try {
      writeFileSync(target, text, { flag: "wx" });
    } catch (error) {
      if (systemErrorCode(error) !== "EEXIST") throw error;
      throw new MirrorError("usage", `${target} is there already`, {
        hint: "name another directory, or take that one away",
        cause: error,
      });
    }
  }
}

const sealedWhy = "its receipt does not show all that it does";

function isHidden(text: string): boolean {
  return withoutMarks(text).length > 1;
}

interface ReadCalls {
  readonly approved: readonly RecordedCall[];
  readonly refused: readonly RecordedCall[];
  /** Approved calls whose receipts do not tell all that was decided on. */
  readonly sealed: readonly RecordedCall[];
  readonly asked: AskedCalls;
  readonly denied: number;
}

/** Only an outcome that says `ok` says that somebody let the call run; one that may still come says nothing yet. */
async function readCalls(state: OpenState, agent: string): Promise<ReadCalls> {
  await followJournal(state);
  const { repository: repo, reader, record } = state;
  const outcomes = new Map<number, OutcomeBody["status"]>();
  const approved: RecordedCall[] = [];
  const refused: RecordedCall[] = [];
  const sealed: RecordedCall[] = [];
  let [denied, unclear] = [0, 0];
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  // The newest first: an outcome comes before its decision.
  for await (const { receipt } of readLedger(source, { ...everyReceipt, agent })) {
    if (receipt.kind === "outcome" && receipt.decision !== null)
      outcomes.set(receipt.decision, receipt.status);
    if (receipt.kind !== "decision" || receipt.input.language !== languageVersion) continue;
    const { seq, input, replay } = receipt;
    const { verdict } = receipt.decision;
    const status = outcomes.get(seq);
    if (verdict === "deny") denied += 1;
    if (verdict === "deny" || (verdict === "ask" && (status === undefined || status === "interrupted")))
      refused.push({ seq, input });
    else if (verdict === "ask" && status === "ok")
      (replay === "plain" ? approved : sealed).push({ seq, input });
    else if (verdict === "ask") unclear += 1;
  }
  const asked = { approved: approved.length + sealed.length, refused: refused.length - denied, unclear };
  return { approved: approved.reverse(), refused, sealed: sealed.reverse(), asked, denied };
}

/** Reads the policy set as it would be proposed: what is shown is what was written. */
function parsed(before: PolicySetFiles, written: PolicySuggestion["files"], set: PolicySet): PolicySet {
  const after = new Map(before);
  for (const { path, text } of written) after.set(path, Buffer.from(text));
  return mustBeGood(after, set);
}

function explained(
  { rule: { at: _, ...rule }, covers }: Suggestion["rules"][number],
  policy: string,
  changes: PolicyComparison["changes"],
  beyond: PolicyComparison["changes"],
): ExplainedRule {
  const name = `${policy}/${rule.id}`;
  const its = (all: PolicyComparison["changes"]): readonly PlannedChange[] =>
    all.filter(({ rules }) => rules.after.includes(name)).map(planned);
  return {
    id: name,
    rule,
    covers: new Set(covers.map(({ call }) => call)).size,
    examples: someTexts(covers),
    changes: its(changes),
    beyond: its(beyond),
  };
}

const fewExamples = 3;

function someTexts(asked: readonly Pick<AskedEffect, "call" | "effect">[]): readonly string[] {
  const texts = asked.map(({ call, effect }) => effectText(effect, call.input.analysis, call.input.places));
  return [...new Set(texts)].slice(0, fewExamples);
}

function byReason(left: Suggestion["left"]): PolicySuggestion["left"] {
  const reasons = new Map<string, Pick<AskedEffect, "call" | "effect">[]>();
  for (const { call, why } of left) {
    const [effect] = call.input.analysis.effects;
    const calls = reasons.get(why) ?? [];
    reasons.set(why, calls);
    if (effect !== undefined) calls.push({ call, effect });
  }
  return [...reasons].map(([why, calls]) => ({ why, calls: calls.length, examples: someTexts(calls) }));
}
