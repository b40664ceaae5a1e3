import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../base/canonical-json.ts";
import { systemErrorCode } from "../base/errors.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import type { StatePaths } from "./home.ts";

// Which lines of `.git/info/exclude` mirror wrote: a person may have had the same one before.

/** Gives the lines that mirror wrote. */
export function rememberedLines(paths: StatePaths): string[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file(paths), "utf8"));
  } catch (error) {
    // Without the list no line is known to be mirror's; then none is taken back.
    if (error instanceof SyntaxError || systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
  return Array.isArray(value) ? value.filter((line) => typeof line === "string") : [];
}

/** Remembers a line that was written. */
export function rememberLine(paths: StatePaths, line: string): void {
  replaceFile(file(paths), `${canonicalJson([...new Set([...rememberedLines(paths), line])])}\n`);
}

function file(paths: StatePaths): string {
  return join(paths.directory, "excluded.json");
}
