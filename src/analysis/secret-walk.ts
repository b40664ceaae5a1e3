import { join, relative } from "node:path/posix";
import ignore, { type Ignore } from "ignore";
import { limits } from "../base/limits.ts";
import { isUnder } from "../model/places.ts";
import { combineRisks } from "../model/risk.ts";
import { risk } from "./path-risk.ts";
import { pathEffects } from "./paths.ts";
import { looksSecret } from "./secrets.ts";
import type { EffectDraft, Surroundings } from "./understanding.ts";
import { globMatches } from "./wildcards.ts";

/** Which files of a tree a program reads. */
export interface Reading {
  /** Whether it leaves out what `.gitignore` files name. */
  readonly honoursIgnore: boolean;
  /** Whether it looks at names with a leading dot. */
  readonly hidden: boolean;
  /** Shell pattern for the last segment; null: every name. */
  readonly name: string | null;
}

interface SecretWalk {
  /** Absolute paths of files that look like secrets. */
  readonly secrets: readonly string[];
  /** False where the tree has more entries than may be listed. */
  readonly complete: boolean;
}

/** Secrets of one tree that are named one by one. */
const namedSecrets = 100;

/**
 * Gives what reading all of a tree means: its own effect, and one for each file in it that looks like a secret.
 * Past the number of entries that may be listed the tree is opaque. Effects on anything but a tree stay alone.
 */
export function treeReadEffects(
  effect: EffectDraft,
  reading: Reading,
  surroundings: Surroundings,
): EffectDraft[] {
  const place = effect.resource;
  if (place.kind !== "path" || place.shape !== "tree") return [effect];
  const { secrets, complete } = walkSecrets(place.path, reading, surroundings);
  const named = secrets
    .slice(0, namedSecrets)
    .flatMap((path) => pathEffects("fs.read", path, null, surroundings));
  const whole = complete && secrets.length <= namedSecrets;
  if (whole) return [effect, ...named];
  const reason = `\`${place.path}\` holds more than mirror looks through`;
  const unsure = {
    opaque: [...effect.opaque, reason],
    risk: combineRisks([effect.risk, risk("medium", "opaque")]),
  };
  return [{ ...effect, ...unsure }, ...named];
}

const skipped: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** One `.gitignore` in force, and the directory its patterns start at. */
interface IgnoreFile {
  readonly directory: string;
  readonly rules: Ignore;
}

/**
 * Finds the files below `root` that look like secrets and that the program would read. Does not follow links
 * or go into `.git` and `node_modules`. Finds nothing where the machine cannot be asked.
 */
function walkSecrets(root: string, reading: Reading, surroundings: Surroundings): SecretWalk {
  const secrets: string[] = [];
  const queue: { directory: string; ignores: readonly IgnoreFile[] }[] = [
    { directory: root, ignores: reading.honoursIgnore ? ignoresAbove(root, surroundings) : [] },
  ];
  let seen = 0;
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const entries = surroundings.world.list(next.directory);
    if (entries === null) continue;
    seen += entries.length;
    if (seen > limits.listedEntries) return { secrets, complete: false };
    const ignores = reading.honoursIgnore ? withIgnoreFile(next.directory, next.ignores, surroundings) : [];
    for (const entry of entries) {
      if (entry.name.startsWith(".") && !reading.hidden) continue;
      const path = join(next.directory, entry.name);
      const directory = entry.kind === "directory";
      if (directory && skipped.has(entry.name)) continue;
      const candidate =
        directory || (looksSecret(path) && (reading.name === null || globMatches(reading.name, entry.name)));
      if (!candidate || isIgnored(path, directory, ignores)) continue;
      if (directory) queue.push({ directory: path, ignores });
      else secrets.push(path);
    }
  }
  return { secrets: secrets.sort(), complete: true };
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
