import { randomUUID } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";

/** What stands at a path of a work tree. A link, a directory, anything below a file or a link is `other`. */
export type WorkFile =
  | { readonly kind: "absent" }
  | { readonly kind: "file"; readonly data: Uint8Array }
  | { readonly kind: "other" };

/** Looks at `path` below `root` without following a link anywhere between; `limit` in bytes, beyond it is `other`. */
export function lookAt(root: string, path: string, limit: number): WorkFile {
  const segments = path.split("/");
  for (let length = 1; length < segments.length; length += 1) {
    const stats = statsOf(join(root, ...segments.slice(0, length)));
    if (stats === null) return { kind: "absent" };
    if (!stats.isDirectory()) return { kind: "other" };
  }
  const leaf = join(root, ...segments);
  const stats = statsOf(leaf);
  if (stats === null) return { kind: "absent" };
  if (!stats.isFile() || stats.size > limit) return { kind: "other" };
  return { kind: "file", data: readFileSync(leaf) };
}

/** Files that are written beside their places and not there yet. */
export interface StagedFiles {
  /** Moves them all to their places. */
  commit(): void;
  /** Takes away what was written and what was not moved, and the directories made for it. */
  discard(): void;
}

/**
 * Writes files beside their places below `root` (a real path). Throws `work-tree-conflict` where a place is behind a
 * link, and system errors; then it took all away again.
 */
export function stageFiles(root: string, files: ReadonlyMap<string, Uint8Array>): StagedFiles {
  const made: string[] = [];
  const staged = new Map<string, string>();
  const discard = (): void => {
    for (const temporary of staged.keys()) rmSync(temporary, { force: true });
    for (const directory of made.reverse()) removeIfEmpty(directory);
  };
  try {
    for (const [path, data] of files) {
      const target = join(root, path);
      makeDirectories(root, dirname(path), made);
      refuseLinks(root, path);
      const temporary = join(dirname(target), `.${randomUUID()}.tmp`);
      staged.set(temporary, target);
      writeFileSync(temporary, data, { flag: "wx" });
    }
  } catch (error) {
    discard();
    throw error;
  }
  const commit = (): void => {
    for (const [temporary, target] of staged) renameSync(temporary, target);
    staged.clear();
    made.length = 0;
  };
  return { commit, discard };
}

/** Removes a file below `root`, and the directories above it that are empty then. A file that is gone is fine. */
export function removeFile(root: string, path: string): void {
  rmSync(join(root, path), { force: true });
  for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
    if (!removeIfEmpty(join(root, parent))) return;
  }
}

/** Between looking and writing, somebody may have put a link where a directory was. */
function refuseLinks(root: string, path: string): void {
  const directory = join(root, dirname(path));
  if (realpathSync(directory) === directory) return;
  throw new MirrorError("work-tree-conflict", `\`${directory}\` is behind a symbolic link`, {
    data: { paths: [path] },
    hint: "make it a plain directory",
  });
}

function makeDirectories(root: string, path: string, made: string[]): void {
  if (path === "." || statsOf(join(root, path)) !== null) return;
  makeDirectories(root, dirname(path), made);
  mkdirSync(join(root, path));
  made.push(join(root, path));
}

function removeIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOENT") return code === "ENOENT";
    throw error;
  }
}

function statsOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
