import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { gitObjectId } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import type { GitObject } from "../model/git.ts";

const typeNumbers = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;

/** Objects by id, each once, in the order of their ids. */
export function objectsById(objects: readonly GitObject[]): ReadonlyMap<string, GitObject> {
  const pairs = objects.map((object) => [gitObjectId(object.type, object.data), object] as const);
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b))));
}

/** Objects that are deflated before whoever waits has a turn: some 0.3 ms. */
const atOnce = 32;

/** Writes a git pack, version 2, without deltas. A gate answers calls meanwhile. */
export async function encodePack(objects: ReadonlyMap<string, GitObject>): Promise<Buffer> {
  const header = Buffer.alloc(12);
  header.write("PACK");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.size, 8);
  const parts: Uint8Array[] = [header];
  for (const { type, data } of objects.values()) {
    // Else each of these few bytes has 16 KB of its own, and collecting them is more work than deflating.
    const chunkSize = data.length + 64;
    parts.push(entryHeader(typeNumbers[type], data.length), deflateSync(data, { chunkSize }));
    if (parts.length % (2 * atOnce) === 1) await turn();
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

/** Type in bits 4 to 6 of the first byte; the size in its low four bits, then seven bits a byte, low ones first. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let current = (type << 4) | (size & 0x0f);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(current | 0x80);
    current = rest & 0x7f;
  }
  return Buffer.from([...bytes, current]);
}

/** Tells that what was read back from a pack is what was put into it. Throws `internal` if not. */
export function checkPacked(objects: ReadonlyMap<string, GitObject>, found: readonly string[]): void {
  const same = found.length === objects.size && found.every((id) => objects.has(id));
  if (same) return;
  throw new MirrorError("internal", `a pack of ${objects.size} objects reads back as ${found.length} others`);
}
