import { MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { GitObject } from "../model/git.ts";
import type { LedgerPosition } from "../model/lineage.ts";
import type { Receipt } from "../model/receipt.ts";
import { parseCommit } from "../trust/commit.ts";
import { lastParagraph, onlyTrailer } from "../trust/trailers.ts";
import { readReceipt, receiptDigest } from "./receipt-file.ts";
import { findReceiptBlob, type LedgerRoot, readLedgerRoot } from "./tree-reader.ts";

/** A receipt as the ledger holds it. Read, not verified. */
export interface StoredReceipt {
  readonly seq: number;
  /** Id of its commit. */
  readonly commit: string;
  /** `sha256:` digest of its file. */
  readonly digest: string;
  readonly receipt: Receipt;
}

/** Reads the receipt that a ledger commit brought, and its trees. Throws `ledger-corrupt` and what the reader throws. */
export async function readReceiptCommit(
  reader: ObjectReader,
  id: string,
): Promise<StoredReceipt & { readonly root: LedgerRoot; readonly parent: string | null }> {
  const commit = parseCommit((await readAs(reader, "commit", id)).data);
  const seq = receiptNumber(commit.message);
  const root = await readLedgerRoot(reader, commit.tree);
  const blob = seq === null ? null : await findReceiptBlob(reader, root.receipts, seq);
  if (blob === null) throw corrupt(id, "names no receipt in its tree");
  return { ...(await readReceiptBlob(reader, id, blob)), root, parent: commit.parents[0] ?? null };
}

/** Reads a receipt's blob. Throws `ledger-corrupt` that names its commit. */
export async function readReceiptBlob(
  reader: ObjectReader,
  commit: string,
  blob: string,
): Promise<StoredReceipt> {
  const { data } = await readAs(reader, "blob", blob);
  const { receipt, problems } = readReceipt(data);
  if (receipt === null) throw corrupt(commit, `has a receipt that cannot be read: ${problems[0]}`);
  return { seq: receipt.seq, commit, digest: receiptDigest(data), receipt };
}

/** Gives the place of a receipt in its ledger. */
export function positionOf(stored: StoredReceipt): LedgerPosition {
  return { seq: stored.seq, head: stored.commit, receipt: stored.digest };
}

/** Reads the receipt's number that a commit message says; null for none. */
export function receiptNumber(message: string): number | null {
  const value = onlyTrailer(lastParagraph(message), "Mirror-Seq");
  return value !== null && /^(0|[1-9][0-9]{0,9})$/.test(value) ? Number(value) : null;
}

async function readAs(reader: ObjectReader, type: GitObject["type"], id: string): Promise<GitObject> {
  const object = await reader.read(id);
  if (object.type === type) return object;
  throw corrupt(id, `is a ${object.type}, expected a ${type}`);
}

function corrupt(id: string, what: string): MirrorError {
  return new MirrorError("ledger-corrupt", `\`${id}\` of the ledger ${what}`, {
    data: { id },
    hint: "run `mirror verify`",
  });
}
