import type { ObjectReader } from "../git/objects.ts";
import { readRef } from "../git/refs.ts";
import type { Receipt } from "../model/receipt.ts";
import { ahead } from "./ahead.ts";
import type { LedgerSource } from "./read.ts";
import { readReceiptBlob, readReceiptCommit } from "./stored-receipt.ts";
import { findReceiptBlob, listReceipts, type ReceiptEntry } from "./tree-reader.ts";

/** Receipts that are asked of git at once. */
const together = 64;

/**
 * Gives the receipts of a ledger without their commits, the newest first, all from the head's tree. `words`: only
 * those with one of these texts in their file, for who looks for few among many; the others are not parsed. `most`: how
 * many are looked at. Nothing for a ledger without receipts. Throws `ledger-corrupt` and what the reader throws.
 */
export async function* newestReceipts(
  { repo, reader, ref }: LedgerSource,
  words: readonly string[] | null,
  most: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Receipt, void, undefined> {
  const head = readRef(repo, ref);
  if (head !== null) yield* receiptsUpTo(reader, head, words, most);
}

/** The same, up to a commit of a ledger. */
export async function* receiptsUpTo(
  reader: ObjectReader,
  head: string,
  words: readonly string[] | null,
  most: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Receipt, void, undefined> {
  const { root } = await readReceiptCommit(reader, head);
  const entries = upTo(most, listReceipts(reader, root.receipts, "newest-first"));
  for await (const receipt of ahead(entries, together, ({ blob }) =>
    readIfNamed(reader, head, blob, words),
  )) {
    if (receipt !== null) yield receipt;
  }
}

async function* upTo<T>(most: number, items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  let left = most;
  for await (const item of items) {
    if (left <= 0) return;
    left -= 1;
    yield item;
  }
}

/**
 * The same, the oldest first, from the first receipt of a time (milliseconds) on: it is found without a look at those before
 * it, and at those between that have none of the words. `after`: instead, from the one after this on.
 */
export async function* receiptsSince(
  { repo, reader, ref }: LedgerSource,
  time: number,
  words: readonly string[] | null,
  after: ReceiptEntry | null = null,
): AsyncGenerator<Receipt, void, undefined> {
  const head = readRef(repo, ref);
  if (head === null) return;
  const { root, seq } = await readReceiptCommit(reader, head);
  const from =
    after === null
      ? await firstSince(reader, head, { receipts: root.receipts, count: seq + 1 }, time)
      : after.seq + 1;
  const entries = listReceipts(reader, root.receipts, "oldest-first", from);
  for await (const receipt of ahead(entries, together, ({ blob }) =>
    readIfNamed(reader, head, blob, words),
  )) {
    if (receipt !== null) yield receipt;
  }
}

/** Gives the newest receipt by its blob; null for a ledger without receipts. */
export async function newestEntry({ repo, reader, ref }: LedgerSource): Promise<ReceiptEntry | null> {
  const head = readRef(repo, ref);
  if (head === null) return null;
  const { root, seq } = await readReceiptCommit(reader, head);
  const blob = await findReceiptBlob(reader, root.receipts, seq);
  return blob === null ? null : { seq, blob };
}

/** Tells whether a receipt stands in a ledger: then all before it do, since it names the one before. */
export async function holdsEntry({ repo, reader, ref }: LedgerSource, entry: ReceiptEntry): Promise<boolean> {
  const head = readRef(repo, ref);
  if (head === null) return false;
  const { root, seq } = await readReceiptCommit(reader, head);
  return entry.seq <= seq && (await findReceiptBlob(reader, root.receipts, entry.seq)) === entry.blob;
}

/** Finds the first of `count` receipts that has this time or a later one; `count` if none has. Times never run backwards. */
async function firstSince(
  reader: ObjectReader,
  head: string,
  { receipts, count }: { readonly receipts: string; readonly count: number },
  time: number,
): Promise<number> {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const blob = await findReceiptBlob(reader, receipts, middle);
    const found = blob === null ? null : (await readReceiptBlob(reader, head, blob)).receipt;
    // One that is missing is told by the walk, which begins before it.
    if (found === null || Date.parse(found.time) >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function readIfNamed(
  reader: ObjectReader,
  head: string,
  blob: string,
  words: readonly string[] | null,
): Promise<Receipt | null> {
  if (words !== null) {
    const bytes = Buffer.from((await reader.read(blob)).data);
    if (!words.some((word) => bytes.includes(word))) return null;
  }
  return (await readReceiptBlob(reader, head, blob)).receipt;
}
