import type { ObjectReader } from "../git/objects.ts";
import { readRef } from "../git/refs.ts";
import type { Receipt } from "../model/receipt.ts";
import { ahead } from "./ahead.ts";
import type { LedgerSource } from "./read.ts";
import { readReceiptBlob, readReceiptCommit } from "./stored-receipt.ts";
import { listReceipts } from "./tree-reader.ts";

/** Receipts that are asked of git at once. */
const together = 64;

/**
 * Gives the receipts of a ledger without their commits, the newest first, all from the head's tree. `words`: only
 * those with one of these texts in their file, for who looks for few among many; the others are not parsed. Nothing
 * for a ledger without receipts. Throws `ledger-corrupt` and what the reader throws.
 */
export async function* newestReceipts(
  { repo, reader, ref }: LedgerSource,
  words: readonly string[] | null,
): AsyncGenerator<Receipt, void, undefined> {
  const head = readRef(repo, ref);
  if (head !== null) yield* receiptsUpTo(reader, head, words);
}

/** The same, up to a commit of a ledger. */
export async function* receiptsUpTo(
  reader: ObjectReader,
  head: string,
  words: readonly string[] | null,
): AsyncGenerator<Receipt, void, undefined> {
  const { root } = await readReceiptCommit(reader, head);
  const entries = listReceipts(reader, root.receipts, "newest-first");
  for await (const receipt of ahead(entries, together, ({ blob }) =>
    readIfNamed(reader, head, blob, words),
  )) {
    if (receipt !== null) yield receipt;
  }
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
