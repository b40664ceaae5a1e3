import type { CommandPattern } from "../../model/command-pattern.ts";
import { type Glob, globMatches, globsMeet, parseGlob } from "../../model/glob.ts";
import type { HostPattern } from "../../model/name-pattern.ts";
import type { PathPattern } from "../../model/path-pattern.ts";
import { type WordKind, wordsFor } from "./words.ts";

/**
 * What paths, commands, hosts and names have in common: pieces in order, each one of some globs, or null for any
 * number of pieces.
 */
export type Sequence = readonly (readonly Glob[] | null)[];

const anyWord: readonly Glob[] = [parseGlob("*")];

/** A sequence that everything matches. */
export const anything: Sequence = [null];

export function pathSequence({ segments }: PathPattern): Sequence {
  return segments.map((segment) => (segment === "**" ? null : [segment]));
}

export function commandSequence(pattern: CommandPattern): Sequence {
  return pattern.map((word) => (word === "..." ? null : word));
}

export function hostSequence({ any, below, labels }: HostPattern): Sequence {
  if (any) return anything;
  const own = labels.map((label) => [label]);
  return below ? [anyWord, null, ...own] : own;
}

/** `parts`: how many parts the name has. */
export function nameSequence(globs: readonly Glob[], parts: number): Sequence {
  return Array.from({ length: parts }, (_, index) => (globs[index] === undefined ? anyWord : [globs[index]]));
}

/** Tells whether something may match both. */
export function sequencesMeet(a: Sequence, b: Sequence): boolean {
  return shortestMeeting(a, b) !== null;
}

/** How many pieces an example of a sequence has beside those it must have. */
const mostExtra = 3;
const longest = 6;

/** Gives examples that match `focus`: plain ones, one that matches each of `others`, too, then ever more. */
export function examplesOf(
  focus: Sequence,
  others: readonly Sequence[],
  most: number,
  kind: WordKind,
): string[][] {
  const globs = [focus, ...others].flatMap((sequence) => sequence.flatMap((piece) => piece ?? []));
  const words = wordsFor(globs, kind);
  const examples = new Map<string, string[]>();
  const take = (example: string[]): boolean => {
    examples.set(example.join("\0"), example);
    return examples.size < most;
  };
  eachMatch(focus, words, Math.min(most, 4), take);
  for (const other of others) {
    const pieces = shortestMeeting(focus, other);
    const example = pieces === null ? null : filled(pieces, words, kind);
    if (example !== null && !take(example)) break;
  }
  // The first of them may be what another pattern takes away again.
  const each = Math.ceil(most / (2 * (others.length + 1)));
  const takeMet = (example: string[]): boolean => !sequenceMatches(focus, example) || take(example);
  for (const other of others) if (examples.size < most) eachMatch(other, words, each, takeMet);
  if (examples.size < most) eachMatch(focus, words, most, take);
  return [...examples.values()];
}

/** Calls `take` with what matches, the shortest first, until it has enough. */
function eachMatch(
  focus: Sequence,
  words: readonly string[],
  most: number,
  take: (example: string[]) => boolean,
): void {
  const needed = focus.filter((piece) => piece !== null).length;
  const reaches = focus.includes(null) ? Math.max(needed, Math.min(needed + mostExtra, longest)) : needed;
  const fits = focus.map((piece) => (piece === null ? words : words.filter((word) => matches(piece, word))));
  // Where only one piece may come next, most words need no try.
  const fitting = (at: readonly number[]): readonly string[] => {
    const open = at.filter((position) => position < focus.length);
    return open.length === 1 ? (fits[open[0] ?? 0] ?? []) : words;
  };
  let left = most;
  const extend = (example: readonly string[], at: readonly number[], length: number): boolean => {
    if (example.length === length) {
      if (!at.includes(focus.length)) return true;
      left -= 1;
      return take([...example]) && left > 0;
    }
    for (const word of fitting(at)) {
      const next = step(focus, at, word);
      if (next.length > 0 && !extend([...example, word], next, length)) return false;
    }
    return true;
  };
  for (let length = needed; length <= reaches; length += 1) {
    if (!extend([], pastAny(focus, [0]), length)) return;
  }
}

function sequenceMatches(sequence: Sequence, words: readonly string[]): boolean {
  const start = pastAny(sequence, [0]);
  return words.reduce((at, word) => step(sequence, at, word), start).includes(sequence.length);
}

function step(sequence: Sequence, at: readonly number[], word: string): readonly number[] {
  const next = at.flatMap((position) => {
    const piece = sequence[position];
    if (piece === undefined) return [];
    if (piece === null) return [position];
    return matches(piece, word) ? [position + 1] : [];
  });
  return pastAny(sequence, next);
}

function matches(piece: readonly Glob[], word: string): boolean {
  return piece.some((glob) => globMatches(glob, word));
}

function pastAny(sequence: Sequence, positions: readonly number[]): readonly number[] {
  const all = new Set(positions);
  for (const position of all) if (sequence[position] === null) all.add(position + 1);
  return [...all];
}

/** For each piece of an example of both, what it must match. */
type Pieces = readonly (readonly (readonly Glob[])[])[];

/** Walks two sequences at once, piece by piece. */
function shortestMeeting(a: Sequence, b: Sequence): Pieces | null {
  const seen = new Set<number>();
  const width = b.length + 1;
  let edge: { i: number; j: number; pieces: Pieces }[] = [{ i: 0, j: 0, pieces: [] }];
  while (edge.length > 0) {
    const next: typeof edge = [];
    // What it grows by is walked, too: a null that stands for no piece costs nothing.
    for (const { i, j, pieces } of edge) {
      if (seen.has(i * width + j)) continue;
      seen.add(i * width + j);
      if (i === a.length && j === b.length) return pieces;
      const left = a[i];
      const right = b[j];
      if (left === null) edge.push({ i: i + 1, j, pieces });
      if (right === null) edge.push({ i, j: j + 1, pieces });
      if (left === undefined || right === undefined || (left === null && right === null)) continue;
      if (
        left !== null &&
        right !== null &&
        !left.some((one) => right.some((other) => globsMeet(one, other)))
      )
        continue;
      const piece = [left, right].filter((globs) => globs !== null);
      next.push({ i: left === null ? i : i + 1, j: right === null ? j : j + 1, pieces: [...pieces, piece] });
    }
    edge = next;
  }
  return null;
}

function filled(pieces: Pieces, words: readonly string[], kind: WordKind): string[] | null {
  const example: string[] = [];
  for (const piece of pieces) {
    const fits = (word: string): boolean => piece.every((globs) => matches(globs, word));
    const word = words.find(fits) ?? wordsFor(piece.flat(), kind).find(fits);
    if (word === undefined) return null;
    example.push(word);
  }
  return example;
}
