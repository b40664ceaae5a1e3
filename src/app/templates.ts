import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { packageRoot } from "./package-root.ts";

/** What `mirror init` can begin with. */
export const templateNames = ["solo", "team", "strict"] as const;

export type TemplateName = (typeof templateNames)[number];

/** How many signers a template wants for a role, where it is more than the one who begins. */
const wantedSigners: Readonly<Record<TemplateName, Readonly<Record<string, number>>>> = {
  solo: {},
  team: { trust: 2, policies: 2 },
  strict: {},
};

/** A template: the files of a policy set that do not depend on anybody's keys, and how many people it is for. */
export interface Template {
  readonly files: PolicySetFiles;
  /** By role name. */
  readonly wantedSigners: Readonly<Record<string, number>>;
}

/** Where the files of `solo` go on with what only it has. */
const alone = /\n *# --- for one person alone\b.*$/s;

/**
 * Reads a template. All have the rules of `solo`, but for those that let go what concerns nobody else where one
 * person is alone; the others lay their own files over it.
 */
export function readTemplate(name: TemplateName): Template {
  const solo = readLayer("solo");
  const files =
    name === "solo"
      ? solo
      : [...solo.map(([path, bytes]) => [path, forOthersToo(bytes)] as const), ...readLayer(name)];
  return { files: new Map(files), wantedSigners: wantedSigners[name] };
}

function readLayer(name: string): (readonly [string, Uint8Array])[] {
  return [...(readPolicyDirectory(join(packageRoot(), "templates", name)) ?? [])];
}

function forOthersToo(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString("utf8").replace(alone, ""));
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
