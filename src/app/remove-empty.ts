import { rmdirSync } from "node:fs";
import { systemErrorCode } from "../base/errors.ts";

/** Removes a directory if nothing is in it. True if it went. */
export function removeIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}
