import { MirrorError } from "../base/errors.ts";
import type { TreeEntry } from "../model/git.ts";

/** One entry of a tree as its bytes stand. */
export interface RawTreeEntry {
  /** As it stands: old trees also have `100664` or a leading zero. */
  readonly mode: string;
  /** Git gives names no encoding. */
  readonly name: Buffer;
  /** 40 hex digits. */
  readonly id: string;
  /** All of the entry: mode, name and id. */
  readonly bytes: Buffer;
}

/** The mode of a directory. */
export const directoryMode = "40000";
/** The mode of a plain file. */
export const fileMode = "100644";

/** Takes a tree object apart, whatever its names and modes. Throws `corrupt-object` where it is no tree. */
export function readRawTree(data: Uint8Array): RawTreeEntry[] {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const entries: RawTreeEntry[] = [];
  let start = 0;
  while (start < buffer.length) {
    const space = buffer.indexOf(0x20, start);
    const zero = buffer.indexOf(0, start);
    const end = zero + 21;
    const mode = space === -1 ? "" : buffer.toString("latin1", start, space);
    if (!/^[0-7]{5,6}$/.test(mode) || zero <= space + 1 || end > buffer.length) {
      throw malformed(`entry ${entries.length + 1} is cut off or malformed`);
    }
    entries.push({
      mode,
      name: buffer.subarray(space + 1, zero),
      id: buffer.toString("hex", zero + 1, end),
      bytes: buffer.subarray(start, end),
    });
    start = end;
  }
  return entries;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const modes: readonly string[] = [directoryMode, fileMode, "100755", "120000", "160000"];

/**
 * Takes a tree object apart, strictly: modes that git writes today, names that are UTF-8 and may stand in a
 * directory, in git's order, each once. Throws `corrupt-object`.
 */
export function parseTree(data: Uint8Array): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const names = new Set<string>();
  for (const { mode, name: bytes, id } of readRawTree(data)) {
    const name = decodeName(bytes);
    if (!modes.includes(mode)) throw malformed(`\`${name}\` has mode \`${mode}\``);
    const before = entries.at(-1);
    const entry = { mode, name, id };
    if (before !== undefined && Buffer.compare(sortKey(before), sortKey(entry)) >= 0) {
      throw malformed(`\`${name}\` is not in git's order`);
    }
    if (names.has(name)) throw malformed(`\`${name}\` is there twice`);
    names.add(name);
    entries.push(entry);
  }
  return entries;
}

/** Writes a tree object with the entries in git's order. Throws TypeError for what no tree may hold. */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  const names = new Set<string>();
  for (const { mode, name, id } of entries) {
    if (!modes.includes(mode)) throw new TypeError(`a tree cannot hold mode \`${mode}\``);
    if (!isPlainName(name) || names.has(name)) throw new TypeError(`a tree cannot hold the name \`${name}\``);
    if (!/^[0-9a-f]{40}$/.test(id)) throw new TypeError(`a tree cannot hold the id \`${id}\``);
    names.add(name);
  }
  const keyed = entries.map((entry) => ({ key: sortKey(entry), entry }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(keyed.map(({ entry }) => encodeEntry(entry)));
}

/** Writes one entry. */
export function encodeEntry(entry: TreeEntry): Buffer {
  return Buffer.concat([Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.id, "hex")]);
}

/** Gives what git sorts an entry by: its name, with a slash after it if it is a directory. */
export function sortKey(entry: { readonly mode: string; readonly name: string | Buffer }): Buffer {
  const name = typeof entry.name === "string" ? Buffer.from(entry.name) : entry.name;
  const isDirectory = entry.mode === directoryMode || entry.mode === `0${directoryMode}`;
  return isDirectory ? Buffer.concat([name, Buffer.from("/")]) : name;
}

function decodeName(bytes: Buffer): string {
  let name: string;
  try {
    name = utf8.decode(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw malformed(`the name \`${bytes.toString("latin1")}\` is not UTF-8`);
  }
  if (!isPlainName(name)) throw malformed(`\`${name}\` is no name for an entry`);
  return name;
}

function isPlainName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) return false;
  // A lone surrogate has no UTF-8: two names would become one.
  return Buffer.from(name).toString() === name;
}

function malformed(what: string): MirrorError {
  return new MirrorError("corrupt-object", `malformed tree: ${what}`);
}
