import type { Action, PathResource, Resource } from "../../model/effect.ts";
import { parseGlob } from "../../model/glob.ts";
import type { PathPattern, PlaceKind } from "../../model/path-pattern.ts";
import type { Places } from "../../model/places.ts";
import type { CompiledConditions } from "../conditions.ts";
import { roundRobin } from "./round-robin.ts";
import {
  anything,
  examplesOf,
  hostSequence,
  nameSequence,
  pathSequence,
  type Sequence,
} from "./sequences.ts";

/** How many examples are made of one kind. */
const mostExamples = 600;
/** Of how many paths the other shapes are tried. */
const mostShaped = 6;

/**
 * Gives resources that meet the conditions in question (null: any), and tell those of `near` apart; the plain ones
 * first.
 */
export function resourcesFor(
  action: Action,
  focus: CompiledConditions | null,
  near: readonly CompiledConditions[],
  places: Places,
  mostRequests: number,
): readonly Resource[] {
  const most = Math.min(mostRequests, mostExamples);
  if (action.startsWith("fs.")) return pathsFor(focus?.paths ?? null, near, places, most);
  if (action === "shell.exec") return [{ kind: "command" }];
  if (action === "net.connect") {
    const named = examplesFor(focus?.hosts, near, "hosts", hostSequence, anything, most);
    const hosts = named.filter((labels) => labels.length > 0).map((labels) => labels.join("."));
    return [...hosts, null].map((host) => ({ kind: "host", host, direction: "fetch" }));
  }
  if (action === "mcp.call") {
    const pair = (globs: Parameters<typeof nameSequence>[0]): Sequence => nameSequence(globs, 2);
    return examplesFor(focus?.mcp, near, "mcp", pair, pair([]), most).map(([server = "", tool = ""]) => ({
      kind: "mcp",
      server,
      tool,
    }));
  }
  if (action === "agent.spawn") {
    const one = (globs: Parameters<typeof nameSequence>[0]): Sequence => nameSequence(globs, 1);
    return examplesFor(focus?.agents, near, "agents", one, one([]), most).map(([type = ""]) => ({
      kind: "agent",
      type,
    }));
  }
  return [{ kind: "tool", name: "x" }];
}

type Listed = "hosts" | "mcp" | "agents";
type ItemOf<K extends Listed> = NonNullable<CompiledConditions[K]>[number];

function examplesFor<K extends Listed>(
  focus: readonly ItemOf<K>[] | null | undefined,
  near: readonly CompiledConditions[],
  key: K,
  sequenceOf: (item: ItemOf<K>) => Sequence,
  any: Sequence,
  most: number,
): string[][] {
  const others = near
    .flatMap((conditions) => (conditions[key] ?? []) as readonly ItemOf<K>[])
    .map(sequenceOf);
  const lists = (focus?.map(sequenceOf) ?? [any]).map((sequence) =>
    examplesOf(sequence, others, most, "piece"),
  );
  return roundRobin(lists);
}

function pathsFor(
  focus: readonly PathPattern[] | null,
  near: readonly CompiledConditions[],
  places: Places,
  most: number,
): PathResource[] {
  const others = near.flatMap(({ paths }) => paths ?? []);
  const lists = (focus ?? anywhere(others)).map((pattern) => {
    const { place } = pattern;
    const here = others.filter((other) => other.place === place).map(pathSequence);
    const root = rootOf(place, places);
    if (root === null) return [];
    const sequence = pathSequence(pattern);
    return examplesOf(sequence, here, most, "piece").map((names) => [root, ...names].join("/") || "/");
  });
  const paths = roundRobin(lists);
  const exact = paths.map((path): PathResource => ({ kind: "path", shape: "exact", path, real: null }));
  const shaped = paths.slice(0, mostShaped).flatMap((path) => shapesOf(path, paths));
  return [...exact.slice(0, mostShaped), ...shaped, ...exact.slice(mostShaped)];
}

const anyName = parseGlob("*");

/** Where any file may be: every place that a rule nearby speaks of. */
function anywhere(others: readonly PathPattern[]): PathPattern[] {
  const kinds = new Set<PlaceKind>(["repo", "root", ...others.map(({ place }) => place)]);
  return [...kinds].map((place) => ({ place, segments: [anyName, "**"] }));
}

function shapesOf(path: string, paths: readonly string[]): PathResource[] {
  const of = (shape: PathResource["shape"], text = path, real: string | null = null): PathResource => ({
    kind: "path",
    shape,
    path: text,
    real,
  });
  const slash = path.lastIndexOf("/");
  const links = paths.filter((other) => other !== path).slice(0, 3);
  return [
    of("tree"),
    of("glob", `${path.slice(0, slash)}/*`),
    ...links.map((real) => of("exact", path, real)),
    of("unknown"),
    ...directoriesOf(path).map((directory) => of("tree", directory)),
  ];
}

/** The nearest directories that hold the path. */
function directoriesOf(path: string): string[] {
  const names = path.split("/");
  return [1, 2, 3].map((up) => names.slice(0, -up).join("/")).filter((directory) => directory !== "");
}

function rootOf(place: PlaceKind, places: Places): string | null {
  if (place === "root") return "";
  if (place === "home") return places.home;
  return places[place][0] ?? null;
}
