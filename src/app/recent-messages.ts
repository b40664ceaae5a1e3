import { ledgerRef } from "../ledger/ledger-store.ts";
import { receiptsSince } from "../ledger/newest.ts";
import type { UsageReport } from "../model/receipt.ts";
import type { OpenState } from "./open-state.ts";

/** Reads back from the ledger what clients reported of their model calls since a time (milliseconds), the oldest first. */
export async function recallMessages(
  { repository: repo, reader, record }: Pick<OpenState, "repository" | "reader" | "record">,
  since: number,
): Promise<(UsageReport & { readonly time: number })[]> {
  const reports: (UsageReport & { readonly time: number })[] = [];
  const source = { repo, reader, ref: ledgerRef(record.gate) };
  for await (const receipt of receiptsSince(source, since, ['"report":'])) {
    if (receipt.kind !== "spend" || receipt.report === undefined) continue;
    reports.push({ ...receipt.report, time: Date.parse(receipt.time) });
  }
  return reports;
}
