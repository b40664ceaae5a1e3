import type { Word } from "../../model/command.ts";
import { isUnder } from "../../model/places.ts";
import { pathEffects } from "../paths.ts";
import { treeReadEffects } from "../secret-walk.ts";
import { mayLookSecret } from "../secrets.ts";
import { hasWildcard } from "../wildcards.ts";
import { dropStart, isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";

/** The top of the work tree git works in; the current directory where mirror knows none. */
export function workTreeOf(doing: Doing): string {
  const { cwd } = doing;
  return doing.surroundings.places.repo.find((root) => cwd !== null && isUnder(cwd, root)) ?? ".";
}

/** The path a pathspec names, without magic (`:/x`, `:(top)x`); null for one that only leaves out (`:!x`). */
export function pathOfPathspec(word: Word, doing: Doing): Word | null {
  const start = knownStart(word);
  if (/^:[!^]|^:\(.*exclude/.test(start)) return null;
  const magic = /^:(\([^)]*\)|\/)/.exec(start)?.[0];
  if (magic === undefined) return word;
  const path = dropStart(word, magic.length);
  const top = magic === ":/" || magic.includes("top");
  if (isOpen(path)) return path;
  const root = top ? workTreeOf(doing) : ".";
  return path === "" ? root : `${root}/${path}`;
}

/**
 * Reads each file that looks like a secret among those a pathspec names with all below. Of the tree itself
 * nothing is said, unless it holds too much to be looked through. `ignored`: files that `.gitignore` names, too.
 */
export function readSecretsBelow(word: Word, { ignored }: { readonly ignored: boolean }, doing: Doing): void {
  const path = pathOfPathspec(word, doing);
  if (path === null || path === "") return;
  const { root, name } = isOpen(path) ? { root: path, name: null } : startOfPattern(path);
  const reading = { honoursIgnore: !ignored, hidden: true, name };
  for (const effect of pathEffects("fs.read", root, doing.cwd, doing.surroundings, "tree")) {
    const [whole, ...secrets] = treeReadEffects(effect, reading, doing.surroundings);
    if (whole !== undefined && whole.opaque.length > 0) doing.effects.push(whole);
    doing.effects.push(...secrets);
  }
}

/** git reads wildcards itself, and `*` of it crosses `/`: the directory before the first one, and the last name. */
function startOfPattern(path: string): { root: string; name: string | null } {
  if (!hasWildcard(path)) return { root: path, name: null };
  const segments = path.split("/");
  const first = segments.findIndex(hasWildcard);
  const last = segments.at(-1) ?? "*";
  const root = segments.slice(0, first).join("/");
  // To git, unlike to the shell, a wildcard matches a leading dot.
  const any = /^(\*+$|[?[])/.test(last) || mayLookSecret(`/${last}`);
  return { root: root === "" ? (path.startsWith("/") ? "/" : ".") : root, name: any ? null : last };
}
