import type { Action, PathResource } from "../model/effect.ts";
import { foldGlob, type Glob, globMatches } from "../model/glob.ts";
import type { PathPattern, PatternSegment, PlaceKind } from "../model/path-pattern.ts";
import type { Places } from "../model/places.ts";
import { exactViews, type PathView, possibleViews } from "./path-view.ts";
import { mayMeet, mayName } from "./wildcard.ts";

/** How strongly a pattern touches a resource: it does, or it may, and nobody can tell before it runs. */
export type Touch = "surely" | "maybe";

/** One segment further along all patterns that begin alike. Small: there are several of them for each rule. */
class Node {
  // Most have one literal after them, or none: the first needs no table.
  #name: string | null = null;
  #named: Node | null = null;
  #literals: Map<string, Node> | null = null;
  #globs: Map<string, Node> | null = null;
  #edges: GlobEdge[] | null = null;
  /** What follows a `**`. That node stays where it is for any segment. */
  deep: Node | null = null;
  readonly isDeep: boolean;
  /** Whether some segment on the way here was a literal. */
  readonly isNamed: boolean;
  #ids: number[] | null = null;
  /** The step of a walk in which it was last reached. */
  reachedIn = 0;
  #below: readonly number[] | null = null;

  constructor(isDeep: boolean, isNamed: boolean) {
    this.isDeep = isDeep;
    this.isNamed = isNamed;
  }

  /** Owners of the patterns that end here. */
  get ids(): readonly number[] {
    return this.#ids ?? nobody;
  }

