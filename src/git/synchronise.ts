import { open } from "node:fs/promises";
import { systemErrorCode } from "../base/errors.ts";

/** Makes a file, or the names in a directory, durable. */
export async function synchronise(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems refuse to sync a directory; the names are then as durable as they can be made.
    if (systemErrorCode(error) !== "EINVAL") throw error;
  } finally {
    await handle.close();
  }
}
