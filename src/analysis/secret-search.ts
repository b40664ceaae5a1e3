import { basename, join, relative } from "node:path/posix";
import ignore, { type Ignore } from "ignore";
import { limits } from "../base/limits.ts";
import { isUnder } from "../model/places.ts";
import { regionOf } from "./path-risk.ts";
import { looksSecret, mayLookSecret } from "./secrets.ts";
import type { Surroundings } from "./understanding.ts";
import { globMatches } from "./wildcards.ts";
import type { DirectoryEntry } from "./world.ts";

/** Which files of a tree a program reads. */
export interface Reading {
  /** Whether it leaves out what `.gitignore` files name. */
  readonly honoursIgnore: boolean;
  /** Whether it looks at names with a leading dot. */
  readonly hidden: boolean;
  /** Shell pattern for the last segment; null: every name. */
  readonly name: string | null;
  /** Whether it follows links although it honours `.gitignore`. */
  readonly followsLinks?: boolean;
  /** Whether `name` also names directories, of which everything is read. */
  readonly namesDirectories?: boolean;
}

/** A link that leads to a secret, or out of the repository. */
interface FoundLink {
  readonly path: string;
  readonly shape: "exact" | "tree";
}

/** What a walk found in one tree. */
export interface SecretWalk {
  /** Absolute paths of files that look like secrets. */
  readonly secrets: readonly string[];
  readonly links: readonly FoundLink[];
  /** False where the tree has more entries than may be listed. */
  readonly complete: boolean;
}

const skipped: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** One `.gitignore` in force, and the directory its patterns start at. */
interface IgnoreFile {
  readonly directory: string;
  readonly rules: Ignore;
}

interface Visit {
  readonly directory: string;
  readonly ignores: readonly IgnoreFile[];
  /** Whether it, or one above it, is a directory that was named. */
  readonly named: boolean;
}

/**
 * Finds the files below `root` that look like secrets and that the program would read, and the links that lead
 * to secrets or out of the repository: whether a program follows links is not asked. Does not go into `.git`
 * and `node_modules`. Finds nothing where the machine cannot be asked.
 */
export function walkSecrets(root: string, reading: Reading, surroundings: Surroundings): SecretWalk {
  const secrets: string[] = [];
  const links: FoundLink[] = [];
  const queue: Visit[] = [
    {
      directory: root,
      ignores: reading.honoursIgnore ? ignoresAbove(root, surroundings) : [],
      named: reading.namesDirectories === true && isNamed(basename(root), reading),
    },
  ];
  const linked = new Set<string>();
  let seen = 0;
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const entries = surroundings.world.list(next.directory);
    if (entries === null) continue;
    seen += entries.length;
    if (seen > limits.listedEntries) return { secrets, links, complete: false };
    const ignores = reading.honoursIgnore ? withIgnoreFile(next.directory, next.ignores, surroundings) : [];
    for (const entry of entries) {
      const path = join(next.directory, entry.name);
      if (!isRead(path, entry, reading, ignores)) continue;
      const hit = next.named || isNamed(entry.name, reading);
      const named = next.named || (reading.namesDirectories === true && hit);
      if (entry.kind === "directory") queue.push({ directory: path, ignores, named });
      else if (looksSecret(path) && hit) secrets.push(path);
      else if (entry.kind === "link") {
        const found = followLink(path, root, named ? { ...reading, name: null } : reading, surroundings);
        if (found === null) continue;
        if (found.kind === "inside") {
          if (!linked.has(found.directory)) queue.push({ directory: found.directory, ignores: [], named });
          linked.add(found.directory);
        } else if (found.shape === "tree" || hit) links.push({ path, shape: found.shape });
      }
    }
  }
  return { secrets: [...new Set(secrets)].sort(), links, complete: true };
}

function isRead(
  path: string,
  entry: DirectoryEntry,
  reading: Reading,
  ignores: readonly IgnoreFile[],
): boolean {
  if (entry.name.startsWith(".") && !reading.hidden) return false;
  const directory = entry.kind === "directory";
  if (directory && skipped.has(entry.name)) return false;
  if (!directory && entry.kind !== "link" && !looksSecret(path)) return false;
  return !isIgnored(path, directory, ignores);
}

/** Programs that take patterns let `*` match a leading dot, other than shells: so does this. */
function isNamed(name: string, reading: Reading): boolean {
  return reading.name === null || globMatches(`x${reading.name}`, `x${name}`);
}

type Followed =
  | { readonly kind: "away"; readonly shape: "exact" | "tree" }
  /** A directory of the repository that the walk would not come to by itself. */
  | { readonly kind: "inside"; readonly directory: string };

/** Tells where a link leads, if that matters. Plain files of the system (`/usr/bin/python3`) do not. */
function followLink(
  path: string,
  root: string,
  reading: Reading,
  surroundings: Surroundings,
): Followed | null {
  const { world, places } = surroundings;
  const target = world.realPath(path);
  if (target === null || target === path) return null;
  const directory = world.list(target) !== null;
  if (looksSecret(target)) return { kind: "away", shape: directory ? "tree" : "exact" };
  const wide = directory && isUnder(places.home, target);
  if (wide) return { kind: "away", shape: "tree" };
  // git, and by itself all else that honours `.gitignore`, does not follow links: only the worst ones count.
  if (reading.honoursIgnore && reading.followsLinks !== true) return null;
  const region = regionOf(target, places);
  if (region === "repository") {
    const walked = isUnder(target, root) || skipped.has(basename(target));
    return directory && !walked ? { kind: "inside", directory: target } : null;
  }
  if (region === "system" && !directory) return null;
  // What is narrowed to names that are no secret's finds none elsewhere either.
  if (directory && reading.name !== null && !mayLookSecret(join(target, reading.name))) return null;
  return { kind: "away", shape: directory ? "tree" : "exact" };
}

/** The `.gitignore` files between the repository's root and `directory`, without its own. */
function ignoresAbove(directory: string, surroundings: Surroundings): IgnoreFile[] {
  const root = surroundings.places.repo.find((one) => isUnder(directory, one));
  if (root === undefined || root === directory) return [];
  let ignores: IgnoreFile[] = [];
  let at = root;
  for (const segment of relative(root, directory).split("/")) {
    ignores = withIgnoreFile(at, ignores, surroundings);
    at = join(at, segment);
  }
  return ignores;
}

function withIgnoreFile(
  directory: string,
  above: readonly IgnoreFile[],
  surroundings: Surroundings,
): IgnoreFile[] {
  const text = surroundings.world.readText(join(directory, ".gitignore"), limits.document);
  if (text === null) return [...above];
  return [...above, { directory, rules: ignore({ allowRelativePaths: true }).add(text) }];
}

/** The innermost file that says something decides. */
function isIgnored(path: string, directory: boolean, ignores: readonly IgnoreFile[]): boolean {
  let ignored = false;
  for (const { directory: base, rules } of ignores) {
    const result = rules.test(relative(base, path) + (directory ? "/" : ""));
    if (result.ignored) ignored = true;
    else if (result.unignored) ignored = false;
  }
  return ignored;
}
