import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type { RecalledWrite } from "../gate/pending-writes.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import type { StatePaths } from "./home.ts";

// What a gate that stops in good order knows of open calls, so that the next one need not read it back from the
// ledger. Good only for the very ledger it was written at; deleting it costs only time (TRUST T3).

interface Kept {
  /** Id of the ledger's newest commit when it was written. */
  readonly head: string;
  readonly writes: readonly RecalledWrite[];
}

/** Keeps the calls that may still be writing, as of a ledger's head. */
export function keepWrites(paths: StatePaths, head: string, writes: readonly RecalledWrite[]): void {
  const kept: Kept = { head, writes };
  replaceFile(file(paths), JSON.stringify(kept));
}

/** Gives the calls that were kept at this head; null if they were not. */
export function keptWrites(paths: StatePaths, head: string | null): readonly RecalledWrite[] | null {
  try {
    const kept: Kept = JSON.parse(readFileSync(file(paths), "utf8"));
    return kept.head === head ? kept.writes : null;
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function file(paths: StatePaths): string {
  return join(paths.caches, "open-writes.json");
}
