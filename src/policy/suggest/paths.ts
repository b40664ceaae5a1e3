import type { PathResource } from "../../model/effect.ts";
import { isUnder, type Places } from "../../model/places.ts";
import type { AskedEffect } from "./asked.ts";
import { type Candidate, commonStart, grouped, type IsHidden } from "./candidate.ts";
import { literal } from "./literal.ts";

/** A path that was approved, as a pattern. */
interface Spot {
  readonly anchor: Anchor;
  /** Pattern segments below the anchor, `**` at the end of a tree. */
  readonly segments: readonly string[];
  readonly asked: readonly AskedEffect[];
}

interface Anchor {
  /** What patterns begin with. */
  readonly text: "" | "$TMPDIR/" | "~/" | "/";
  /** A directory that is nearer to the anchor is never taken as a whole. */
  readonly least: number;
}

/**
 * Gives candidates for approved paths of one action: the narrowest directory that holds several of them; in pieces, the
 * directories below it; at last every path as it was.
 */
export function pathCandidates(asked: readonly AskedEffect[], isHidden: IsHidden): Candidate[] {
  const spots = asked.flatMap((each) => spotOf(each, isHidden) ?? []);
  const distinct = grouped(spots, patternOf).map((same): Spot => {
    return { ...same[0], asked: same.flatMap((each) => each.asked) };
  });
  return grouped(distinct, ({ anchor }) => anchor.text).flatMap(within);
}

function spotOf(asked: AskedEffect, isHidden: IsHidden): Spot | null {
  const { resource } = asked.effect;
  // A link is allowed by its own name and by where it leads: too much to say in one pattern.
  if (resource.kind !== "path" || resource.real !== null) return null;
  const { anchor, names } = anchored(resource.path, asked.call.input.places);
  const segments = names.map((name) => segmentOf(name, resource, isHidden));
  if (segments.includes(null)) return null;
  const tree = resource.shape === "tree" ? ["**"] : [];
  return { anchor, segments: [...segments.filter((segment) => segment !== null), ...tree], asked: [asked] };
}

function segmentOf(name: string, { shape }: PathResource, isHidden: IsHidden): string | null {
  return shape === "glob" && /[*?[\\]/.test(name) ? "*" : literal(name, isHidden);
}

function anchored(path: string, places: Places): { anchor: Anchor; names: readonly string[] } {
  const roots: (readonly [Anchor, string])[] = [
    ...places.repo.map((root) => [{ text: "", least: 1 }, root] as const),
    ...places.tmp.map((root) => [{ text: "$TMPDIR/", least: 1 }, root] as const),
    [{ text: "~/", least: 2 }, places.home],
    [{ text: "/", least: 2 }, "/"],
  ];
  const [anchor, root] = roots.find(([, each]) => isUnder(path, each)) ?? [{ text: "/", least: 2 }, "/"];
  return {
    anchor,
    names: path
      .slice(root.length)
      .split("/")
      .filter((name) => name !== ""),
  };
}

function patternOf({ anchor, segments }: Pick<Spot, "anchor" | "segments">): string {
  const text = `${anchor.text}${segments.join("/")}`;
  if (segments.length > 0) return text;
  return anchor.text === "" ? "." : anchor.text === "/" ? "/" : text.slice(0, -1);
}

function within(spots: readonly [Spot, ...Spot[]]): readonly Candidate[] {
  const [first] = spots;
  if (spots.length === 1) return [candidate(spots, patternOf(first), [])];
  const depth = commonStart(spots.map(({ segments }) => segments.slice(0, -1)));
  const [here, below] = [
    spots.filter(({ segments }) => segments.length <= depth + 1),
    spots.filter(({ segments }) => segments.length > depth + 1),
  ];
  const exact = here.flatMap((spot) => within([spot]));
  const deeper = grouped(below, ({ segments }) => segments[depth] ?? "").flatMap(within);
  const { anchor } = first;
  const directory = first.segments.slice(0, depth);
  if (depth < anchor.least) return [...exact, ...deeper];
  const isFlat = below.length === 0 && !here.some(({ segments }) => segments.at(-1) === "**");
  const pattern = patternOf({ anchor, segments: [...directory, isFlat ? "*" : "**"] });
  return [candidate(spots, pattern, [...exact, ...deeper])];
}

function candidate(spots: readonly Spot[], pattern: string, narrower: readonly Candidate[]): Candidate {
  const asked = spots.flatMap((spot) => spot.asked);
  return {
    action: asked[0]?.effect.action ?? "fs.read",
    condition: "path",
    patterns: [pattern],
    anyHost: false,
    direction: null,
    family: "",
    asked,
    narrower,
  };
}
