import { gitObjectId } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import { directoryMode, encodeTree, fileMode } from "../git/tree.ts";
import type { GitObject, TreeEntry } from "../model/git.ts";

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
  readonly levels: readonly (readonly TreeEntry[])[];
}

export const emptyReceiptTree: ReceiptTree = {
  count: 0,
  levels: Array.from({ length: pathDigits }, () => []),
};

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
  const levels = [...before.levels];
  for (let level = firstChange(seq) + 1; level < pathDigits; level += 1) levels[level] = [];
  const objects: GitObject[] = [];
  let entry: TreeEntry = { mode: fileMode, name: `${digits[pathDigits - 1]}.json`, id: blob };
  for (let level = pathDigits - 1; level >= 0; level -= 1) {
    const { name } = entry;
    const entries = [...(levels[level] ?? []).filter((other) => other.name !== name), entry];
    const data = encodeTree(entries);
    levels[level] = entries;
    objects.push({ type: "tree", data });
    entry = { mode: directoryMode, name: digits[level - 1] ?? "", id: gitObjectId("tree", data) };
  }
  return { tree: { count: seq + 1, levels }, id: entry.id, objects };
}

/** Makes the root tree of a receipt's commit: `receipts/` and `policy-set/`. */
export function rootTree(receipts: string, policySet: string): GitObject {
  const data = encodeTree([
    { mode: directoryMode, name: "policy-set", id: policySet },
    { mode: directoryMode, name: "receipts", id: receipts },
  ]);
  return { type: "tree", data };
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
