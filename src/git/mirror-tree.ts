import { gitObjectId } from "../base/digest.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { limits } from "../base/limits.ts";
import type { GitObject } from "../model/git.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { ObjectReader } from "./objects.ts";
import {
  directoryMode,
  encodeEntry,
  fileMode,
  parseTree,
  type RawTreeEntry,
  readRawTree,
  sortKey,
} from "./tree.ts";
import { buildTree, type WrittenTree } from "./tree-builder.ts";

/** The directory that holds the policy set and the memory. */
export const mirrorName = ".mirror";
/** The directory below it that holds facts, which are no part of the policy set. */
export const memoryName = "memory";

const deepest = 8;

/** A policy set as it stands in a commit's tree. */
export interface MirrorTree {
  readonly files: PolicySetFiles;
  /** Id of the `.mirror` tree (with `memory/`): the same id is the same policy set. */
  readonly id: string;
}

/**
 * Reads the policy set from a root tree; null where there is no `.mirror`. Throws `invalid-policy-set` for what
 * it may not hold (TRUST P1) and beyond the limits, and what the reader throws.
 */
export async function readMirrorTree(reader: ObjectReader, treeId: string): Promise<MirrorTree | null> {
  const entry = mirrorEntry(await entriesOf(reader, treeId, readRawTree));
  if (entry === null) return null;
  const known = recent.get(reader)?.get(entry.id);
  if (known !== undefined) return known;
  const files = new Map<string, Uint8Array>();
  await readDirectory(reader, { id: entry.id, path: "", depth: 1 }, { files, entries: 0, bytes: 0 });
  const found = { files, id: entry.id };
  remember(reader, found);
  return found;
}

/**
 * Makes the tree that a root tree (null: an empty one) becomes when its policy set is `files`: all else, also
 * `.mirror/memory`, stays as it is to the byte. Gives the new tree's id and the objects that it may need.
 */
export async function withMirrorFiles(
  reader: ObjectReader,
  rootTreeId: string | null,
  files: PolicySetFiles,
): Promise<WrittenTree> {
  const root = rootTreeId === null ? [] : await entriesOf(reader, rootTreeId, readRawTree);
  const old = mirrorEntry(root);
  const memory =
    old === null
      ? []
      : (await entriesOf(reader, old.id, parseTree)).filter((entry) => entry.name === memoryName);
  const mirror = buildTree(files, memory);
  const others = root.filter((entry) => entry !== old);
  const replaced =
    files.size + memory.length === 0 ? others : insertDirectory(others, mirrorName, mirror.tree);
  const data = Buffer.concat(replaced.map((entry) => entry.bytes));
  return { tree: gitObjectId("tree", data), objects: [...mirror.objects, { type: "tree", data }] };
}

/** Makes the tree of a policy set alone. */
export function policySetTree(files: PolicySetFiles): WrittenTree {
  return buildTree(files, []);
}

/**
 * Takes apart a tree that somebody may have made by hand. What is malformed and hashes to its id is no damage here: it is
 * a policy set that nobody can have, and whoever made a commit of it must not stop everybody else.
 */
async function entriesOf<E>(
  reader: ObjectReader,
  id: string,
  parse: (data: Uint8Array) => readonly E[],
): Promise<readonly E[]> {
  const { data } = await readOf(reader, "tree", id);
  try {
    return parse(data);
  } catch (error) {
    if (!isMirrorError(error, "corrupt-object")) throw error;
    throw refused(`the tree ${id}, a ${error.message}`, "what git writes");
  }
}

async function readOf(reader: ObjectReader, type: GitObject["type"], id: string): Promise<GitObject> {
  const object = await reader.read(id);
  if (object.type === type) return object;
  throw refused(`the ${object.type} ${id} in place of a ${type}`, "what git writes");
}

