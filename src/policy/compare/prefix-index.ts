import type { CommandPattern } from "../../model/command-pattern.ts";
import { foldName } from "../../model/glob.ts";
import type { PathPattern, PlaceKind } from "../../model/path-pattern.ts";
import type { Rule } from "../../model/policy-set.ts";
import type { PreparedRule } from "../compiled-rule.ts";
import type { CompiledConditions } from "../conditions.ts";

/** How many names a rule is found by. */
const mostNames = 3;
const mostBelow = 16;

/** The kind of what begins so, and the names it begins with. */
type Beginning = readonly string[];
const general: Beginning = ["general"];
const anyPath: Beginning = ["path", ""];

/**
 * Rules by the names that their paths, or else their commands, begin with: what holds wherever a pattern does
 * begins with the same names, or fewer. Made from texts, since most rules are never asked for.
 *
 * A rule that is not found where it might have been is a proof or a witness missed, never a wrong one.
 */
export class PrefixIndex {
  readonly #at = new Map<string, PreparedRule[]>();
  readonly #below = new Map<string, PreparedRule[]>();

  constructor(rules: Iterable<PreparedRule>) {
    for (const prepared of rules)
      for (const beginning of beginningsOf(prepared.rule)) this.#add(beginning, prepared);
  }

  #add(beginning: Beginning, rule: PreparedRule): void {
    const at = listAt(this.#at, keyOf(beginning));
    if (at.at(-1) !== rule) at.push(rule);
    for (let length = 1; length < beginning.length; length += 1) {
      const below = listAt(this.#below, keyOf(beginning.slice(0, length)));
      if (below.length < mostBelow && below.at(-1) !== rule) below.push(rule);
    }
  }

  /** Gives the rules that may hold wherever the conditions do, those that begin most alike first. */
  *around(conditions: CompiledConditions): Iterable<PreparedRule> {
    const keys = new Set<string>();
    for (const beginning of beginningsIn(conditions)) {
      for (let length = beginning.length; length > 0; length -= 1)
        keys.add(keyOf(beginning.slice(0, length)));
    }
    if (conditions.paths !== null) keys.add(keyOf(anyPath));
    for (const key of [...keys, keyOf(general)]) yield* this.#at.get(key) ?? [];
  }

  /** Gives a few rules that speak of a part of what the conditions (null: any) are about. */
  *within(conditions: CompiledConditions | null): Iterable<PreparedRule> {
    const beginnings = conditions === null ? [] : beginningsIn(conditions);
    for (const beginning of beginnings.length > 0 ? beginnings : [["path"], ["command"]]) {
      yield* this.#at.get(keyOf(beginning)) ?? [];
      yield* this.#below.get(keyOf(beginning)) ?? [];
    }
  }
}

function keyOf(beginning: Beginning): string {
  return beginning.join("/");
}

function listAt(table: Map<string, PreparedRule[]>, key: string): PreparedRule[] {
  const list = table.get(key) ?? [];
  table.set(key, list);
  return list;
}

function beginningsOf({ path, command }: Rule): readonly Beginning[] {
  if (path !== null) {
    return path.map((text) => [
      "path",
      ...plainNames(text.replace(/^\.(\/|$)/, "").split("/")).map(foldName),
    ]);
  }
  if (command !== null) {
    return command.map((text) => ["command", ...foldFirst(plainNames(text.trim().split(/\s+/)))]);
  }
  return [general];
}

function plainNames(names: readonly string[]): readonly string[] {
  const end = names.findIndex((name) => name === "..." || /[*?[{\\]/.test(name));
  return names.slice(0, Math.min(mostNames, end < 0 ? names.length : end));
}

/** Programs are compared in any case. */
function foldFirst([first, ...rest]: readonly string[]): readonly string[] {
  return first === undefined ? [] : [foldName(first), ...rest];
}

function beginningsIn({ paths, commands }: CompiledConditions): readonly Beginning[] {
  return [...(paths?.map(pathBeginning) ?? []), ...(commands?.map(commandBeginning) ?? [])];
}

const anchors: Readonly<Record<PlaceKind, readonly string[]>> = {
  repo: [],
  root: [""],
  home: ["~"],
  tmp: ["$tmpdir"],
  git: ["$git_dir"],
  mirror: ["$mirror_home"],
};

function pathBeginning({ place, segments }: PathPattern): Beginning {
  const names = [...anchors[place]];
  for (const segment of segments) {
    if (segment === "**" || segment.literal === null) break;
    names.push(foldName(segment.literal));
  }
  return ["path", ...names.slice(0, mostNames)];
}

function commandBeginning(pattern: CommandPattern): Beginning {
  const names: string[] = [];
  for (const word of pattern) {
    const [glob, ...others] = word === "..." ? [] : word;
    if (glob === undefined || others.length > 0 || glob.literal === null) break;
    names.push(glob.literal);
  }
  return ["command", ...foldFirst(names.slice(0, mostNames))];
}
