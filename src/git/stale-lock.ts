import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type { Repository } from "./repository.ts";

/** Milliseconds after which a lock on a ref that only we move belongs to nobody: git holds one for an instant. */
const staleAfter = 5_000;

/**
 * Removes git's lock on a ref if a git that was killed left it behind; false where none is, or it is too young to
 * tell. Only for a ref that nobody else moves.
 */
export function dropStaleLock(repo: Pick<Repository, "commonDir">, ref: string, now: number): boolean {
  const lock = join(repo.commonDir, `${ref}.lock`);
  try {
    if (now - statSync(lock).mtimeMs < staleAfter) return false;
    rmSync(lock);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}
