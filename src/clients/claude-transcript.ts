import type { TranscriptPlaces } from "../model/call.ts";
import type { ChargedTokens } from "../model/model-use.ts";
import { type ReportedMessage, unnamedModel } from "../model/reported-use.ts";
import type { TranscriptFormat } from "./hook-dialect.ts";
import { type Fields, field } from "./payload-fields.ts";

/**
 * Claude Code's transcripts: a JSON object a line. An answer of a model stands on a line for each of its content blocks, with
 * the usage as far as it was known by then; a subagent's on lines of the same file (`isSidechain`), or in a file of its own.
 */
export const claudeTranscripts: TranscriptFormat = { directory: "projects", readLine };

/** What it calls answers that it made itself, of errors for instance. */
const ownModel = "<synthetic>";

/** What no single call of a model takes, of any kind of tokens. */
const mostTokens = 10_000_000;

const modelName = /^[A-Za-z0-9][\w.:/@+-]{0,127}$/;

type Members = Readonly<Record<string, unknown>>;

function readLine(line: string): ReportedMessage | "garbage" | null {
  if (line === "") return null;
  const isObject = line.startsWith("{") && line.endsWith("}");
  // Most lines are long and tell of nothing that a model took.
  if (isObject && !line.includes('"usage"')) return null;
  const entry = isObject ? members(parsed(line)) : null;
  if (entry === null) return "garbage";
  if (entry["type"] !== "assistant") return null;
  const message = members(entry["message"]);
  const usage = members(message?.["usage"]);
  if (message === null || usage === null) return "garbage";
  const { id, model } = message;
  if (model === ownModel) return null;
  const tokens = readTokens(usage);
  if (typeof id !== "string" || id === "" || id.length > 512 || tokens === null) return "garbage";
  const time = Date.parse(String(entry["timestamp"]));
  return {
    id,
    model: typeof model === "string" && modelName.test(model) ? `${model}${tierOf(usage)}` : unnamedModel,
    time: Number.isNaN(time) ? null : time,
    tokens,
  };
}

function readTokens(usage: Members): ChargedTokens | null {
  const input = count(usage["input_tokens"]);
  const output = count(usage["output_tokens"]);
  const cacheRead = count(usage["cache_read_input_tokens"]);
  const written = count(usage["cache_creation_input_tokens"]);
  const longCacheWrite = count(members(usage["cache_creation"])?.["ephemeral_1h_input_tokens"]);
  const counts = [input, output, cacheRead, written, longCacheWrite];
  if (counts.some((each) => !Number.isSafeInteger(each) || each < 0 || each > mostTokens)) return null;
  return { input, output, cacheRead, cacheWrite: Math.max(0, written - longCacheWrite), longCacheWrite };
}

/** Gives a count, 0 where nothing is said; no number where it is none. */
function count(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return typeof value === "number" ? value : Number.NaN;
}

/** A tier that costs more has a price of its own, as at the model bus. */
function tierOf({ service_tier: tier, speed, inference_geo: place }: Members): string {
  return `${tier === "priority" ? " priority" : ""}${speed === "fast" ? " fast" : ""}${place === "us" ? " us" : ""}`;
}

function members(value: unknown): Members | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : null;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    // Too deep for the parser's stack is a RangeError.
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

/**
 * Gives where a payload says that transcripts are: the session's, and the subagent's whose event it is. `which`: whether it is
 * a time to look at those of all subagents, too. What is no text is not refused here: most agents' are never read.
 */
export function claudeTranscriptPlaces(payload: Fields, which: "own" | "all"): TranscriptPlaces {
  const path = field(payload, "transcript_path");
  if (typeof path !== "string" || path === "") return { files: [], directory: null };
  const directory = `${path.replace(/\.jsonl$/, "")}/subagents`;
  const agent = field(payload, "agent_id");
  const own =
    typeof agent === "string" && /^[\w-]{1,128}$/.test(agent) ? [`${directory}/agent-${agent}.jsonl`] : [];
  const said = field(payload, "agent_transcript_path");
  return {
    files: [...new Set([path, ...own, ...(typeof said === "string" && said !== "" ? [said] : [])])],
    directory: which === "all" ? directory : null,
  };
}
