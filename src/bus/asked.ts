import { hiddenInput, imagesIn } from "./input-media.ts";
import { hasAtMost, type Member, topMembers } from "./json-members.ts";
import type { MeteredApi, Route } from "./provider.ts";

/** What a request asks a model for. */
export interface Asked {
  /** One short printable name. */
  readonly model: string;
  /** The name to look its price up by: the model's, and the tier where it asks for one that costs more. */
  readonly priced: string;
  /** The most its input can be, in tokens; null: nobody can tell from the request. */
  readonly input: number | null;
  /** The most it lets the model put out, in tokens; null: it does not say. */
  readonly output: number | null;
  /** What is sent to the upstream: the request as it came, but for `askedForUsage`. */
  readonly body: Buffer;
  /** The stream was asked to tell its usage in a chunk that the client did not ask for. */
  readonly askedForUsage: boolean;
}

/** Why a request is not passed on. */
export interface Misfit {
  readonly misfit: string;
}

type Fields = Readonly<Record<string, unknown>>;

const modelName = /^[A-Za-z0-9][\w.:/@+-]{0,127}$/;

/** A token is at least one byte; what a provider puts around messages and tools is not in the request. */
const addedTokens = 2_000;

/** The values that a request may be made of. What makes long requests long is texts, and the gate waits for the parser. */
const mostValues = 200_000;

/** The most that one image in a request is known to cost. */
const tokensOfImage = 16_000;

/** Reads a request for a metered API. */
export function readAsked(route: Route & { readonly metered: MeteredApi }, body: Buffer): Asked | Misfit {
  const text = decoded(body);
  if (text !== null && !hasAtMost(text, mostValues))
    return { misfit: `the body has more than ${mostValues} values` };
  const request = text === null ? null : parsedObject(text);
  if (text === null || request === null) return { misfit: "the body is no JSON object in UTF-8" };
  const { members, twice } = topMembers(text);
  // The provider may read the other one.
  if (twice !== null) return { misfit: `the body says \`${twice.slice(0, 40)}\` twice` };
  const model = route.model ?? request["model"];
  if (typeof model !== "string" || !modelName.test(model))
    return { misfit: "the body names no model, or one by an odd name" };
  if (route.metered === "responses" && request["background"] === true)
    return { misfit: "`background: true` answers before it is known what it took" };
  const images = imagesIn(request);
  const isKnown = images !== null && !hiddenInput(route.metered, request);
  const usage = route.metered === "chat-completions" ? withUsage(text, request, members) : null;
  return {
    model,
    priced: `${model}${tierOf(request)}`,
    input: isKnown ? body.length + addedTokens + images * tokensOfImage : null,
    output: mostOutput(route.metered, request),
    body: usage === null ? body : Buffer.from(usage),
    askedForUsage: usage !== null,
  };
}

function decoded(body: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function parsedObject(text: string): Fields | null {
  try {
    return object(JSON.parse(text));
  } catch (error) {
    // Too deep for the parser's stack is a RangeError.
    if (error instanceof SyntaxError || error instanceof RangeError) return null;
    throw error;
  }
}

function object(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** Tiers, speeds and regions that cost what the model costs, or less. */
const usualTiers: ReadonlySet<unknown> = new Set([
  undefined,
  null,
  "auto",
  "default",
  "standard",
  "standard_only",
  "flex",
  "global",
]);

function tierOf(request: Fields): string {
  return [request["service_tier"], request["serviceTier"], request["speed"], request["inference_geo"]]
    .filter((tier) => !usualTiers.has(tier))
    .map((tier) => ` ${String(tier).slice(0, 40)}`)
    .join("");
}

/** Gives the most tokens that an answer may have; several answers are asked for at once. */
function mostOutput(api: MeteredApi, request: Fields): number | null {
  const { limits, answers } = outputLimits(api, request);
  const said = limits.filter((each) => each !== undefined && each !== null);
  const counts = said.filter(isCount);
  if (said.length === 0 || counts.length < said.length) return null;
  const times = answers.filter((each) => each !== undefined && each !== null);
  const most = Math.max(...counts) * Math.max(1, ...times.map((each) => (isCount(each) ? each : 128)));
  return Number.isSafeInteger(most) ? most : null;
}

function outputLimits(
  api: MeteredApi,
  request: Fields,
): { readonly limits: readonly unknown[]; readonly answers: readonly unknown[] } {
  switch (api) {
    case "messages":
      return { limits: [request["max_tokens"]], answers: [] };
    case "responses":
      return { limits: [request["max_output_tokens"]], answers: [] };
    case "chat-completions":
      return { limits: [request["max_completion_tokens"], request["max_tokens"]], answers: [request["n"]] };
    case "generate-content": {
      // Google reads both ways of writing a name.
      const settings = [request["generationConfig"], request["generation_config"]].map((each) =>
        object(each),
      );
      return {
        limits: settings.flatMap((each) => [each?.["maxOutputTokens"], each?.["max_output_tokens"]]),
        answers: settings.flatMap((each) => [each?.["candidateCount"], each?.["candidate_count"]]),
      };
    }
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/**
 * Gives the request with the wish for a stream's usage put in, everything else as it stands; null where it is no stream or
 * wishes for it already.
 */
function withUsage(text: string, request: Fields, members: readonly Member[]): string | null {
  if (request["stream"] !== true) return null;
  const options = object(request["stream_options"]);
  if (options?.["include_usage"] === true) return null;
  const wish = JSON.stringify({ ...options, include_usage: true });
  const member = members.find(({ key }) => key === "stream_options");
  if (member !== undefined) return text.slice(0, member.start) + wish + text.slice(member.end);
  const [first] = members;
  const open = text.indexOf("{") + 1;
  return `${text.slice(0, open)}"stream_options":${wish}${first === undefined ? "" : ","}${text.slice(open)}`;
}
