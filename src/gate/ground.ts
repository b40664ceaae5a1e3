import { dirname } from "node:path/posix";
import type { LookedInto } from "../analysis/looked-into.ts";
import { realNow } from "../analysis/paths.ts";
import type { World } from "../analysis/world.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { sha256Tag } from "../base/digest.ts";
import type { Effect } from "../model/effect.ts";
import { isNamedBy, writtenNames } from "./path-names.ts";

/** What a decision went by and code that races with the call may change (TRUST H5). Raw: it is never stored. */
export interface Ground {
  readonly files: readonly LookedFile[];
  /** Paths of its effects and where they led. */
  readonly paths: readonly Place[];
}

interface LookedFile {
  readonly path: string;
  readonly limit: number;
  /** Of the text; null where there was none to read. */
  readonly digest: string | null;
}

interface Place {
  readonly path: string;
  readonly shape: "exact" | "glob";
  readonly real: string | null;
}

/** Gives the ground of a decision; null where nothing of the machine went into it. */
export function groundOf(
  effects: readonly Effect[],
  lookedInto: readonly LookedInto[],
  world: World,
): Ground | null {
  const paths = new Map<string, Place>();
  const written = writtenNames(effects);
  for (const effect of effects) {
    const place = placeOf(effect, world);
    if (place !== null) paths.set(`${place.shape} ${place.path}`, place);
  }
  // A call that writes the very file says nothing by a text that is another one afterwards.
  const files = lookedInto
    .filter(({ path }) => !isNamedBy(path, world.realPath(path), written))
    .map(({ path, text, limit }) => ({ path, limit, digest: digestOf(text) }));
  return files.length === 0 && paths.size === 0 ? null : { files, paths: [...paths.values()] };
}

/** Writes a ground down for its commitment: what `docs/ledger.md` says of `ground`. */
export function groundText({ files, paths }: Ground): string {
  return canonicalJson({
    files: files.map(({ path, digest }) => ({ path, digest })),
    paths: paths.map(({ path, real }) => ({ path, real: real ?? path })),
  });
}

/** Tells whether a ground is still what it was. */
export function stillStands({ files, paths }: Ground, world: World): boolean {
  const sameText = files.every(({ path, limit, digest }) => digest === digestOf(world.readText(path, limit)));
  return sameText && paths.every((place) => realNow(place, world) === place.real);
}

function digestOf(text: string | null): string | null {
  return text === null ? null : sha256Tag(text);
}

function placeOf({ action, resource }: Effect, world: World): Place | null {
  if (resource.kind !== "path" || resource.shape === "unknown") return null;
  // What deletes a link takes the link: its directory is what must not become another one.
  const path = action === "fs.delete" ? dirname(resource.path) : resource.path;
  const place = { path, shape: resource.shape === "glob" ? ("glob" as const) : ("exact" as const) };
  return { ...place, real: realNow(place, world) };
}

/** How many calls' grounds are kept; the oldest goes first. */
const mostGrounds = 10_000;

/** The grounds of decisions whose outcome may still come. A gate that was started again knows none of before. */
export class Grounds {
  readonly #grounds = new Map<number, Ground>();

  keep(seq: number, ground: Ground): void {
    this.#grounds.set(seq, ground);
    if (this.#grounds.size <= mostGrounds) return;
    for (const oldest of this.#grounds.keys()) {
      this.#grounds.delete(oldest);
      return;
    }
  }

  /** Gives a decision's ground and keeps it; null if it is not known. */
  of(seq: number): Ground | null {
    return this.#grounds.get(seq) ?? null;
  }

  /** Gives a decision's ground, once; null if it is not known. */
  take(seq: number): Ground | null {
    const ground = this.#grounds.get(seq) ?? null;
    this.#grounds.delete(seq);
    return ground;
  }
}
