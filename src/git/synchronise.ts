import { closeSync, fsync, openSync } from "node:fs";
import { promisify } from "node:util";
import { systemErrorCode } from "../base/errors.ts";

const syncAll = promisify(fsync);

/** Makes a file, or the names in a directory, durable. */
export async function synchronise(path: string): Promise<void> {
  // Opened and closed right here: each step of its own on another thread takes longer than the step.
  const descriptor = openSync(path, "r");
  try {
    await syncAll(descriptor);
  } catch (error) {
    // Some file systems refuse to sync a directory; the names are then as durable as they can be made.
    if (systemErrorCode(error) !== "EINVAL") throw error;
  } finally {
    closeSync(descriptor);
  }
}
