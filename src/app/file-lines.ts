import type { FileHandle } from "node:fs/promises";

/** The longest line that is looked at, in bytes: reading one as JSON may take a tenth of a microsecond a byte. */
const longestLine = 2_097_152;
const chunk = 1_048_576;
const newline = 10;
const none = Buffer.alloc(0);

/** How far a file was read: to the end of a line, or into one that is too long to be looked at. */
export interface LinePlace {
  readonly at: number;
  readonly isRest: boolean;
}

/** A line that has ended, or (`isRest`) a piece of one that is too long. */
export interface Line extends LinePlace {
  /** Null: it was too long. */
  readonly text: string | null;
}

/** What one piece of a file holds. */
export interface Lines {
  /** But for empty ones. */
  readonly lines: readonly Line[];
  /** Bytes. */
  readonly size: number;
  readonly end: LinePlace;
}

/** Gives the lines of a file from a place on. What has no end yet is left, so that it is read again when it has one. */
export async function* linesFrom(file: FileHandle, from: LinePlace): AsyncGenerator<Lines, void, undefined> {
  const buffer = Buffer.allocUnsafe(chunk);
  let [at, isRest, pending] = [from.at, from.isRest, none];
  let end = from;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunk, at);
    if (bytesRead === 0) return;
    const read = buffer.subarray(0, bytesRead);
    const lines: Line[] = [];
    let start = 0;
    for (let next = read.indexOf(newline); next !== -1; next = read.indexOf(newline, start)) {
      const text = isRest ? null : Buffer.concat([pending, read.subarray(start, next)]).toString("utf8");
      [start, isRest, pending] = [next + 1, false, none];
      end = { at: at + start, isRest };
      if (text !== "") lines.push({ text, ...end });
    }
    at += bytesRead;
    pending = isRest ? none : Buffer.concat([pending, read.subarray(start)]);
    if (isRest || pending.length > longestLine) {
      [isRest, pending, end] = [true, none, { at, isRest: true }];
      lines.push({ text: null, ...end });
    }
    yield { lines, size: bytesRead, end };
  }
}
