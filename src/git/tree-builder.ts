import { gitObjectId } from "../base/digest.ts";
import type { GitObject, TreeEntry } from "../model/git.ts";
import { directoryMode, encodeTree, fileMode } from "./tree.ts";

/** A tree that was made, and the objects it consists of (itself the last). */
export interface WrittenTree {
  readonly tree: string;
  readonly objects: readonly GitObject[];
}

type Directory = Map<string, Uint8Array | Directory>;

/**
 * Makes the tree that holds `files` (by path, `/` between segments) and, at its top, `entries` as they are.
 * Throws TypeError for paths that cannot stand beside each other or in a tree.
 */
export function buildTree(
  files: ReadonlyMap<string, Uint8Array>,
  entries: readonly TreeEntry[],
): WrittenTree {
  const top: Directory = new Map();
  for (const [path, data] of files) place(top, path, data);
  const objects = new Map<string, GitObject>();
  const tree = write(top, entries, objects);
  return { tree, objects: [...objects.values()] };
}

function place(top: Directory, path: string, data: Uint8Array): void {
  const segments = path.split("/");
  const name = segments.pop() ?? "";
  let directory = top;
  for (const segment of segments) {
    const next = directory.get(segment) ?? new Map();
    if (next instanceof Uint8Array) throw new TypeError(`\`${path}\` lies below a file`);
    directory.set(segment, next);
    directory = next;
  }
  if (directory.has(name)) throw new TypeError(`\`${path}\` is a directory, too`);
  directory.set(name, data);
}

function write(directory: Directory, more: readonly TreeEntry[], objects: Map<string, GitObject>): string {
  const entries = [...more];
  for (const [name, content] of directory) {
    const isFile = content instanceof Uint8Array;
    const id = isFile ? add({ type: "blob", data: content }, objects) : write(content, [], objects);
    entries.push({ mode: isFile ? fileMode : directoryMode, name, id });
  }
  return add({ type: "tree", data: encodeTree(entries) }, objects);
}

function add(object: GitObject, objects: Map<string, GitObject>): string {
  const id = gitObjectId(object.type, object.data);
  // A tree that equals an earlier one still comes after what it holds.
  objects.delete(id);
  objects.set(id, object);
  return id;
}
