import type { Action, PathResource } from "../model/effect.ts";
import { foldGlob, type Glob, globMatches } from "../model/glob.ts";
import type { PathPattern, PatternSegment, PlaceKind } from "../model/path-pattern.ts";
import type { Places } from "../model/places.ts";
import { exactViews, type PathView, possibleViews } from "./path-view.ts";
import { mayMeet, mayName } from "./wildcard.ts";

/** How strongly a pattern touches a resource: it does, or it may, and nobody can tell before it runs. */
export type Touch = "surely" | "maybe";

/** One segment further along all patterns that begin alike. */
class Node {
  readonly literals = new Map<string, Node>();
  /** By the wildcards themselves. */
  readonly globs = new Map<string, { readonly glob: Glob; readonly next: Node }>();
  /** What follows a `**`. That node stays where it is for any segment. */
  deep: Node | null = null;
  readonly isDeep: boolean;
  /** Whether some segment on the way here was a literal. */
  readonly isNamed: boolean;
  /** Owners of the patterns that end here. */
  readonly ids: number[] = [];
  #below: readonly number[] | null = null;

  constructor(isDeep: boolean, isNamed: boolean) {
    this.isDeep = isDeep;
    this.isNamed = isNamed;
  }

  step(segment: PatternSegment): Node {
    if (segment === "**") {
      this.deep ??= new Node(true, this.isNamed);
      return this.deep;
    }
    if (segment.literal !== null) {
      const known = this.literals.get(segment.literal);
      if (known !== undefined) return known;
      const next = new Node(false, true);
      this.literals.set(segment.literal, next);
      return next;
    }
    const key = JSON.stringify(segment.atoms);
    const known = this.globs.get(key);
    if (known !== undefined) return known.next;
    const next = new Node(false, this.isNamed);
    this.globs.set(key, { glob: segment, next });
    return next;
  }

  /** Owners of all patterns that go through here. Asked only once the trie is complete. */
  below(): readonly number[] {
    if (this.#below !== null) return this.#below;
    const ids = new Set(this.ids);
    for (const next of this.#next()) for (const id of next.below()) ids.add(id);
    this.#below = [...ids];
    return this.#below;
  }

  *#next(): Iterable<Node> {
    yield* this.literals.values();
    for (const { next } of this.globs.values()) yield next;
    if (this.deep !== null) yield this.deep;
  }
}

type Step = (node: Node, segment: Glob, into: Set<Node>) => void;

/**
 * Path patterns of many owners, in one trie for each place: the cost of a look-up depends on the path and on
 * the patterns that begin like it, not on how many there are.
 *
 * Two ways of asking: `covers` (for what allows) wants proof that a pattern holds for all that the resource may
 * be; `touches` (for what denies or asks) wants to know whether a pattern may hold for any of it.
 */
export class PathTrie {
  readonly #exact = new Map<PlaceKind, Node>();
  readonly #folded = new Map<PlaceKind, Node>();
  readonly #ids = new Set<number>();

