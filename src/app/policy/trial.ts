import { ledgerRef } from "../../ledger/ledger-store.ts";
import { receiptsSince } from "../../ledger/newest.ts";
import type { LedgerSource } from "../../ledger/read.ts";
import { type DecisionInput, languageVersion } from "../../model/decision.ts";
import type { PolicySet } from "../../model/policy-set.ts";
import { longestPast, SessionRisks } from "../../model/session-risks.ts";
import type { Verdict } from "../../model/verdict.ts";
import { compilePolicySet } from "../../policy/compile.ts";
import { decide, judge } from "../../policy/decide.ts";
import { followJournal } from "../ledger-access.ts";
import type { OpenState } from "../open-state.ts";

/** What the calls that were really made would have come to. */
export interface LedgerTrial {
  /** Decisions that were tried. */
  readonly decisions: number;
  /** Of these, how many would come out another way. */
  readonly flipped: number;
  /** By agent, verdicts and the rule that decides now; most frequent first. */
  readonly kinds: readonly {
    readonly agent: string;
    readonly from: Verdict;
    readonly to: Verdict;
    readonly rule: string;
    readonly count: number;
  }[];
  /** Flipped calls, the newest first, each in words once. */
  readonly examples: readonly FlippedCall[];
}

/** One call of the ledger that would come out another way. */
export interface FlippedCall {
  /** Its receipt's number. */
  readonly seq: number;
  readonly agent: string;
  readonly from: Verdict;
  readonly to: Verdict;
  /** What it does, by the reason that decides now. */
  readonly text: string;
  readonly rule: string;
}

/** Stands in the receipts of decisions. */
const decision = '"kind":"decision"';

/** As many examples as a person reads. */
const fewExamples = 10;

/**
 * Decides the ledger's own calls under both policy sets. Decided anew under the approved set, too: the ledger goes back
 * to sets before it, whose changes are not this proposal's. `onFlip` is told of each call that comes out another way.
 */
export async function tryLedger(
  state: OpenState,
  before: PolicySet,
  after: PolicySet,
  all: boolean,
  onFlip: (input: DecisionInput) => void,
): Promise<LedgerTrial> {
  await followJournal(state);
  const { repository: repo, reader, record } = state;
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  return await tryReceipts(source, record.gate, before, after, all, onFlip);
}

/** The same for the receipts of any gate's ledger, as they stand in git. */
export async function tryReceipts(
  source: LedgerSource,
  gate: string,
  before: PolicySet,
  after: PolicySet,
  all: boolean,
  onFlip: (input: DecisionInput) => void = () => undefined,
): Promise<LedgerTrial> {
  const [old, next] = [compilePolicySet(before, gate), compilePolicySet(after, gate)];
  const kinds = new Map<string, { agent: string; from: Verdict; to: Verdict; rule: string; count: number }>();
  const examples = new Map<string, FlippedCall>();
  let decisions = 0;
  let flipped = 0;
  for await (const { seq, input } of recordedCalls(source)) {
    decisions += 1;
    const from = judge(input, old);
    if (from.verdict === judge(input, next).verdict) continue;
    flipped += 1;
    onFlip(input);
    const to = decide(input, next);
    const [reason] = to.reasons;
    const common = { agent: input.agent, from: from.verdict, to: to.verdict, rule: reason?.rule ?? "" };
    const key = Object.values(common).join(" ");
    const kind = kinds.get(key) ?? { ...common, count: 0 };
    kind.count += 1;
    kinds.set(key, kind);
    const text = reason?.message ?? "";
    examples.delete(`${key} ${text}`);
    examples.set(`${key} ${text}`, { ...common, seq, text });
    const [oldest] = examples.keys();
    if (!all && examples.size > fewExamples && oldest !== undefined) examples.delete(oldest);
  }
  const byCount = [...kinds.values()].sort((a, b) => b.count - a.count);
  return { decisions, flipped, kinds: byCount, examples: [...examples.values()].reverse() };
}

/**
 * Gives the calls of a ledger, the oldest first. What the session did before, which only those say that some rule asked, is
 * added from the receipts.
 */
async function* recordedCalls(
  source: LedgerSource,
): AsyncGenerator<{ readonly seq: number; readonly input: DecisionInput }, void, undefined> {
  const past = new SessionRisks("did-nothing");
  for await (const receipt of receiptsSince(source, 0, [decision])) {
    if (receipt.kind !== "decision" || receipt.input.language !== languageVersion) continue;
    const { seq, input } = receipt;
    const time = Date.parse(receipt.time);
    yield { seq, input: { after: past.since(input, time - longestPast), ...input } };
    if (receipt.decision.verdict !== "deny") past.add(input, input.analysis, time);
  }
}
