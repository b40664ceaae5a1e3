import type { ObjectReader } from "../git/objects.ts";
import { readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import type { Receipt, ReceiptKind } from "../model/receipt.ts";
import { type RiskLevel, riskRank } from "../model/risk.ts";
import type { Verdict } from "../model/verdict.ts";
import { ahead } from "./ahead.ts";
import { listLedgerCommits } from "./commit-list.ts";
import { actorOf } from "./principal-name.ts";
import { readReceiptBlob, readReceiptCommit, type StoredReceipt } from "./stored-receipt.ts";
import { findReceiptBlob, listReceipts } from "./tree-reader.ts";

/** Which ledger to read. */
export interface LedgerSource {
  readonly repo: Repository;
  readonly reader: ObjectReader;
  /** Full name of its ref. */
  readonly ref: string;
}

/** Which receipts are wanted: those for which everything holds that is not null. */
export interface ReceiptFilter {
  /** An agent (its subagents, too), or one subagent of it: `coder/general-purpose`. */
  readonly agent: string | null;
  readonly decision: Verdict | null;
  /** Decisions with at least this risk. */
  readonly risk: RiskLevel | null;
  readonly tool: string | null;
  readonly session: string | null;
  /** Milliseconds; from this time on. */
  readonly since: number | null;
  /** Milliseconds; up to this time. */
  readonly until: number | null;
  readonly kind: ReceiptKind | null;
}

/** Every receipt. */
export const everyReceipt: ReceiptFilter = {
  agent: null,
  decision: null,
  risk: null,
  tool: null,
  session: null,
  since: null,
  until: null,
  kind: null,
};

const window = 128;

/**
 * Gives the receipts of a ledger, the newest first, as they stand in git; `foldIfIdle` first brings there what a
 * journal holds. Nothing for a ledger that is not there. Stop when enough have come: memory does not grow, and what
 * is not asked for is not read. Read, not verified. Throws `ledger-corrupt` and what the reader throws.
 */
export async function* readLedger(
  source: LedgerSource,
  filter: ReceiptFilter,
): AsyncGenerator<StoredReceipt, void, undefined> {
  const { repo, reader } = source;
  const head = readRef(repo, source.ref);
  if (head === null) return;
  const { root } = await readReceiptCommit(reader, head);
  const entries = listReceipts(reader, root.receipts, "newest-first");
  const pairs = pairUp(listLedgerCommits(repo, head), entries);
  const stored = ahead(pairs, window, ([commit, { blob }]) => readReceiptBlob(reader, commit, blob));
  for await (const each of stored) {
    // Times never run backwards in a ledger: what comes now is older still.
    if (filter.since !== null && Date.parse(each.receipt.time) < filter.since) return;
    if (isWanted(each.receipt, filter)) yield each;
  }
}

/**
 * Finds one receipt: by its sequence number, or by the start (4 digits or more) of its commit's id. Null if there is
 * none; `ambiguous` if several begin like this.
 */
export async function findReceipt(
  source: LedgerSource,
  name: string,
): Promise<StoredReceipt | "ambiguous" | null> {
  const { repo, reader } = source;
  const head = readRef(repo, source.ref);
  if (head === null) return null;
  const newest = await readReceiptCommit(reader, head);
  const byNumber = /^(0|[1-9][0-9]{0,9})$/.test(name) && Number(name) <= newest.seq ? Number(name) : null;
  const matches: string[] = [];
  let seq = newest.seq;
  for await (const commit of listLedgerCommits(repo, head)) {
    if (seq === byNumber) {
      const blob = await findReceiptBlob(reader, newest.root.receipts, seq);
      return blob === null ? null : await readReceiptBlob(reader, commit, blob);
    }
    if (byNumber === null && /^[0-9a-f]{4,40}$/.test(name) && commit.startsWith(name)) matches.push(commit);
    seq -= 1;
  }
  const [only, ...more] = matches;
  if (only === undefined) return null;
  return more.length > 0 ? "ambiguous" : await readReceiptCommit(reader, only);
}

function isWanted(receipt: Receipt, filter: ReceiptFilter): boolean {
  const { kind, until } = filter;
  if (kind !== null && receipt.kind !== kind) return false;
  if (until !== null && Date.parse(receipt.time) > until) return false;
  return isBy(receipt, filter.agent) && isCall(receipt, filter) && isDecision(receipt, filter);
}

function isBy(receipt: Receipt, agent: string | null): boolean {
  if (agent === null) return true;
  const actor = actorOf(receipt);
  return actor !== null && (actor.agent === agent || `${actor.agent}/${actor.subagent}` === agent);
}

function isCall(receipt: Receipt, { tool, session }: ReceiptFilter): boolean {
  if (tool === null && session === null) return true;
  const call = receipt.kind === "decision" ? receipt.input : receipt;
  if (tool !== null && (!("tool" in call) || call.tool !== tool)) return false;
  return session === null || ("session" in call && call.session === session);
}

function isDecision(receipt: Receipt, { decision, risk }: ReceiptFilter): boolean {
  if (decision === null && risk === null) return true;
  if (receipt.kind !== "decision") return false;
  if (decision !== null && receipt.decision.verdict !== decision) return false;
  return risk === null || riskRank(receipt.input.analysis.risk.level) >= riskRank(risk);
}

async function* pairUp<A, B>(
  left: AsyncGenerator<A>,
  right: AsyncGenerator<B>,
): AsyncGenerator<[A, B], void, undefined> {
  for await (const a of left) {
    const b = await right.next();
    if (b.done === true) return;
    yield [a, b.value];
  }
}
