import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";

/** Finds a program along PATH, absolute directories only. Gives its real path; null if it is not there. */
export function findOnPath(name: string, searchPath: string): string | null {
  for (const directory of searchPath.split(":").filter((entry) => entry.startsWith("/"))) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return realpathSync(path);
    } catch (error) {
      if (systemErrorCode(error) === null) throw error;
    }
  }
  return null;
}