  own(id: number): void {
    if (this.#ids === null) this.#ids = [id];
    else if (this.#ids.at(-1) !== id) this.#ids.push(id);
  }

  /** Gives the node after a literal. */
  literal(name: string): Node | null {
    if (this.#name === name) return this.#named;
    return this.#literals === null ? null : (this.#literals.get(name) ?? null);
  }

  *literals(): Iterable<readonly [string, Node]> {
    if (this.#name !== null && this.#named !== null) yield [this.#name, this.#named];
    if (this.#literals !== null) yield* this.#literals;
  }

  /** What follows a segment with wildcards. */
  get globs(): readonly GlobEdge[] {
    return this.#edges ?? noEdges;
  }

  step(segment: PatternSegment): Node {
    if (segment === "**") {
      this.deep ??= new Node(true, this.isNamed);
      return this.deep;
    }
    if (segment.literal !== null) return this.literal(segment.literal) ?? this.#addLiteral(segment.literal);
    return this.#glob(segment);
  }

  #glob(glob: Glob): Node {
    const key = JSON.stringify(glob.atoms);
    this.#globs ??= new Map();
    const known = this.#globs.get(key);
    if (known !== undefined) return known;
    const next = new Node(false, this.isNamed);
    this.#globs.set(key, next);
    this.#edges ??= [];
    this.#edges.push({ glob, next });
    return next;
  }

  #addLiteral(name: string): Node {
    const next = new Node(false, true);
    if (this.#name === null) {
      this.#name = name;
      this.#named = next;
    } else {
      this.#literals ??= new Map();
      this.#literals.set(name, next);
    }
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
    for (const [, next] of this.literals()) yield next;
    for (const { next } of this.globs) yield next;
    if (this.deep !== null) yield this.deep;
  }
}

interface GlobEdge {
  readonly glob: Glob;
  readonly next: Node;
}

const nobody: readonly number[] = [];
const noEdges: readonly GlobEdge[] = [];

type Step = (node: Node, segment: Glob, into: Node[]) => void;

/**
 * Path patterns of many owners, in one trie for each place: the cost of a look-up depends on the path and on
 * the patterns that begin like it, not on how many there are.
 *
 * Two ways of asking: `covers` (for what allows) wants proof that a pattern holds for all that the resource may
 * be; `touches` (for what denies or asks) wants to know whether a pattern may hold for any of it.
 */
export class PathTrie {
  readonly #patterns: OwnedPattern[] = [];
  // Built when first asked: most are asked in one way only, many in none.
  #exact: Roots | null = null;
  #folded: Roots | null = null;

  add(pattern: PathPattern, id: number): void {
    this.#patterns.push({ pattern, id });
    this.#exact = null;
    this.#folded = null;
  }

  /** Gives the owners whose patterns hold for all of the resource, by its name and by its real path. */
  covers(resource: PathResource, places: Places): readonly number[] {
    if (resource.shape === "unknown") return nobody;
    const named = this.#coversPath(resource.path, resource.shape, places);
    if (resource.real === null || named.length === 0) return named;
    const real = new Set(this.#coversPath(resource.real, resource.shape, places));
    return named.filter((id) => real.has(id));
  }

  #coversPath(path: string, shape: PathResource["shape"], places: Places): readonly number[] {
    if (this.#patterns.length === 0) return nobody;
    this.#exact ??= grow(this.#patterns, (pattern) => pattern);
    // Nearly always the owners of one node.
    let first = nobody;
    let several: Set<number> | null = null;
    for (const view of exactViews(path, shape === "glob", places, this.#exact)) {
      for (const { ids, isDeep } of walk(this.#exact.get(view.place), view, coverStep)) {
        if (ids.length === 0 || (shape === "tree" && !isDeep)) continue;
        if (first.length === 0) first = ids;
        else {
          several ??= new Set(first);
          for (const id of ids) several.add(id);
        }
      }
    }
    return several === null ? first : [...several];
  }

  /** Gives the owners one of whose patterns may hold for some of the resource, by its name or its real path. */
  touches(resource: PathResource, action: Action, places: Places): ReadonlyMap<number, Touch> {
    if (this.#patterns.length === 0) return noTouches;
    if (resource.shape === "unknown") return new Map(this.#patterns.map(({ id }) => [id, "maybe"]));
    let found = noTouches;
    this.#folded ??= grow(this.#patterns, foldPattern);
    // What deletes a directory deletes everything below it.
    const deletes = action === "fs.delete";
    const whole = deletes || resource.shape === "tree";
    const forms = resource.real === null ? [resource.path] : [resource.path, resource.real];
    for (const form of forms) {
      for (const view of possibleViews(form, resource.shape === "glob", places, this.#folded)) {
        const root = this.#folded.get(view.place);
        if (root === undefined || (view.above && !whole)) continue;
        if (!view.above)
          for (const node of walk(root, view, touchStep)) found = withTouches(found, node.ids, "surely");
        if (whole)
          for (const ids of belowRoot(root, view)) found = withTouches(found, ids, certainty(view, deletes));
      }
    }
    return found;
  }
}

// A tree that starts at a place or above it holds nearly everything: that a pattern leads into it says little.
function certainty(view: PathView, deletes: boolean): Touch {
  return deletes || !isRoot(view) ? "surely" : "maybe";
}

const noTouches = new Map<number, Touch>();

/** Adds to what was found, in a table of its own once there is something: most paths meet no pattern. */
function withTouches(found: Map<number, Touch>, ids: readonly number[], touch: Touch): Map<number, Touch> {
  if (ids.length === 0) return found;
  const touches = found === noTouches ? new Map<number, Touch>() : found;
  for (const id of ids) if (touch === "surely" || !touches.has(id)) touches.set(id, touch);
  return touches;
}

function isRoot({ segments, from }: PathView): boolean {
  return from >= segments.length;
}

interface OwnedPattern {
  readonly pattern: PathPattern;
  readonly id: number;
}

type Roots = ReadonlyMap<PlaceKind, Node>;

function grow(patterns: readonly OwnedPattern[], form: (pattern: PathPattern) => PathPattern): Roots {
  const roots = new Map<PlaceKind, Node>();
  for (const { pattern, id } of patterns) {
    const { place, segments } = form(pattern);
    let node = roots.get(place) ?? new Node(false, false);
    roots.set(place, node);
    for (const segment of segments) node = node.step(segment);
    node.own(id);
  }
  return roots;
}

function foldPattern({ place, segments }: PathPattern): PathPattern {
  return { place, segments: segments.map((segment) => (segment === "**" ? segment : foldGlob(segment))) };
}

/** Counts the steps of all walks, so that a node knows whether the one under way has reached it. */
let steps = 0;

function walk(root: Node | undefined, { segments, from }: PathView, step: Step): readonly Node[] {
  let nodes: Node[] = [];
  if (root === undefined) return nodes;
  steps += 1;
  enter(root, nodes);
  for (let index = from; index < segments.length && nodes.length > 0; index += 1) {
    const segment = segments[index] as Glob;
    const next: Node[] = [];
    steps += 1;
    for (const node of nodes) {
      if (node.isDeep) enter(node, next);
      step(node, segment, next);
    }
    nodes = next;
  }
  return nodes;
}

/** Adds a node once, and since `**` may stand for no segment, what follows one here. */
function enter(node: Node, into: Node[]): void {
  for (let at: Node | null = node; at !== null && at.reachedIn !== steps; at = at.deep) {
    at.reachedIn = steps;
    into.push(at);
  }
}

/** A name must be matched; a wildcard may become any name, so only any name will do. */
const coverStep: Step = (node, segment, into) => {
  const next = segment.literal === null ? null : node.literal(segment.literal);
  if (next !== null) enter(next, into);
  for (const edge of node.globs) {
    const covered = segment.literal === null ? isAnyText(edge.glob) : globMatches(edge.glob, segment.literal);
    if (covered) enter(edge.next, into);
  }
};

const touchStep: Step = (node, segment, into) => {
  if (segment.literal === null) {
    for (const [name, next] of node.literals()) if (mayName(segment, name)) enter(next, into);
  } else {
    const next = node.literal(segment.literal);
    if (next !== null) enter(next, into);
  }
  for (const edge of node.globs) if (mayMeet(edge.glob, segment)) enter(edge.next, into);
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
  if (isRoot(view)) {
    if (view.above) yield root.ids;
    for (const [, next] of root.literals()) yield next.below();
    if (root.deep !== null) yield root.deep.ids;
    return;
  }
  for (const node of walk(root, view, touchStep)) if (node.isNamed) yield node.below();
}
