import { foldGlob, foldName, type Glob, globMatches } from "../../model/glob.ts";
import type { PathPattern, PatternSegment } from "../../model/path-pattern.ts";
import { globWithin, isAnyText } from "./glob-within.ts";

/**
 * How two conditions are held against each other: both as what `covers`, both as what `touches`, or the inner one
 * as what covers and the outer one as what touches (`crosses`: an allow that a deny always meets).
 */
export type How = "covers" | "touches" | "crosses";

/**
 * Tells whether `outer` surely holds for every resource of any shape, in any places, for which `inner` holds.
 *
 * Walks `inner` while it keeps the positions in `outer` that whatever got so far has surely reached.
 */
export function pathWithin(inner: PathPattern, outer: PathPattern, how: How): boolean {
  if (outer.place === "root" && outer.segments.length === 1 && outer.segments[0] === "**") return true;
  if (inner.place !== outer.place) return false;
  if (how === "touches" && leadsIn(inner.segments) && !leadsIn(outer.segments)) return false;
  const holds = segmentWithin[how];
  let reached = pastDeep(outer, [0]);
  let isNamed = false;
  for (const segment of inner.segments) {
    reached = pastDeep(outer, stepOf(segment, outer.segments, reached, holds));
    if (reached.length === 0) return false;
    isNamed ||= segment !== "**" && segment.literal !== null;
    if (how === "touches" && isNamed && !reached.some((position) => holdsTree(outer, position))) return false;
  }
  return reached.includes(outer.segments.length);
}

function stepOf(
  segment: PatternSegment,
  outer: readonly PatternSegment[],
  reached: readonly number[],
  holds: (inner: Glob, outer: Glob) => boolean,
): number[] {
  return reached.flatMap((position) => {
    const takes = outer[position];
    if (takes === undefined) return [];
    if (takes === "**") return [position];
    return segment !== "**" && holds(segment, takes) ? [position + 1] : [];
  });
}

function pastDeep({ segments }: PathPattern, positions: readonly number[]): number[] {
  const all = new Set(positions);
  for (const position of all) if (segments[position] === "**") all.add(position + 1);
  return [...all];
}

/** A tree is touched by patterns that lead into it by a name (`belowRoot` in path-trie.ts), or that hold its root. */
function holdsTree({ segments }: PathPattern, position: number): boolean {
  if (position === segments.length) return true;
  return segments.slice(0, position).some((segment) => segment !== "**" && segment.literal !== null);
}

/** The same for a tree that starts at the place or above it. */
function leadsIn(segments: readonly PatternSegment[]): boolean {
  const [first] = segments;
  if (first === undefined) return true;
  return first === "**" ? segments.length === 1 : first.literal !== null;
}

const ascii = /^[\x20-\x7e]*$/;

const segmentWithin: Readonly<Record<How, (inner: Glob, outer: Glob) => boolean>> = {
  covers: globWithin,
  touches: (inner, outer) => globWithin(foldGlob(inner), foldGlob(outer)),
  // Folding may join a letter to what a wildcard next to it matched: only whole names are surely found again.
  crosses: ({ literal }, outer) =>
    isAnyText(outer) ||
    (literal !== null && ascii.test(literal) && globMatches(foldGlob(outer), foldName(literal))),
};
