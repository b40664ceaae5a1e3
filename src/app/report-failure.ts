import { isMirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";

/** Writes a failure that nobody waits for to the daemon's stderr, which is its log. A mistake of ours with its stack. */
export function reportFailure(error: unknown): void {
  const text = isMirrorError(error) ? `${error.code}: ${printable(error.message)}` : stackOf(error);
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
