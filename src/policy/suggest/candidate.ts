import type { Action } from "../../model/effect.ts";
import type { AskedEffect } from "./asked.ts";

/** What an allow rule could say. */
export interface Candidate {
  readonly action: Action;
  readonly condition: "command" | "path" | "host" | "mcp" | "agent";
  readonly patterns: readonly string[];
  /** True where the commands are what says which hosts: they are not known beforehand. */
  readonly anyHost: boolean;
  readonly direction: "fetch" | "send" | null;
  /** Candidates of one family may stand in one rule. */
  readonly family: string;
  /** The approved effects it is made from; it covers them. */
  readonly asked: readonly AskedEffect[];
  /** What to try where it lets through too much: the same in pieces, each narrower. */
  readonly narrower: readonly Candidate[];
}

/** Gives the narrowest pieces of a candidate: patterns that say nothing but what was approved. */
export function exactly(candidate: Candidate): readonly Candidate[] {
  return candidate.narrower.length === 0 ? [candidate] : candidate.narrower.flatMap(exactly);
}

/** Tells whether a recorded text is not what stood there: a secret was taken out. */
export type IsHidden = (text: string) => boolean;

/** Puts things with one key together, in the order in which they first come. */
export function grouped<T>(things: readonly T[], keyOf: (thing: T) => string): readonly [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return [...groups.values()];
}

/** How many elements all lists begin with together. */
export function commonStart(lists: readonly ArrayLike<unknown>[]): number {
  const [first, ...others] = lists;
  if (first === undefined) return 0;
  for (let index = 0; index < first.length; index += 1) {
    if (!others.every((list) => index < list.length && list[index] === first[index])) return index;
  }
  return first.length;
}
