import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { packageRoot } from "./package-root.ts";

/** Reads a template: the files of a policy set that do not depend on anybody's keys. */
export function readTemplate(name: string): PolicySetFiles {
  return readPolicyDirectory(join(packageRoot(), "templates", name)) ?? new Map();
}

/** Reads a directory as the files of a policy set, `memory/` left out. Null if it is not there. */
export function readPolicyDirectory(directory: string): PolicySetFiles | null {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  const files = new Map<string, Uint8Array>();
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  for (const name of names) {
    if (name === "memory" || name.startsWith("memory/")) continue;
    const path = join(directory, name);
    if (statSync(path).isFile()) files.set(name, readFileSync(path));
  }
  return files;
}
