import { MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import { directoryMode, fileMode, parseTree } from "../git/tree.ts";
import type { TreeEntry } from "../model/git.ts";
import { digitsOf, pathDigits, type ReceiptTree } from "./receipt-tree.ts";

/** The two trees below a ledger commit's root. */
export interface LedgerRoot {
  readonly policySet: string;
  readonly receipts: string;
}

/** A receipt's number and the id of its blob. */
export interface ReceiptEntry {
  readonly seq: number;
  readonly blob: string;
}

/** Reads the root tree of a ledger commit. Throws `ledger-corrupt` where it holds anything but its two trees. */
export async function readLedgerRoot(reader: ObjectReader, tree: string): Promise<LedgerRoot> {
  const { entries } = await readDirectory(reader, tree);
  const [policySet, receipts, ...more] = entries;
  const isRoot =
    policySet?.name === "policy-set" &&
    policySet.mode === directoryMode &&
    receipts?.name === "receipts" &&
    receipts.mode === directoryMode &&
    more.length === 0;
  if (!isRoot) throw corrupt(tree, "is no root of a ledger");
  return { policySet: policySet.id, receipts: receipts.id };
}

/** Reads the directories above the last of `count` receipts. Throws `ledger-corrupt` where they end elsewhere. */
export async function readReceiptTree(
  reader: ObjectReader,
  receipts: string,
  count: number,
): Promise<ReceiptTree> {
  const digits = digitsOf(count - 1);
  const levels: Uint8Array[] = [];
  let id = receipts;
  for (let level = 0; level < pathDigits; level += 1) {
    const { entries, data } = await readLevel(reader, id, level);
    const last = entries.at(-1);
    const isLast =
      last?.name[0] === digits[level] && entries.length === Number.parseInt(digits[level] ?? "", 16) + 1;
    if (last === undefined || !isLast) throw corrupt(id, `does not end with receipt ${count - 1}`);
    levels.push(data);
    id = last.id;
  }
  return { count, levels };
}

/** Gives the blob of one receipt; null if there is none. */
export async function findReceiptBlob(
  reader: ObjectReader,
  receipts: string,
  seq: number,
): Promise<string | null> {
  if (digitsOf(seq).length !== pathDigits) return null;
  let id = receipts;
  for (const [level, digit] of [...digitsOf(seq)].entries()) {
    const { entries } = await readLevel(reader, id, level);
    const entry = entries.find((each) => each.name[0] === digit);
    if (entry === undefined) return null;
    id = entry.id;
  }
  return id;
}

/**
 * Gives the receipts below a `receipts/` tree in the order of their numbers, the newest first if asked, those before
 * `from` left out. Throws `ledger-corrupt` for an entry that does not belong there.
 */
export async function* listReceipts(
  reader: ObjectReader,
  receipts: string,
  order: "oldest-first" | "newest-first",
  from = 0,
): AsyncGenerator<ReceiptEntry, void, undefined> {
  yield* listLevel(reader, receipts, { level: 0, above: 0, order, from });
}

interface Walk {
  readonly level: number;
  /** The digits above as a number. */
  readonly above: number;
  readonly order: "oldest-first" | "newest-first";
  readonly from: number;
}

async function* listLevel(
  reader: ObjectReader,
  tree: string,
  { level, above, order, from }: Walk,
): AsyncGenerator<ReceiptEntry, void, undefined> {
  const { entries } = await readLevel(reader, tree, level);
  if (order === "newest-first") entries.reverse();
  for (const { name, id } of entries) {
    const seq = above * 16 + Number.parseInt(name, 16);
    // Below it lie the numbers that begin with it.
    if ((seq + 1) * 16 ** (pathDigits - 1 - level) <= from) continue;
    if (level === pathDigits - 1) yield { seq, blob: id };
    else yield* listLevel(reader, id, { level: level + 1, above: seq, order, from });
  }
}

interface Directory {
  readonly data: Uint8Array;
  readonly entries: TreeEntry[];
}

async function readLevel(reader: ObjectReader, id: string, level: number): Promise<Directory> {
  const isLast = level === pathDigits - 1;
  const form = isLast ? /^[0-9a-f]\.json$/ : /^[0-9a-f]$/;
  const mode = isLast ? fileMode : directoryMode;
  const { data, entries } = await readDirectory(reader, id);
  const wrong = entries.find((entry) => !form.test(entry.name) || entry.mode !== mode);
  if (wrong !== undefined) throw corrupt(id, "holds something that is no receipt");
  return { data, entries };
}

async function readDirectory(reader: ObjectReader, id: string): Promise<Directory> {
  const { type, data } = await reader.read(id);
  if (type !== "tree") throw corrupt(id, `is a ${type}, expected a tree`);
  return { data, entries: parseTree(data) };
}

function corrupt(id: string, what: string): MirrorError {
  return new MirrorError("ledger-corrupt", `tree \`${id}\` of the ledger ${what}`, {
    data: { id },
    hint: "run `mirror verify`",
  });
}
