import { foldName, type Glob, parseGlob } from "../model/glob.ts";
import type { PlaceKind } from "../model/path-pattern.ts";
import type { Places } from "../model/places.ts";
import { mayName } from "./wildcard.ts";

/** A path as seen from one place that holds it. */
export interface PathView {
  readonly place: PlaceKind;
  /** What comes below the place's root. */
  readonly segments: readonly Glob[];
  /** True if the path is above the place's root instead: then `segments` is empty. */
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

/** Cuts an absolute path into segments. `folded`: in the form of `foldName`. */
function segmentsOf(path: string, wildcards: boolean, folded: boolean): Glob[] {
  const names = path.split("/").filter((name) => name !== "");
  return names.map((name) => {
    const text = folded ? foldName(name) : name;
    return wildcards && /[*?[\\]/.test(text) ? parseGlob(text) : { literal: text, atoms: noAtoms };
  });
}

/** Gives every view of a path, all segments exactly as written. A path above a place has no part in it. */
export function exactViews(path: string, wildcards: boolean, places: Places): PathView[] {
  const segments = segmentsOf(path, wildcards, false);
  return placeRoots(places)
    .filter(({ names }) => names.every((name, index) => segments[index]?.literal === name))
    .map(({ place, names }) => ({ place, segments: segments.slice(names.length), above: false }));
}

/** Gives every view that a path may have, also from above, names in the form of `foldName`. */
export function possibleViews(path: string, wildcards: boolean, places: Places): PathView[] {
  const segments = segmentsOf(path, wildcards, true);
  return placeRoots(places)
    .filter(({ folded }) =>
      folded.every((name, index) => {
        const segment = segments[index];
        return segment === undefined || mayName(segment, name);
      }),
    )
    .map(({ place, folded }) => ({
      place,
      segments: segments.slice(folded.length),
      above: segments.length < folded.length,
    }));
}
