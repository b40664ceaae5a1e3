import type { InputTokens } from "../model/model-use.ts";
import type { MeteredApi } from "./provider.ts";

/** What a provider has said that a request took; null: it has not said, or not in the end. */
export interface ReportedUsage {
  readonly input: InputTokens | null;
  readonly output: number | null;
}

/** Collects what an answer says of its usage, from its events one by one or from the whole. */
export interface UsageReader {
  /** Takes one event of a stream, or the one value of an answer that is none. */
  take(value: unknown): void;
  reported(): ReportedUsage;
}

/** Gives a reader of the answers of an API. */
export function usageReader(api: MeteredApi): UsageReader {
  switch (api) {
    case "messages":
      return new MessagesUsage();
    case "chat-completions":
      return new CompletionsUsage();
    case "responses":
      return new ResponsesUsage();
    case "generate-content":
      return new GeminiUsage();
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Gives a count; 0 where nothing is said, null for what is no count. */
function count(value: unknown): number | null {
  if (value === undefined || value === null) return 0;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Gives a count that must be there. */
function mustCount(value: unknown): number | null {
  return value === undefined || value === null ? null : count(value);
}

function inputTokens(counts: { readonly [key in keyof InputTokens]: number | null }): InputTokens | null {
  const { input, cacheRead, cacheWrite, longCacheWrite } = counts;
  if (input === null || cacheRead === null || cacheWrite === null || longCacheWrite === null) return null;
  // A provider that counts more from its cache than there was in all is counted at what it says of the cache.
  return { input: Math.max(0, input), cacheRead, cacheWrite, longCacheWrite };
}

/** `input` counts what was read from the cache, too. */
function inputWithCached(input: number | null, cached: number | null): InputTokens | null {
  if (input === null || cached === null) return null;
  return inputTokens({ input: input - cached, cacheRead: cached, cacheWrite: 0, longCacheWrite: 0 });
}

/** Anthropic: an answer is `message`; a stream says its input at once and its output in the last `message_delta`. */
class MessagesUsage implements UsageReader {
  #input: InputTokens | null = null;
  #output: number | null = null;

  take(value: unknown): void {
    const event = fields(value);
    if (event?.["type"] === "message_start") this.#readInput(fields(fields(event["message"])?.["usage"]));
    if (event?.["type"] !== "message" && event?.["type"] !== "message_delta") return;
    const usage = fields(event["usage"]);
    // What server tools read adds to the input on the way, so the last word on it counts.
    if (usage?.["input_tokens"] !== undefined) this.#readInput(usage);
    // There may be several: only the one that says why it stopped counts all.
    const isLast = event["type"] === "message" || typeof fields(event["delta"])?.["stop_reason"] === "string";
    if (isLast) this.#output = mustCount(usage?.["output_tokens"]) ?? this.#output;
  }

  #readInput(usage: Fields | null): void {
    if (usage === null) return;
    const written = count(usage["cache_creation_input_tokens"]);
    const long = count(fields(usage["cache_creation"])?.["ephemeral_1h_input_tokens"]);
    const input = inputTokens({
      input: mustCount(usage["input_tokens"]),
      cacheRead: count(usage["cache_read_input_tokens"]),
      cacheWrite: written === null || long === null ? null : Math.max(0, written - long),
      longCacheWrite: long,
    });
    this.#input = input ?? this.#input;
  }

  reported(): ReportedUsage {
    return { input: this.#input, output: this.#output };
  }
}

/** OpenAI Chat Completions: `usage` of the answer, or of the chunk after the last choice. */
class CompletionsUsage implements UsageReader {
  #reported: ReportedUsage = { input: null, output: null };

  take(value: unknown): void {
    const answer = fields(value);
    const usage = fields(answer?.["usage"]);
    if (answer === null || usage === null) return;
    const choices = items(answer["choices"]);
    // Some servers count along in every chunk: only the last count is one.
    const isLast = choices.every((choice) => {
      const reason = fields(choice)?.["finish_reason"];
      return reason !== undefined && reason !== null;
    });
    const cached = count(fields(usage["prompt_tokens_details"])?.["cached_tokens"]);
    const input = inputWithCached(mustCount(usage["prompt_tokens"]), cached);
    this.#reported = { input, output: isLast ? mustCount(usage["completion_tokens"]) : null };
  }

  reported(): ReportedUsage {
    return this.#reported;
  }
}

const responseEnds = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** OpenAI Responses: `usage` of the response, which the last event repeats. */
class ResponsesUsage implements UsageReader {
  #reported: ReportedUsage = { input: null, output: null };

  take(value: unknown): void {
    const event = fields(value);
    const isWhole = event?.["object"] === "response";
    if (!isWhole && !responseEnds.has(String(event?.["type"]))) return;
    const usage = fields((isWhole ? event : fields(event?.["response"]))?.["usage"]);
    if (usage === null) return;
    const cached = count(fields(usage["input_tokens_details"])?.["cached_tokens"]);
    const input = inputWithCached(mustCount(usage["input_tokens"]), cached);
    this.#reported = { input, output: mustCount(usage["output_tokens"]) };
  }

  reported(): ReportedUsage {
    return this.#reported;
  }
}

/** Gemini: `usageMetadata` counts along in every chunk; a stream without `alt=sse` is an array of chunks. */
class GeminiUsage implements UsageReader {
  #reported: ReportedUsage = { input: null, output: null };

  take(value: unknown): void {
    for (const chunk of Array.isArray(value) ? value : [value]) this.#chunk(fields(chunk));
  }

  #chunk(chunk: Fields | null): void {
    const usage = fields(chunk?.["usageMetadata"]);
    if (chunk === null || usage === null) return;
    const prompt = mustCount(usage["promptTokenCount"]);
    const tools = count(usage["toolUsePromptTokenCount"]);
    const answered = count(usage["candidatesTokenCount"]);
    const thought = count(usage["thoughtsTokenCount"]);
    const isLast =
      items(chunk["candidates"]).some((each) => typeof fields(each)?.["finishReason"] === "string") ||
      typeof fields(chunk["promptFeedback"])?.["blockReason"] === "string";
    this.#reported = {
      input:
        prompt === null || tools === null
          ? null
          : inputWithCached(prompt + tools, count(usage["cachedContentTokenCount"])),
      output: !isLast || answered === null || thought === null ? null : answered + thought,
    };
  }

  reported(): ReportedUsage {
    return this.#reported;
  }
}
