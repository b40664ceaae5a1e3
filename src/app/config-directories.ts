import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type { Dialect } from "../clients/hook-dialect.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import type { Environment } from "./home.ts";
import type { OpenState } from "./open-state.ts";
import { userSettingsFile } from "./settings-place.ts";

type Ground = Pick<OpenState, "paths" | "record">;

// The daemon has no environment of the person's by which a client's directory may be moved, and that of a hook can be set by
// a project's settings. So where it was moved to is remembered when a person binds an agent there, one directory a line.

/** Remembers where a client keeps what is the person's, as the environment has it, if that is another place than usual. */
export function rememberConfigDirectory(state: Ground, speak: Dialect, environment: Environment): void {
  const directory = resolve(dirname(userSettingsFile(speak, environment)));
  // A name with a newline in it is nobody's, and would be two.
  if (configDirectories(state, speak).includes(directory) || directory.includes("\n")) return;
  const all = [...remembered(state, speak), directory];
  replaceFile(file(state, speak), all.map((each) => `${each}\n`).join(""));
}

/** Gives the directories in which a client may keep what is the person's: below their home, and those remembered. */
export function configDirectories(state: Ground, speak: Dialect): string[] {
  return [dirname(userSettingsFile(speak, { HOME: state.record.home })), ...remembered(state, speak)];
}

function remembered(state: Ground, speak: Dialect): string[] {
  try {
    return readFileSync(file(state, speak), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("/"));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}

function file({ paths }: Ground, speak: Dialect): string {
  return join(paths.directory, `${speak.id}-directories`);
}
