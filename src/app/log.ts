import { MirrorError } from "../base/errors.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { findReceipt, type LedgerSource, type ReceiptFilter, readLedger } from "../ledger/read.ts";
import type { StoredReceipt } from "../ledger/stored-receipt.ts";
import { ledgerStand } from "./ledger-access.ts";
import { type LogEntry, logEntry } from "./log-entry.ts";
import { type OpenState, openState } from "./open-state.ts";
import type { Where } from "./where.ts";

/** Which receipts are wanted, and how many at most. */
export interface LogQuery extends ReceiptFilter {
  readonly limit: number;
}

/** Gives the receipts of this clone's gate that are wanted, newest first. Read, not verified. */
export async function queryLog(where: Where, { limit, ...filter }: LogQuery): Promise<LogEntry[]> {
  return await withLedger(where, async (source) => {
    const entries: LogEntry[] = [];
    for await (const { receipt, commit, digest } of readLedger(source, filter)) {
      entries.push(logEntry(receipt, commit, digest));
      if (entries.length >= limit) break;
    }
    return entries;
  });
}

/**
 * Gives one receipt, by its number, or by the beginning of its commit's id. Throws
 * `usage` for a name that fits none, or several.
 */
export async function findEntry(where: Where, name: string): Promise<LogEntry> {
  return await withReceipt(where, name, async ({ receipt, commit, digest }) =>
    logEntry(receipt, commit, digest),
  );
}

/** Uses one receipt; finds it, and throws, as `findEntry` does. */
export async function withReceipt<T>(
  where: Where,
  name: string,
  use: (stored: StoredReceipt, state: OpenState) => Promise<T>,
): Promise<T> {
  return await withLedger(where, async (source, state) => {
    const found = await findReceipt(source, name);
    if (found === "ambiguous") {
      throw new MirrorError("usage", `several receipts begin with \`${name}\``, { hint: "give more digits" });
    }
    if (found === null) {
      throw new MirrorError(
        "usage",
        `no receipt is \`${name}\`, expected a number or at least 4 digits of a commit id`,
        {
          hint: "`mirror log` lists the newest",
        },
      );
    }
    return await use(found, state);
  });
}

async function withLedger<T>(
  where: Where,
  use: (source: LedgerSource, state: OpenState) => Promise<T>,
): Promise<T> {
  const state = await openState(where.directory, where.environment);
  try {
    // A ledger that was cut off is not read as if it were whole.
    await ledgerStand(state);
    const { repository: repo, reader, record } = state;
    return await use({ repo, reader, ref: ledgerRef(record.gate) }, state);
  } finally {
    state.close();
  }
}
