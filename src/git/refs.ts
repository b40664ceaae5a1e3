import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMirrorError, MirrorError, systemErrorCode } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { packedRefs } from "./packed-refs.ts";
import { checkRefName, isRefName } from "./ref-name.ts";
import type { Repository } from "./repository.ts";

/** Where refs are read: the shared ones, and a work tree's own. */
export type RefPlace = Pick<Repository, "commonDir" | "gitDir">;

/** A ref and the object it names. */
export interface NamedRef {
  readonly ref: string;
  readonly id: string;
}

type Value = { readonly id: string } | { readonly target: string };

/** As many symbolic refs as git follows. */
const mostHops = 5;

/**
 * Gives the branch that is checked out in the work tree of `gitDir`, as `refs/heads/…` (it may have no commit yet);
 * null for a detached HEAD. Two file reads at most. Throws `not-a-repository`, `bad-ref`.
 */
export function readHead(gitDir: string): { branch: string | null } {
  const value = readLoose(gitDir, "HEAD");
  if (value === null) throw new MirrorError("not-a-repository", `\`${gitDir}\` has no HEAD`);
  return { branch: "target" in value ? value.target : null };
}

/**
 * Gives the id that a ref names, through symbolic refs; null if there is no such ref. `name` is full: `HEAD`,
 * `refs/…`. Reads one small file, and `packed-refs` only where that is not there. Throws `bad-ref`.
 */
export function readRef(place: RefPlace, name: string): string | null {
  checkRefName(name);
  let current = name;
  for (let hop = 0; hop <= mostHops; hop += 1) {
    const value = readLoose(isShared(current) ? place.commonDir : place.gitDir, current);
    if (value === null) return packedRefs(place.commonDir).get(current) ?? null;
    if ("id" in value) return value.id;
    current = value.target;
  }
  throw broken(name, `leads through more than ${mostHops} symbolic refs`);
}

/**
 * Gives the refs whose full names start with `prefix` and end with `suffix`, by name. Each costs reading a file, the others
 * nothing. Broken ones are left out, as git does.
 */
export function listRefs(place: RefPlace, prefix: string, suffix = ""): NamedRef[] {
  const top = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  if (!top.startsWith("refs/")) throw broken(prefix, "is no prefix of refs, expected `refs/…`");
  const names = [...looseNames(place.commonDir, top), ...packedRefs(place.commonDir).keys()].filter(
    (name) => name.startsWith(prefix) && name.endsWith(suffix) && isRefName(name),
  );
  const refs: NamedRef[] = [];
  for (const ref of [...new Set(names)].sort()) {
    const id = readUnbroken(place, ref);
    if (id !== null) refs.push({ ref, id });
  }
  return refs;
}

function readUnbroken(place: RefPlace, ref: string): string | null {
  try {
    return readRef(place, ref);
  } catch (error) {
    if (isMirrorError(error, "bad-ref")) return null;
    throw error;
  }
}

/** A linked work tree has its own HEAD and the like, and these below refs/. */
function isShared(name: string): boolean {
  return name.startsWith("refs/") && !/^refs\/(bisect|worktree|rewritten)\//.test(name);
}

function readLoose(directory: string, name: string): Value | null {
  let text: string;
  try {
    text = readFileSync(join(directory, name), "utf8");
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return null;
    throw error;
  }
  const [, id, target] = /^(?:([0-9a-f]{40})|ref:\s*(\S+))\s*$/.exec(text) ?? [];
  if (id !== undefined) return { id };
  if (target === undefined)
    throw broken(name, `holds \`${printable(text.slice(0, 60))}\`, expected an object id`);
  if (!target.startsWith("refs/") || !isRefName(target))
    throw broken(name, `leads to \`${printable(target)}\``);
  return { target };
}

function looseNames(commonDir: string, top: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(commonDir, top), { withFileTypes: true });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
  return entries.flatMap((entry) =>
    entry.isDirectory() ? looseNames(commonDir, `${top}${entry.name}/`) : [top + entry.name],
  );
}

function broken(name: string, what: string): MirrorError {
  return new MirrorError("bad-ref", `ref \`${printable(name)}\` ${what}`, { data: { ref: name } });
}
