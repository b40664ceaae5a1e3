import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type { Dialect } from "../clients/hook-dialect.ts";
import type { Environment } from "./home.ts";

/** Gives the person's own settings file of a client: where the client's variable moves it, else below home. */
export function userSettingsFile(speak: Dialect, environment: Environment): string {
  const { path } = speak.settingsFile("user");
  const moved = environment[speak.configVariable];
  return moved === undefined || moved === ""
    ? join(environment["HOME"] ?? homedir(), path)
    : join(moved, basename(path));
}

/** Gives a client's managed settings on this platform: the file, and those beside it in its `.d` directory, in order. */
export function managedSettingsFiles(speak: Dialect): string[] {
  const main = speak.managedSettings[process.platform];
  return main === undefined ? [] : [main, ...dropIns(main.replace(/\.json$/, ".d"))];
}

function dropIns(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".json") && !name.startsWith("."));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ENOTDIR") return [];
    throw error;
  }
}
