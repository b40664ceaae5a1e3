import type { MeteredApi } from "./provider.ts";
import { type SseEvent, SseReader } from "./sse.ts";
import { type ReportedUsage, type UsageReader, usageReader } from "./usage.ts";

/** The longest answer that is no stream and is looked at, in bytes. */
const longestAnswer = 33_554_432;

/** Reads an answer's usage while it goes by. */
export interface AnswerMeter {
  /** Takes what came; gives what of it goes on, at once. */
  push(chunk: Buffer): readonly Buffer[];
  /** Takes the end, of an answer that was cut as well; gives what of it was held back. */
  end(): Buffer;
  reported(): ReportedUsage;
}

/** Gives a meter for an answer by its content type. `hidesUsage`: its usage was not asked for by the client. */
export function answerMeter(api: MeteredApi, contentType: string, hidesUsage: boolean): AnswerMeter {
  const reader = usageReader(api);
  return /^text\/event-stream\b/i.test(contentType)
    ? new StreamMeter(reader, hidesUsage)
    : new WholeMeter(reader);
}

const nothing = Buffer.alloc(0);

class StreamMeter implements AnswerMeter {
  readonly #events = new SseReader();
  readonly #reader: UsageReader;
  readonly #hidesUsage: boolean;

  constructor(reader: UsageReader, hidesUsage: boolean) {
    this.#reader = reader;
    this.#hidesUsage = hidesUsage;
  }

  push(chunk: Buffer): readonly Buffer[] {
    const events = this.#events.push(chunk);
    const shown = events.filter((event) => !this.#take(event)).map(({ raw }) => raw);
    return this.#hidesUsage ? shown : [chunk];
  }

  /** Takes one event; tells whether it is nothing but the usage that the client did not ask for. */
  #take({ data }: SseEvent): boolean {
    // Most events are a few words of the answer: parsing each would cost more than passing it on.
    if (data?.includes('"usage') !== true) return false;
    const value = parsed(data);
    this.#reader.take(value);
    return this.#hidesUsage && isUsageAlone(value);
  }

  end(): Buffer {
    return this.#hidesUsage ? this.#events.rest() : nothing;
  }

  reported(): ReportedUsage {
    return this.#reader.reported();
  }
}

class WholeMeter implements AnswerMeter {
  readonly #reader: UsageReader;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(reader: UsageReader) {
    this.#reader = reader;
  }

  push(chunk: Buffer): readonly Buffer[] {
    this.#length += chunk.length;
    if (this.#length <= longestAnswer) this.#chunks.push(chunk);
    else this.#chunks = [];
    return [chunk];
  }

  end(): Buffer {
    const value = parsed(Buffer.concat(this.#chunks).toString("utf8"));
    this.#reader.take(value);
    return nothing;
  }

  reported(): ReportedUsage {
    return this.#reader.reported();
  }
}

/** Gives what a text says; null where it is not JSON, of which no usage is read. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

function isUsageAlone(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "choices" in value &&
    Array.isArray(value.choices) &&
    value.choices.length === 0
  );
}
