import { expandBraces, mostAlternatives } from "./braces.ts";
import { type Glob, parseGlob } from "./glob.ts";

/** What a path pattern starts from. `root` is `/`. */
export type PlaceKind = "repo" | "home" | "tmp" | "git" | "mirror" | "root";

/** One segment of a path pattern; `**` is any number of segments, also none. */
export type PatternSegment = Glob | "**";

/** A path pattern without alternatives. */
export interface PathPattern {
  readonly place: PlaceKind;
  readonly segments: readonly PatternSegment[];
}

const anchors: readonly (readonly [string, PlaceKind])[] = [
  ["~", "home"],
  ["$TMPDIR", "tmp"],
  ["$GIT_DIR", "git"],
  ["$MIRROR_HOME", "mirror"],
];

/**
 * Parses a path pattern: `src/**`, `~/.ssh/*`, `$TMPDIR/**`, `$GIT_DIR/config`, `$MIRROR_HOME/**`, `/etc/**`.
 * Gives its alternatives, or one sentence that says what is wrong with it.
 */
export function parsePathPattern(text: string): readonly PathPattern[] | string {
  const alternatives = expandBraces(text);
  if (alternatives === null) return `more than ${mostAlternatives} alternatives`;
  const patterns: PathPattern[] = [];
  for (const alternative of alternatives) {
    const pattern = parseOne(alternative);
    if (typeof pattern === "string") return pattern;
    patterns.push(pattern);
  }
  return patterns;
}

function parseOne(text: string): PathPattern | string {
  if (text.includes("\0")) return "a path holds no NUL";
  const { place, rest } = anchored(text);
  if (rest === null) return place === "home" ? "`~name` is not understood, only `~/`" : unknownAnchor;
  if (rest === "") return text === "" ? "it is empty" : { place, segments: [] };
  const names = rest.split("/");
  if (names.at(-1) === "") return "it ends in `/`; write `/**` for everything below";
  const segments: PatternSegment[] = [];
  for (const name of names) {
    if (name === "") return "it has an empty segment (`//`)";
    if (name === "." || name === "..")
      return `the segment \`${name}\` never stands in a path that is compared`;
    if (name !== "**" && name.includes("**")) return "`**` must be a whole segment";
    segments.push(name === "**" ? name : parseGlob(name));
  }
  return { place, segments };
}

const unknownAnchor =
  "the variable is not known here, only `$TMPDIR/`, `$GIT_DIR/` and `$MIRROR_HOME/` (write `\\$` for a plain dollar)";

function anchored(text: string): { place: PlaceKind; rest: string | null } {
  if (text.startsWith("/")) return { place: "root", rest: text.slice(1) };
  for (const [anchor, place] of anchors) {
    if (text === anchor) return { place, rest: "" };
    if (text.startsWith(`${anchor}/`)) return { place, rest: text.slice(anchor.length + 1) };
  }
  if (text.startsWith("~")) return { place: "home", rest: null };
  if (text.startsWith("$")) return { place: "root", rest: null };
  if (text === ".") return { place: "repo", rest: "" };
  return { place: "repo", rest: text.startsWith("./") ? text.slice(2) : text };
}