  add(pattern: PathPattern, id: number): void {
    this.#ids.add(id);
    insert(this.#exact, pattern, id);
    const segments = pattern.segments.map((segment) => (segment === "**" ? segment : foldGlob(segment)));
    insert(this.#folded, { place: pattern.place, segments }, id);
  }

  /** Gives the owners whose patterns hold for all of the resource, by its name and by its real path. */
  covers(resource: PathResource, places: Places): ReadonlySet<number> {
    if (resource.shape === "unknown") return new Set();
    const named = this.#coversPath(resource.path, resource.shape, places);
    if (resource.real === null || named.size === 0) return named;
    const real = this.#coversPath(resource.real, resource.shape, places);
    return new Set([...named].filter((id) => real.has(id)));
  }

  #coversPath(path: string, shape: PathResource["shape"], places: Places): Set<number> {
    const ids = new Set<number>();
    for (const view of exactViews(path, shape === "glob", places)) {
      for (const node of walk(this.#exact.get(view.place), view, coverStep)) {
        if (shape === "tree" && !node.isDeep) continue;
        for (const id of node.ids) ids.add(id);
      }
    }
    return ids;
  }

  /** Gives the owners one of whose patterns may hold for some of the resource, by its name or its real path. */
  touches(resource: PathResource, action: Action, places: Places): ReadonlyMap<number, Touch> {
    const found = new Map<number, Touch>();
    if (resource.shape === "unknown") {
      for (const id of this.#ids) found.set(id, "maybe");
      return found;
    }
    // What deletes a directory deletes everything below it.
    const deletes = action === "fs.delete";
    const whole = deletes || resource.shape === "tree";
    const forms = resource.real === null ? [resource.path] : [resource.path, resource.real];
    for (const form of forms) {
      for (const view of possibleViews(form, resource.shape === "glob", places)) {
        const root = this.#folded.get(view.place);
        if (root === undefined || (view.above && !whole)) continue;
        if (!view.above) for (const node of walk(root, view, touchStep)) add(found, node.ids, "surely");
        if (whole) for (const ids of belowRoot(root, view)) add(found, ids, certainty(view, deletes));
      }
    }
    return found;
  }
}

// A tree that starts at a place or above it holds nearly everything: that a pattern leads into it says little.
function certainty(view: PathView, deletes: boolean): Touch {
  return deletes || view.segments.length > 0 ? "surely" : "maybe";
}

function add(found: Map<number, Touch>, ids: readonly number[], touch: Touch): void {
  for (const id of ids) if (touch === "surely" || !found.has(id)) found.set(id, touch);
}

function insert(roots: Map<PlaceKind, Node>, pattern: PathPattern, id: number): void {
  let node = roots.get(pattern.place) ?? new Node(false, false);
  roots.set(pattern.place, node);
  for (const segment of pattern.segments) node = node.step(segment);
  if (node.ids.at(-1) !== id) node.ids.push(id);
}

function walk(root: Node | undefined, view: PathView, step: Step): ReadonlySet<Node> {
  let nodes = new Set<Node>();
  if (root === undefined) return nodes;
  enter(root, nodes);
  for (const segment of view.segments) {
    const next = new Set<Node>();
    for (const node of nodes) {
      if (node.isDeep) enter(node, next);
      step(node, segment, next);
    }
    nodes = next;
    if (nodes.size === 0) break;
  }
  return nodes;
}

/** Adds a node and, since `**` may stand for no segment, what follows one here. */
function enter(node: Node, into: Set<Node>): void {
  for (let at: Node | null = node; at !== null && !into.has(at); at = at.deep) into.add(at);
}

/** A name must be matched; a wildcard may become any name, so only any name will do. */
const coverStep: Step = (node, segment, into) => {
  const next = segment.literal === null ? undefined : node.literals.get(segment.literal);
  if (next !== undefined) enter(next, into);
  for (const edge of node.globs.values()) {
    const covered = segment.literal === null ? isAnyText(edge.glob) : globMatches(edge.glob, segment.literal);
    if (covered) enter(edge.next, into);
  }
};

const touchStep: Step = (node, segment, into) => {
  if (segment.literal === null) {
    for (const [name, next] of node.literals) if (mayName(segment, name)) enter(next, into);
  } else {
    const next = node.literals.get(segment.literal);
    if (next !== undefined) enter(next, into);
  }
  for (const edge of node.globs.values()) if (mayMeet(edge.glob, segment)) enter(edge.next, into);
};

function isAnyText(glob: Glob): boolean {
  return glob.atoms.length > 0 && glob.atoms.every((atom) => atom.kind === "run");
}

/**
 * Gives the owners of patterns that lead below the root of a tree. A pattern that starts with a wildcard says
 * nothing about where it leads (`**` + `/.env`): it counts only where it is everything (`**`), or once a literal of
 * it has been met. The analysis names the secrets in a tree one by one.
 */
function* belowRoot(root: Node, view: PathView): Iterable<readonly number[]> {
  if (view.segments.length === 0) {
    if (view.above) yield root.ids;
    for (const next of root.literals.values()) yield next.below();
    if (root.deep !== null) yield root.deep.ids;
    return;
  }
  for (const node of walk(root, view, touchStep)) if (node.isNamed) yield node.below();
}
