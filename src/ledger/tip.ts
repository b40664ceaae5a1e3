import { formatTime } from "../base/clock.ts";
import { gitObjectId } from "../base/digest.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { WrittenTree } from "../git/tree-builder.ts";
import type { GitObject } from "../model/git.ts";
import type { LedgerPosition, Lineage } from "../model/lineage.ts";
import type { Assurance, Receipt, ReceiptBody, ReceiptHeader } from "../model/receipt.ts";
import { encodeCommit, withSignature } from "../trust/commit-text.ts";
import type { JournalRecord } from "./frame.ts";
import { receiptCommit } from "./receipt-commit.ts";
import { encodeReceipt, receiptDigest } from "./receipt-file.ts";
import { addReceipt, emptyReceiptTree, type ReceiptTree, rootTree } from "./receipt-tree.ts";
import { positionOf, readReceiptCommit } from "./stored-receipt.ts";
import { readReceiptTree } from "./tree-reader.ts";

/** Under what a receipt is written. */
export interface ReceiptContext {
  readonly lineage: Lineage;
  /**
   * The tree of the policy set alone and all its objects. They go into the ledger where the tree is another than
   * the receipt before had, so that the ledger holds every policy set it names.
   */
  readonly policySet: WrittenTree;
  readonly assurance: Assurance;
}

/** What does not change from receipt to receipt. */
export interface ReceiptWriter {
  readonly gate: string;
  readonly engine: string;
  /** Gives the armored signature over a commit. */
  readonly signNow: (payload: Uint8Array, at: number) => string;
}

/** The newest receipt, and what the next one needs to know of it. Never changed: each append makes a new one. */
export interface Tip {
  readonly position: LedgerPosition | null;
  /** The newest receipt's header; null before the first. */
  readonly last: ReceiptHeader | null;
  /** Id of its `policy-set` tree. */
  readonly policySet: string | null;
  readonly receipts: ReceiptTree;
}

export const emptyTip: Tip = { position: null, last: null, policySet: null, receipts: emptyReceiptTree };

/** Reads the tip back from the commit a ref names. Throws `ledger-corrupt`. */
export async function readTip(reader: ObjectReader, head: string): Promise<Tip> {
  const stored = await readReceiptCommit(reader, head);
  const receipts = await readReceiptTree(reader, stored.root.receipts, stored.seq + 1);
  return { position: positionOf(stored), last: stored.receipt, policySet: stored.root.policySet, receipts };
}

/** Makes the next receipt: its objects for the journal, and the tip with it. Nothing is written. */
export function extendTip(
  tip: Tip,
  body: ReceiptBody,
  context: ReceiptContext,
  now: number,
  writer: ReceiptWriter,
): { readonly record: JournalRecord; readonly tip: Tip; readonly position: LedgerPosition } {
  const seq = tip.receipts.count;
  const { lineage, policySet, assurance } = context;
  const receipt: Receipt = {
    ...body,
    version: 1,
    gate: writer.gate,
    seq,
    // A clock that was set back stands still here until it has caught up: time never runs backwards in a ledger.
    time: formatTime(Math.max(now, tip.last === null ? 0 : Date.parse(tip.last.time))),
    prev: tip.position?.receipt ?? null,
    policySet: `sha256:${lineage.digest}`,
    epoch: lineage.epoch,
    lineage: lineage.lineage,
    assurance,
    engine: writer.engine,
  };
  const blob: GitObject = { type: "blob", data: encodeReceipt(receipt) };
  const digest = receiptDigest(blob.data);
  const added = addReceipt(tip.receipts, gitObjectId("blob", blob.data));
  const root = rootTree(added.id, policySet.tree);
  const parent = tip.position?.head ?? null;
  const payload = encodeCommit(
    receiptCommit(receipt, { digest, parent, tree: gitObjectId("tree", root.data) }),
  );
  const commit: GitObject = {
    type: "commit",
    data: withSignature(payload, writer.signNow(payload, Date.parse(receipt.time))),
  };
  const position = { seq, head: gitObjectId("commit", commit.data), receipt: digest };
  const known = tip.policySet === policySet.tree ? [] : policySet.objects;
  return {
    record: { seq, objects: [blob, ...known, ...added.objects, root, commit] },
    tip: { position, last: receipt, policySet: policySet.tree, receipts: added.tree },
    position,
  };
}
