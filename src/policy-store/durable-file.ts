import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";

/**
 * Replaces a file as a whole: a reader sees the old bytes or the new ones, and when this returns the new ones
 * survive a crash. The file gets `mode` (default 0600). Throws the system error when it cannot be written; the
 * old file then stands.
 */
export function replaceFile(path: string, data: string | Uint8Array, mode = 0o600): void {
  const temporary = join(dirname(path), `.${process.pid}-${process.hrtime.bigint()}.tmp`);
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  let descriptor: number | null = openSync(temporary, "wx", mode);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
    closeSync(descriptor);
    descriptor = null;
    renameSync(temporary, path);
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Makes the names in a directory survive a crash. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Some file systems refuse to sync a directory; a rename there is as durable as it can be made.
    if (systemErrorCode(error) !== "EINVAL") throw error;
  } finally {
    closeSync(descriptor);
  }
}
