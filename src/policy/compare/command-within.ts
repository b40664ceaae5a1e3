import type { CommandPattern, PatternWord } from "../../model/command-pattern.ts";
import { foldGlob, foldName, type Glob, globMatches } from "../../model/glob.ts";
import { globWithin, isAnyText } from "./glob-within.ts";
import type { How } from "./path-within.ts";

/** Tells whether `outer` surely matches every command that `inner` matches, open words among them. */
export function commandWithin(inner: CommandPattern, outer: CommandPattern, how: How): boolean {
  let reached = pastAny(outer, [0]);
  for (const [index, word] of inner.entries()) {
    const isProgram = index === 0 && word !== "...";
    reached = pastAny(
      outer,
      reached.flatMap((position) => {
        const takes = outer[position];
        if (takes === undefined) return [];
        if (takes === "...") return [position];
        if (word === "...") return [];
        // A program is compared as one only by the first word of a pattern.
        const holds = isProgram ? position === 0 && programWithin(word, takes, how) : wordWithin(word, takes);
        return holds ? [position + 1] : [];
      }),
    );
  }
  return reached.includes(outer.length);
}

function pastAny(pattern: CommandPattern, positions: readonly number[]): number[] {
  const all = new Set(positions);
  for (const position of all) if (pattern[position] === "...") all.add(position + 1);
  return [...all];
}

type Alternatives = Exclude<PatternWord, "...">;

function wordWithin(inner: Alternatives, outer: Alternatives): boolean {
  return inner.every((glob) => outer.some((other) => globWithin(glob, other)));
}

function programWithin(inner: Alternatives, outer: Alternatives, how: How): boolean {
  if (how === "covers") return wordWithin(inner, outer);
  if (how === "crosses") return inner.every((glob) => outer.some((other) => programCrosses(glob, other)));
  // Open words are held against the pattern as written, others in their folded form.
  return wordWithin(inner, outer) && wordWithin(inner.map(foldGlob), outer.map(foldGlob));
}

function programCrosses({ literal }: Glob, outer: Glob): boolean {
  return isAnyText(outer) || (literal !== null && globMatches(foldGlob(outer), foldName(literal)));
}
