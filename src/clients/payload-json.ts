import { MirrorError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";

/**
 * Reads a hook payload: one JSON text in UTF-8. Where a key stands twice the last one counts, as it does for the
 * client itself. Throws `malformed-payload` for anything else, and past the limits of size and nesting.
 */
export function parsePayload(payload: Uint8Array): unknown {
  if (payload.length > limits.payload) {
    throw malformedPayload(`the payload has ${payload.length} bytes, expected at most ${limits.payload}`);
  }
  const value = parseJson(decodeText(payload));
  requireDepth(value, limits.payloadDepth);
  return value;
}

/** Makes the error for a payload that cannot be understood. */
export function malformedPayload(message: string, field: string | null = null): MirrorError {
  return new MirrorError("malformed-payload", message, { data: { field } });
}

function decodeText(payload: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw malformedPayload("the payload is not UTF-8");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser's own message quotes the payload, which may hold a secret.
    throw malformedPayload(text.trim() === "" ? "the payload is empty" : "the payload is not JSON");
  }
}

function requireDepth(value: unknown, levels: number): void {
  if (typeof value !== "object" || value === null) return;
  if (levels === 0) throw malformedPayload(`the payload nests deeper than ${limits.payloadDepth} levels`);
  for (const item of Array.isArray(value) ? value : Object.values(value)) requireDepth(item, levels - 1);
}

/**
 * Writes any value that came out of `JSON.parse` in canonical form: the same text as `canonicalJson` where that
 * has one, and one text per value also for what it refuses (lone surrogates, numbers past 2^53).
 */
export function rawJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) return value > 0 ? "1e999" : "-1e999";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(rawJson).join(",")}]`;
  const record = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${rawJson(record[key])}`);
  return `{${members.join(",")}}`;
}
