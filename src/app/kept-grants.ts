import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type { RecalledGrants } from "../gate/grants.ts";
import { holdsEntry } from "../ledger/newest.ts";
import type { LedgerSource } from "../ledger/read.ts";
import type { ReceiptEntry } from "../ledger/tree-reader.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import type { StatePaths } from "./home.ts";

// What a gate read back of grants, so that the next one looks at the receipts since alone: few receipts are grants, and
// all of a month would have to be looked at for them. Deleting it costs only time (TRUST T3).

/** Grants, and the receipt up to which they were read back. */
export interface KeptGrants {
  readonly held: RecalledGrants;
  readonly upTo: ReceiptEntry;
}

/** Keeps what was read back. */
export function keepGrants(paths: StatePaths, kept: KeptGrants): void {
  replaceFile(file(paths), JSON.stringify(kept));
}

/** Gives what was kept; null if nothing was, or the ledger is not the one it was read back from. */
export async function keptGrants(paths: StatePaths, source: LedgerSource): Promise<KeptGrants | null> {
  try {
    const kept: KeptGrants = JSON.parse(readFileSync(file(paths), "utf8"));
    return (await holdsEntry(source, kept.upTo)) ? kept : null;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function file(paths: StatePaths): string {
  return join(paths.caches, "grants.json");
}
