import { createHash } from "node:crypto";
import type { GitObject } from "../model/git.ts";

// A segment of the journal is a row of frames. Each is one group commit: what was written by one write and made
// durable by one fdatasync. So at most the last frame of a segment can be torn, and a bad frame with a good one
// after it was damaged later. Behind the last one zeros may stand, which a file has for what comes next.
//
//   frame:   magic (4 bytes) | length of the payload (4, big-endian) | SHA-256 of the payload (32) | payload
//   payload: records
//   record:  sequence number (4) | count of objects (4) | objects; the commit is the last, the receipt the first
//   object:  type (1 byte: git's pack number) | length (4) | bytes as git hashes them, without header

const magic = Buffer.from("\x00MJ\x01", "latin1");
const headerLength = 40;
const typeNumbers = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;
const typeNames: ReadonlyMap<number, GitObject["type"]> = new Map(
  Object.entries(typeNumbers).map(([name, number]) => [number, name as GitObject["type"]]),
);

/** What one append adds to git. */
export interface JournalRecord {
  readonly seq: number;
  /** The receipt's blob first, its commit last. */
  readonly objects: readonly GitObject[];
}

/** What the bytes of a segment hold. */
export interface ReadSegment {
  readonly records: readonly JournalRecord[];
  /** Bytes of good frames from the start. */
  readonly good: number;
  /** What follows them: nothing, a frame that was never whole, or damage before frames that were. */
  readonly end: "whole" | "torn" | "damaged";
}

/** Writes one record. */
export function encodeRecord(record: JournalRecord): Buffer {
  const parts: Uint8Array[] = [numbers(record.seq, record.objects.length)];
  for (const { type, data } of record.objects) {
    parts.push(Buffer.from([typeNumbers[type]]), numbers(data.length), data);
  }
  return Buffer.concat(parts);
}

/** Writes a frame around encoded records. */
export function encodeFrame(records: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat(records);
  return Buffer.concat([magic, numbers(payload.length), digest(payload), payload]);
}

/** Reads the bytes of a segment. Never throws for what is in them. */
export function readSegment(bytes: Buffer): ReadSegment {
  const records: JournalRecord[] = [];
  let good = 0;
  while (good < bytes.length) {
    const payload = payloadAt(bytes, good);
    const found = payload === null ? null : readRecords(payload);
    if (payload === null || found === null) {
      if (bytes.subarray(good).every((byte) => byte === 0)) break;
      return { records, good, end: hasFrameAfter(bytes, good) ? "damaged" : "torn" };
    }
    records.push(...found);
    good += headerLength + payload.length;
  }
  return { records, good, end: "whole" };
}

function payloadAt(bytes: Buffer, at: number): Buffer | null {
  if (at + headerLength > bytes.length || !magic.equals(bytes.subarray(at, at + 4))) return null;
  const end = at + headerLength + bytes.readUInt32BE(at + 4);
  if (end > bytes.length) return null;
  const payload = bytes.subarray(at + headerLength, end);
  return digest(payload).equals(bytes.subarray(at + 8, at + headerLength)) ? payload : null;
}

function hasFrameAfter(bytes: Buffer, at: number): boolean {
  for (let next = bytes.indexOf(magic, at + 1); next >= 0; next = bytes.indexOf(magic, next + 1)) {
    if (payloadAt(bytes, next) !== null) return true;
  }
  return false;
}

function readRecords(payload: Buffer): JournalRecord[] | null {
  const records: JournalRecord[] = [];
  let at = 0;
  while (at < payload.length) {
    if (at + 8 > payload.length) return null;
    const seq = payload.readUInt32BE(at);
    const count = payload.readUInt32BE(at + 4);
    const objects: GitObject[] = [];
    at += 8;
    for (let index = 0; index < count; index += 1) {
      if (at + 5 > payload.length) return null;
      const type = typeNames.get(payload.readUInt8(at));
      const end = at + 5 + payload.readUInt32BE(at + 1);
      if (type === undefined || end > payload.length) return null;
      objects.push({ type, data: payload.subarray(at + 5, end) });
      at = end;
    }
    records.push({ seq, objects });
  }
  return records;
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

function digest(payload: Uint8Array): Buffer {
  return createHash("sha256").update(payload).digest();
}
