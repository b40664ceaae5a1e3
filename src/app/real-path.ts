import { realpathSync } from "node:fs";
import { systemErrorCode } from "../base/errors.ts";

/** Gives a path with its links resolved; the path itself where it cannot be. */
export function realOrSame(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (systemErrorCode(error) !== null) return path;
    throw error;
  }
}
