/** One event of a stream, as it came. */
export interface SseEvent {
  /** All its bytes, the empty line at its end included. */
  readonly raw: Buffer;
  /** Its data; null if it has none, or is too long to be looked at. */
  readonly data: string | null;
}

/** The longest event that is looked at, in bytes: the last one of a response repeats the whole answer. */
const longestEvent = 8_388_608;

const newline = 10;
const carriageReturn = 13;
const none = Buffer.alloc(0);

/**
 * Reads server-sent events as their bytes arrive. Nothing waits here but the event that is not whole yet. Lines that end
 * in a lone carriage return are not told apart: no provider writes them.
 */
export class SseReader {
  #pending: Buffer = none;
  /** Where the last line of what is pending begins. */
  #line = 0;
  /** What is pending is the rest of an event that was too long. */
  #isRest = false;

  /** Takes the next bytes; gives the events that are whole by now. */
  push(chunk: Buffer): SseEvent[] {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const events: SseEvent[] = [];
    let start = 0;
    let line = this.#line;
    for (
      let end = bytes.indexOf(newline, this.#pending.length);
      end !== -1;
      end = bytes.indexOf(newline, line)
    ) {
      const isEmpty = end === line || (end === line + 1 && bytes[line] === carriageReturn);
      line = end + 1;
      if (!isEmpty) continue;
      const raw = bytes.subarray(start, line);
      events.push({ raw, data: this.#isRest ? null : dataOf(raw) });
      this.#isRest = false;
      start = line;
    }
    this.#pending = bytes.subarray(start);
    this.#line = line - start;
    if (this.#pending.length > longestEvent) {
      events.push({ raw: this.rest(), data: null });
      this.#isRest = true;
    }
    return events;
  }

  /** Takes what is not a whole event; at the end, of a stream that was cut. */
  rest(): Buffer {
    const rest = this.#pending;
    this.#pending = none;
    this.#line = 0;
    return rest;
  }
}

function dataOf(raw: Buffer): string | null {
  const lines = raw
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const data = /^data:? ?(.*?)\r?$/s.exec(line)?.[1];
      return data === undefined ? [] : [data];
    });
  return lines.length === 0 ? null : lines.join("\n");
}
