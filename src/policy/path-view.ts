import { foldApart, foldName, type Glob, isFolded, parseGlob } from "../model/glob.ts";
import type { PlaceKind } from "../model/path-pattern.ts";
import type { Places } from "../model/places.ts";
import { mayName } from "./wildcard.ts";

/** A path as seen from one place that holds it. */
export interface PathView {
  readonly place: PlaceKind;
  /** All segments of the path. */
  readonly segments: readonly Glob[];
  /** Index of the first segment below the place's root; `segments.length` or more where there is none. */
  readonly from: number;
  /** True if the path is above the place's root instead. */
  readonly above: boolean;
}

interface PlaceRoot {
  readonly place: PlaceKind;
  readonly names: readonly string[];
  readonly folded: readonly string[];
}

const rootsOf = new WeakMap<Places, readonly PlaceRoot[]>();

function placeRoots(places: Places): readonly PlaceRoot[] {
  const known = rootsOf.get(places);
  if (known !== undefined) return known;
  const root = (place: PlaceKind) => (path: string) => {
    const names = path.split("/").filter((name) => name !== "");
    return { place, names, folded: names.map(foldName) };
  };
  const roots = [
    root("root")("/"),
    root("home")(places.home),
    ...places.repo.map(root("repo")),
    ...places.tmp.map(root("tmp")),
    ...places.git.map(root("git")),
    ...places.mirror.map(root("mirror")),
  ];
  rootsOf.set(places, roots);
  return roots;
}

const noAtoms: Glob["atoms"] = [];

interface CutPath {
  readonly path: string;
  readonly wildcards: boolean;
  readonly segments: readonly Glob[];
  /** Whether the segments are in the form of `foldName` as they are. */
  readonly isFolded: boolean;
}

// One path is looked at in several ways, one right after the other; whoever looks finds the same pieces.
let last: CutPath = { path: "/", wildcards: false, segments: [], isFolded: true };

/** Cuts an absolute path into segments, names as they are. */
function cutPath(path: string, wildcards: boolean): CutPath {
  if (path !== last.path || wildcards !== last.wildcards) {
    last = { path, wildcards, segments: cut(path, wildcards, asItIs), isFolded: isFolded(path) };
  }
  return last;
}

const asItIs = (name: string): string => name;

function cut(path: string, wildcards: boolean, fold: (name: string) => string): Glob[] {
  const segments: Glob[] = [];
  for (let from = 0; from < path.length; ) {
    const slash = path.indexOf("/", from);
    const end = slash < 0 ? path.length : slash;
    if (end > from) {
      const text = fold(path.slice(from, end));
      const isGlob = wildcards && /[*?[\\]/.test(text);
      segments.push(isGlob ? parseGlob(text) : { literal: text, atoms: noAtoms });
    }
    from = end + 1;
  }
  return segments;
}

/** The places that are of interest: those for which there are patterns. */
type Wanted = { readonly has: (place: PlaceKind) => boolean };

/** Gives every view of a path, all segments exactly as written. A path above a place has no part in it. */
export function exactViews(path: string, wildcards: boolean, places: Places, wanted: Wanted): PathView[] {
  const { segments } = cutPath(path, wildcards);
  const views: PathView[] = [];
  for (const { place, names } of placeRoots(places)) {
    if (wanted.has(place) && isBelow(segments, names))
      views.push({ place, segments, from: names.length, above: false });
  }
  return views;
}

/** Gives every view that a path may have, also from above, names in the form of `foldName`, and of `foldApart` if that differs. */
export function possibleViews(path: string, wildcards: boolean, places: Places, wanted: Wanted): PathView[] {
  const asWritten = cutPath(path, wildcards);
  const segments = asWritten.isFolded ? asWritten.segments : cut(path, wildcards, foldName);
  const apart = asWritten.isFolded ? null : cut(path, wildcards, foldApart);
  const views: PathView[] = [];
  for (const { place, folded } of placeRoots(places)) {
    const from = folded.length;
    if (!wanted.has(place) || !mayMeet(segments, folded)) continue;
    const above = segments.length < from;
    views.push({ place, segments, from, above });
    if (apart !== null) views.push({ place, segments: apart, from, above });
  }
  return views;
}

function isBelow(segments: readonly Glob[], names: readonly string[]): boolean {
  if (segments.length < names.length) return false;
  for (let index = 0; index < names.length; index += 1) {
    if (segments[index]?.literal !== names[index]) return false;
  }
  return true;
}

/** Tells whether the one may be the other, or lie above or below it. */
function mayMeet(segments: readonly Glob[], names: readonly string[]): boolean {
  const common = Math.min(segments.length, names.length);
  for (let index = 0; index < common; index += 1) {
    if (!mayName(segments[index] as Glob, names[index] as string)) return false;
  }
  return true;
}
