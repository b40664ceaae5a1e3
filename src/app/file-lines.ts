import type { FileHandle } from "node:fs/promises";

/** The longest line that is looked at, in bytes. */
const longestLine = 8_388_608;
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

/** Gives the lines of a file from a place on. What has no end yet is left, so that it is read again when it has one. */
export async function* linesFrom(file: FileHandle, from: LinePlace): AsyncGenerator<Line, void, undefined> {
  const buffer = Buffer.allocUnsafe(chunk);
  let [at, isRest, pending] = [from.at, from.isRest, none];
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunk, at);
    if (bytesRead === 0) return;
    const read = buffer.subarray(0, bytesRead);
    let start = 0;
    for (let end = read.indexOf(newline); end !== -1; end = read.indexOf(newline, start)) {
      const text = isRest ? null : Buffer.concat([pending, read.subarray(start, end)]).toString("utf8");
      [start, isRest, pending] = [end + 1, false, none];
      yield { text, at: at + start, isRest };
    }
    at += bytesRead;
    pending = isRest ? none : Buffer.concat([pending, read.subarray(start)]);
    if (!isRest && pending.length <= longestLine) continue;
    [isRest, pending] = [true, none];
    yield { text: null, at, isRest };
  }
}
