import type { CommandPattern } from "../../model/command-pattern.ts";
import type { FlagCondition } from "../../model/policy-set.ts";
import type { CompiledConditions } from "../conditions.ts";
import { commandWithin } from "./command-within.ts";
import { hostsApart, hostWithin, namesApart, nameWithin } from "./name-within.ts";
import { type How, pathWithin } from "./path-within.ts";

/**
 * Tells whether `outer` surely holds wherever `inner` does, `when` left aside. Each kind of condition by itself;
 * what covers one path by its name and another by its link must find both in `outer`, so alternatives are never
 * spread over several outer conditions here.
 */
export function conditionWithin(inner: CompiledConditions, outer: CompiledConditions, how: How): boolean {
  return (
    commandsWithin(inner, outer, how) &&
    eachWithin(inner.paths, outer.paths, (a, b) => pathWithin(a, b, how)) &&
    eachWithin(inner.hosts, outer.hosts, hostWithin) &&
    eachWithin(inner.mcp, outer.mcp, nameWithin) &&
    eachWithin(inner.agents, outer.agents, nameWithin)
  );
}

/** Tells whether nothing meets both, by what they are about: links of a chain may meet a command each. */
export function conditionsApart(a: CompiledConditions, b: CompiledConditions): boolean {
  return (
    allApart(a.hosts, b.hosts, hostsApart) ||
    allApart(a.mcp, b.mcp, namesApart) ||
    allApart(a.agents, b.agents, namesApart)
  );
}

/** Cuts a condition into its alternatives. `withPaths` only for what touches: that needs one path and no other. */
export function alternativesOf(conditions: CompiledConditions, withPaths: boolean): CompiledConditions[] {
  let pieces = [conditions];
  const cut = <K extends keyof CompiledConditions>(key: K): void => {
    pieces = pieces.flatMap((piece) => {
      const alternatives = piece[key];
      if (!Array.isArray(alternatives) || alternatives.length < 2) return [piece];
      return alternatives.map((one) => ({ ...piece, [key]: [one] }));
    });
  };
  const { commands } = conditions;
  if (commands !== null) pieces = [{ ...conditions, commands: commands.flatMap(spelledOut) }];
  cut("commands");
  if (withPaths) cut("paths");
  for (const key of ["hosts", "mcp", "agents"] as const) cut(key);
  return pieces;
}

const mostSpelled = 64;

/** `git {log,diff}` says as much as `git log` and `git diff`. */
function spelledOut(pattern: CommandPattern): CommandPattern[] {
  let spelled: CommandPattern[] = [[]];
  for (const word of pattern) {
    const choices = word === "..." ? [word] : word.map((glob) => [glob]);
    spelled = spelled.flatMap((start) => choices.map((choice) => [...start, choice]));
    if (spelled.length > mostSpelled) return [pattern];
  }
  return spelled;
}

function commandsWithin(inner: CompiledConditions, outer: CompiledConditions, how: How): boolean {
  if (outer.commands === null && outer.flags === null) return true;
  // Without either, `inner` holds where there is no command at all.
  if (inner.commands === null && inner.flags === null) return false;
  return (
    eachWithin(inner.commands, outer.commands, (a, b) => commandWithin(a, b, how)) &&
    flagsWithin(inner.flags, outer.flags)
  );
}

function flagsWithin(inner: FlagCondition | null, outer: FlagCondition | null): boolean {
  if (outer === null) return true;
  const needs = inner?.any ?? null;
  const lacks = inner?.none ?? [];
  if (outer.any !== null && (needs === null || !needs.every((flag) => outer.any?.includes(flag))))
    return false;
  return outer.none === null || outer.none.every((flag) => lacks.includes(flag));
}

/** Null says nothing, and so holds everywhere. */
function eachWithin<T>(
  inner: readonly T[] | null,
  outer: readonly T[] | null,
  within: (inner: T, outer: T) => boolean,
): boolean {
  if (outer === null) return true;
  if (inner === null) return false;
  return inner.every((one) => outer.some((other) => within(one, other)));
}

function allApart<T>(
  a: readonly T[] | null,
  b: readonly T[] | null,
  apart: (a: T, b: T) => boolean,
): boolean {
  return a !== null && b !== null && a.every((one) => b.every((other) => apart(one, other)));
}
