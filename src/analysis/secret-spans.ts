/** Where a secret stands in a text. */
export interface Span {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

/** Gives where a form matches; where it has a group, where that does. */
export function findAll(kind: string, form: RegExp, text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(form)) {
    const value = match[1] ?? match[0];
    const start = match.index + (match[1] === undefined ? 0 : match[0].lastIndexOf(match[1]));
    if (value !== "") spans.push({ kind, start, end: start + value.length });
  }
  return spans;
}
