import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import { systemErrorCode } from "../base/errors.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { type StatePaths, statePaths } from "./home.ts";
import { realOrSame } from "./real-path.ts";

// Which project directory belongs to which state: read by hooks of scope `project`, written only by `init` and
// `agent add`, for a person (TRUST T5).

type Table = Readonly<Record<string, string>>;

/** Gives the state of a project directory; null if it is not in the table. */
export function findProject(home: string, directory: string): StatePaths | null {
  const state = readTable(home)[realOrSame(directory)];
  return state === undefined ? null : statePaths(home, state);
}

/** Enters a project directory. */
export function enterProject(home: string, directory: string, state: StatePaths): void {
  const table = { ...readTable(home), [realOrSame(directory)]: state.directory };
  replaceFile(tableFile(home), `${canonicalJson(table)}\n`);
}

/** Takes out every project directory of a state, and the table where none is left. True if there was one. */
export function leaveProjects(home: string, state: StatePaths): boolean {
  const table = Object.entries(readTable(home));
  const rest = table.filter(([, directory]) => directory !== state.directory);
  if (rest.length === table.length) return false;
  if (rest.length === 0) rmSync(tableFile(home));
  else replaceFile(tableFile(home), `${canonicalJson(Object.fromEntries(rest))}\n`);
  return true;
}

function tableFile(home: string): string {
  return join(home, "projects.json");
}

function readTable(home: string): Table {
  const table: Record<string, string> = Object.create(null);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(tableFile(home), "utf8"));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return table;
    throw error;
  }
  for (const [directory, state] of Object.entries(value ?? {})) {
    if (typeof state === "string") table[directory] = state;
  }
  return table;
}
