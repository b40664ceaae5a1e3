import { withoutMarks } from "../analysis/secret-text.ts";
import type { Effect, PathResource } from "../model/effect.ts";

/** The literal parts of a path that may hold anything between them, in order. */
export type PathName = readonly string[];

/** What a pattern leaves open. Where a class ends is not looked at closely: from the first to the last bracket. */
const anything = /\[.*\]|[*?\\]+/s;

/**
 * Gives the paths that a resource names, its real one too; none for `unknown`, which names nothing. Anything may stand
 * for a wildcard and for a redaction mark: naming too much asks once too often, naming too little is a way through.
 */
export function pathNames({ shape, path, real }: PathResource): PathName[] {
  if (shape === "unknown") return [];
  const texts = real === null ? [path] : [path, real];
  return texts.map((text) => {
    const known = withoutMarks(text.toLowerCase());
    return shape === "glob" ? known.join("*").split(anything) : known;
  });
}

/** Gives the paths that effects write or delete. */
export function writtenNames(effects: readonly Effect[]): PathName[] {
  return effects.flatMap(({ action, resource }) =>
    (action === "fs.write" || action === "fs.delete") && resource.kind === "path" ? pathNames(resource) : [],
  );
}

/** Tells whether one of the names is a file's: by its path, or by its real one (null: not known). */
export function isNamedBy(path: string, real: string | null, names: readonly PathName[]): boolean {
  return names.some((name) => isNamed(path, name) || (real !== null && isNamed(real, name)));
}

/** Tells whether a name is that of a file or of a directory above it: who replaces the directory replaces the file. */
export function isNamed(file: string, name: PathName): boolean {
  const text = file.toLowerCase();
  const [first = "", ...rest] = name;
  if (!text.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return endsAt(text, first.length);
  let from = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  for (let found = text.indexOf(last, from); found >= 0; found = text.indexOf(last, found + 1)) {
    if (last === "" || endsAt(text, found + last.length)) return true;
  }
  return false;
}

/** Tells whether a path's segment ends there, so that what comes behind lies below. */
function endsAt(text: string, at: number): boolean {
  return at === text.length || text[at] === "/" || text[at - 1] === "/";
}
