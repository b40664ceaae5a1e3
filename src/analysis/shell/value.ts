import type { Word } from "../../model/command.ts";

/**
 * A stretch of a value that is not known.
 *
 * - `any`: any text.
 * - `number`: decimal digits, perhaps with a sign.
 * - `wild`: what one pathname wildcard stood for, within one path segment.
 */
export interface Hole {
  readonly hole: "any" | "number" | "wild";
  /** As it was written: `$x`, `*`. */
  readonly text: string;
}

/** What is known of the value of a variable or of one word: fixed texts and holes, in order. */
export type Value = readonly (string | Hole)[];

/** A value of which nothing is known. */
export function anyValue(text: string): Value {
  return [{ hole: "any", text }];
}

/** Past these a value is not followed any more: a few doublings would fill the memory. */
const longestValue = 65_536;
const mostParts = 1_000;

/** Gives the value, or one of which nothing is known if it has grown past all use. */
export function boundedValue(value: Value, written: string): Value {
  if (value.length > mostParts) return anyValue(written);
  let length = 0;
  for (const part of value) length += typeof part === "string" ? part.length : part.text.length;
  return length > longestValue ? anyValue(written) : value;
}

/** A value that is some number. */
export function numberValue(text: string): Value {
  return [{ hole: "number", text }];
}

/** Gives the text of a value that is wholly known; null for any other. */
export function staticText(value: Value): string | null {
  let text = "";
  for (const part of value) {
    if (typeof part !== "string") return null;
    text += part;
  }
  return text;
}

/** Writes a value for people: known text as it is, holes as they were written. */
export function valueText(value: Value): string {
  return value.map((part) => (typeof part === "string" ? part : part.text)).join("");
}

/** Tells whether two values are known to be the same text. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  const text = staticText(a);
  if (text !== null) return text === staticText(b);
  return a.length === b.length && a.every((part, index) => samePart(part, b[index] ?? ""));
}

function samePart(a: string | Hole, b: string | Hole): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  // Two holes that may be any text are only the same for what follows: both mean "unknown".
  return a.hole === b.hole && (a.hole !== "wild" || a.text === b.text);
}

/** Gives the model's word for a value that is exactly one word. */
export function wordOf(value: Value, written: string | null = null): Word {
  const text = staticText(value);
  if (text !== null) return text;
  return openWord(value, false, written);
}

/** Gives the model's word for a value with holes. `many`: it may become any number of words. */
export function openWord(value: Value, many: boolean, written: string | null): Word {
  const glob = value.every(isPattern);
  const text = glob || written === null ? valueText(value) : written;
  const parts: (string | null)[] = [];
  for (const part of value) {
    const last = parts.length - 1;
    const before = parts[last];
    if (typeof part !== "string") {
      if (before !== null) parts.push(null);
    } else if (typeof before === "string") parts[last] = before + part;
    else if (part !== "") parts.push(part);
  }
  return { text, parts, many, glob };
}

/** Tells whether a part may stand in a path glob: a wildcard, or text that is none. */
function isPattern(part: string | Hole): boolean {
  if (typeof part === "string") return !/[*?[\]\\]/.test(part);
  return part.hole === "wild" && !part.text.includes("/");
}

/** Gives what is known of a model word, as a value. */
export function valueOfWord(word: Word): Value {
  if (typeof word === "string") return [word];
  return word.parts.map((part) => part ?? { hole: "any", text: word.text });
}
