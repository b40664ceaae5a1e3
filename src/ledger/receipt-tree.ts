import { gitObjectId } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import { directoryMode, fileMode } from "../git/tree.ts";
import type { GitObject } from "../model/git.ts";

// Receipt 31 is `receipts/0/0/0/0/0/0/1/f.json`: eight hex digits of its sequence number, a directory for each but
// the last. A fixed number of levels keeps every path for ever, so that two commits differ by one added file and
// nothing else. Sixteen entries a level is what keeps an append small (docs/ledger.md has the sizes).

/** Hex digits of a sequence number in a path. */
export const pathDigits = 8;

/** Past this number the paths end. */
const mostReceipts: number = 16 ** pathDigits;

/** The directories above the newest receipt, from `receipts/` down: what an append needs to know of all before it. */
export interface ReceiptTree {
  /** Receipts in it: 0 to `count - 1`. */
  readonly count: number;
  /** The tree objects' bytes, each ending with the entry the newest receipt is under; empty before the first. */
  readonly levels: readonly Uint8Array[];
}

export const emptyReceiptTree: ReceiptTree = {
  count: 0,
  levels: Array.from({ length: pathDigits }, () => new Uint8Array(0)),
};

const idBytes = 20;
/** How an entry begins, for each digit, in a directory that holds directories and in one that holds receipts. */
const directoryStarts = hexDigits().map((digit) => Buffer.from(`${directoryMode} ${digit}\0`));
const receiptStarts = hexDigits().map((digit) => Buffer.from(`${fileMode} ${digit}.json\0`));
const policySetStart = Buffer.from(`${directoryMode} policy-set\0`);
const receiptsStart = Buffer.from(`${directoryMode} receipts\0`);

/** Gives the path of a receipt in the ledger's tree. */
export function receiptPath(seq: number): string {
  return `receipts/${[...digitsOf(seq)].join("/")}.json`;
}

/** Adds the next receipt's blob. Gives the tree with it, the id of `receipts/`, and the tree objects that are new. */
export function addReceipt(
  before: ReceiptTree,
  blob: string,
): { readonly tree: ReceiptTree; readonly id: string; readonly objects: readonly GitObject[] } {
  const seq = before.count;
  if (seq >= mostReceipts)
    throw new MirrorError("ledger-unwritable", `the ledger is full with ${seq} receipts`);
  const digits = digitsOf(seq);
  const change = firstChange(seq);
  const levels: Uint8Array[] = [];
  const objects: GitObject[] = [];
  let id = blob;
  for (let level = pathDigits - 1; level >= 0; level -= 1) {
    const starts = level === pathDigits - 1 ? receiptStarts : directoryStarts;
    const start = starts[Number.parseInt(digits[level] ?? "", 16)] ?? Buffer.alloc(0);
    // Below the change a directory begins anew; above it, the entry of the receipt before gets another id.
    const kept = level > change ? new Uint8Array(0) : (before.levels[level] ?? new Uint8Array(0));
    const stays = level < change ? kept.length - start.length - idBytes : kept.length;
    const data = Buffer.concat([kept.subarray(0, stays), start, Buffer.from(id, "hex")]);
    levels[level] = data;
    objects.push({ type: "tree", data });
    id = gitObjectId("tree", data);
  }
  return { tree: { count: seq + 1, levels }, id, objects };
}

/** Makes the root tree of a receipt's commit: `receipts/` and `policy-set/`. */
export function rootTree(receipts: string, policySet: string): GitObject {
  const ids = [Buffer.from(policySet, "hex"), Buffer.from(receipts, "hex")] as const;
  return { type: "tree", data: Buffer.concat([policySetStart, ids[0], receiptsStart, ids[1]]) };
}

/** The first level whose directory gets another entry than the one before it had: its digit is not the same. */
function firstChange(seq: number): number {
  if (seq === 0) return 0;
  const now = digitsOf(seq);
  const before = digitsOf(seq - 1);
  let level = 0;
  while (now[level] === before[level]) level += 1;
  return level;
}

/** Gives the sequence number as hex digits, as many as a path has. */
export function digitsOf(seq: number): string {
  return seq.toString(16).padStart(pathDigits, "0");
}

function hexDigits(): string[] {
  return Array.from({ length: 16 }, (_, digit) => digit.toString(16));
}
