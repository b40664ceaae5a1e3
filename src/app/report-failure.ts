import { writeSync } from "node:fs";
import { isMirrorError, systemErrorCode } from "../base/errors.ts";
import { printable } from "../base/escape.ts";

/** Writes a failure that nobody waits for to the daemon's stderr, which is its log. A mistake of ours with its stack. */
export function reportFailure(error: unknown): void {
  const text = isMirrorError(error) ? `${error.code}: ${printable(error.message)}` : stackOf(error);
  try {
    writeSync(2, `${new Date().toISOString()} ${text}\n`);
  } catch (cause) {
    // A log on a full disk, or one that nobody reads any more, must not take the gate along.
    if (systemErrorCode(cause) === null) throw cause;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