/** Gives the root's `.mirror` directory; refuses anything else that is or could become `.mirror`. */
function mirrorEntry(root: readonly RawTreeEntry[]): RawTreeEntry | null {
  let found: RawTreeEntry | null = null;
  for (const entry of root) {
    const name = entry.name.toString("utf8");
    if (!isTwin(name)) continue;
    if (name !== mirrorName || found !== null) {
      throw refused(
        `\`${printable(name)}\` beside it`,
        `one \`${mirrorName}\`, and no name that a file system may take for it`,
      );
    }
    if (entry.mode !== directoryMode)
      throw refused(`\`${mirrorName}\` with mode \`${entry.mode}\``, "a directory");
    found = entry;
  }
  return found;
}

/**
 * Tells whether a file system may take `name` for `.mirror`: some fold case, some normalise (NFC, NFD), some
 * skip characters that show nothing or drop dots and blanks at the end. NFKC goes further than any of them, which
 * refuses a little more.
 */
function isTwin(name: string): boolean {
  const plain = name
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .normalize("NFKC")
    .replace(/[. ]+$/, "");
  return plain.toLowerCase() === mirrorName || plain.toUpperCase() === mirrorName.toUpperCase();
}

interface Directory {
  readonly id: string;
  /** Below `.mirror/`, with a slash at the end; empty for `.mirror` itself. */
  readonly path: string;
  readonly depth: number;
}

interface Reading {
  readonly files: Map<string, Uint8Array>;
  entries: number;
  bytes: number;
}

async function readDirectory(reader: ObjectReader, directory: Directory, reading: Reading): Promise<void> {
  if (directory.depth > deepest) throw refused("a deeper directory", `at most ${deepest} levels`);
  for (const { mode, name, id } of await entriesOf(reader, directory.id, parseTree)) {
    const path = directory.path + name;
    reading.entries += 1;
    if (reading.entries > limits.policySetFiles)
      throw refused("more entries", `at most ${limits.policySetFiles}`);
    if (path === memoryName && mode === directoryMode) continue;
    if (path === memoryName) throw refused(`\`${path}\` with mode \`${mode}\``, "a directory");
    if (mode === directoryMode) {
      await readDirectory(reader, { id, path: `${path}/`, depth: directory.depth + 1 }, reading);
    } else if (mode === fileMode) {
      await readFile(reader, id, path, reading);
    } else {
      throw refused(`\`${printable(path)}\`, ${kindOf(mode)}`, "only directories and plain files");
    }
  }
}

// One after the other: the sizes are known only when the bytes are there, and must not add up unseen.
async function readFile(reader: ObjectReader, id: string, path: string, reading: Reading): Promise<void> {
  const { data } = await readOf(reader, "blob", id);
  if (data.length > limits.document) {
    throw refused(`\`${printable(path)}\` with ${data.length} bytes`, `at most ${limits.document}`);
  }
  reading.bytes += data.length;
  if (reading.bytes > limits.policySetBytes) throw refused("more bytes", `at most ${limits.policySetBytes}`);
  reading.files.set(path, data);
}

function kindOf(mode: string): string {
  if (mode === "120000") return "a symbolic link";
  return mode === "160000" ? "a submodule" : "an executable file";
}

function refused(found: string, expected: string): MirrorError {
  return new MirrorError("invalid-policy-set", `\`${mirrorName}\` holds ${found}, expected ${expected}`);
}

function insertDirectory(root: readonly RawTreeEntry[], name: string, id: string): RawTreeEntry[] {
  const entry = { mode: directoryMode, name, id };
  const key = sortKey(entry);
  const place = root.findIndex((other) => Buffer.compare(sortKey(other), key) > 0);
  const raw = { ...entry, name: Buffer.from(name), bytes: encodeEntry(entry) };
  return root.toSpliced(place === -1 ? root.length : place, 0, raw);
}

// A walk meets the same policy set in thousands of commits.
const mostRecent = 32;
const recent = new WeakMap<ObjectReader, Map<string, MirrorTree>>();

function remember(reader: ObjectReader, tree: MirrorTree): void {
  const known = recent.get(reader) ?? new Map<string, MirrorTree>();
  recent.set(reader, known);
  known.set(tree.id, tree);
  for (const id of known.keys()) {
    if (known.size <= mostRecent) break;
    known.delete(id);
  }
}
