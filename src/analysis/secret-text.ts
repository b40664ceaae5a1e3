import { findPlaced } from "./secret-places.ts";
import type { Span } from "./secret-spans.ts";
import { findRandom, findTokens } from "./secret-tokens.ts";

// Finds secrets inside text and puts a mark in their place. The mark names the kind, never the value.

/** What was taken out of a text. */
export interface Removed {
  readonly kind: string;
  readonly value: string;
}

/** Told of everything that is taken out. */
export type OnRemoved = (removed: Removed) => void;

/** Makes the mark for a kind of secret. */
export function redactionMark(kind: string): string {
  return `‹redacted:${kind}›`;
}

/** Gives the kind that a text is the mark of; null if it is none. */
export function markKind(text: string): string | null {
  return /^\u2039redacted:([a-z0-9-]+)\u203a$/.exec(text)?.[1] ?? null;
}

// Written with escapes, here and wherever an expression names them: the daemon is read as one-byte characters.
const marks = /(\u2039redacted:[a-z0-9-]+\u203a)/;

/** Gives what a redacted text says beside its marks: the parts before, between and behind them. */
export function withoutMarks(text: string): string[] {
  return text.split(marks).filter((_, index) => index % 2 === 0);
}

/** Changes what a text says beside its marks. */
export function outsideMarks(text: string, change: (part: string) => string): string {
  if (!text.includes("‹redacted:")) return change(text);
  return text
    .split(marks)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join("");
}

/** Replaces every secret in a text by a mark. Doing it again changes nothing. */
export function redactText(text: string, onRemoved: OnRemoved = () => undefined): string {
  if (text.length < 4) return text;
  let found = text;
  // A mark may uncover another secret beside it; each pass only ever adds marks.
  for (let pass = 0; pass < 8; pass++) {
    const next = outsideMarks(found, (part) => redactPart(part, onRemoved));
    if (next === found) return next;
    found = next;
  }
  onRemoved({ kind: "text", value: text });
  return redactionMark("text");
}

function redactPart(text: string, onRemoved: OnRemoved): string {
  if (text.length < 4) return text;
  const spans = [...findTokens(text), ...findPlaced(text), ...findRandom(text)];
  if (spans.length === 0) return text;
  let redacted = "";
  let done = 0;
  for (const { kind, start, end } of united(spans)) {
    onRemoved({ kind, value: text.slice(start, end) });
    redacted += text.slice(done, start) + redactionMark(kind);
    done = end;
  }
  return redacted + text.slice(done);
}

/** Makes one span of those that overlap, of the kind of the longest; of two as long, the first found. */
function united(spans: readonly Span[]): Span[] {
  const sorted = spans.toSorted((a, b) => a.start - b.start);
  const apart: Span[] = [];
  let longest = 0;
  for (const span of sorted) {
    const last = apart.at(-1);
    const length = span.end - span.start;
    if (last === undefined || span.start >= last.end) {
      apart.push(span);
      longest = length;
      continue;
    }
    const kind = length > longest ? span.kind : last.kind;
    longest = Math.max(longest, length);
    apart[apart.length - 1] = { kind, start: last.start, end: Math.max(last.end, span.end) };
  }
  return apart;
}
