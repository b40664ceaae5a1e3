import type { OpenWord, Word } from "../model/command.ts";
import type { CommandPattern, PatternWord } from "../model/command-pattern.ts";
import {
  foldApart,
  foldGlob,
  foldName,
  type Glob,
  globMatches,
  globOfParts,
  globsMeet,
  isFolded,
} from "../model/glob.ts";
import type { Reading } from "./reading.ts";

/**
 * Tells whether the words of one command match a pattern. An open word is covered only by `...`; it touches
 * every word that what is known of it allows, and one that may become several words touches any number.
 */
export function commandMatches(pattern: CommandPattern, argv: readonly Word[], reading: Reading): boolean {
  // Most patterns fall at their first words, which stand where they stand.
  let fixed = 0;
  for (; fixed < pattern.length; fixed += 1) {
    const word = pattern[fixed];
    const given = argv[fixed];
    if (word === undefined || word === "...") break;
    if (given === undefined) return false;
    if (reading === "touches" && isMany(given)) break;
    if (!wordsMatch(word, given, fixed === 0, reading)) return false;
  }
  if (fixed === pattern.length) {
    // What is left may become no words at all: `git push $x` may be `git push`.
    return argv.length === fixed || (reading === "touches" && argv.slice(fixed).every(isMany));
  }
  if (fixed === pattern.length - 1 && pattern[fixed] === "...") return true;
  return restMatches(pattern, fixed, argv, reading);
}

/** Matches what comes after the first `fixed` words of both. */
function restMatches(
  pattern: CommandPattern,
  fixed: number,
  argv: readonly Word[],
  reading: Reading,
): boolean {
  // reached[j]: the pattern so far matches the first j words.
  let reached = new Array<boolean>(argv.length + 1).fill(false);
  reached[fixed] = true;
  for (const [index, word] of pattern.entries()) {
    if (index < fixed) continue;
    if (reading === "touches") skipMany(reached, argv);
    reached = word === "..." ? fillFrom(reached) : step(word, index, reached, argv, reading);
  }
  if (reading === "touches") skipMany(reached, argv);
  return reached[argv.length] === true;
}

function fillFrom(reached: readonly boolean[]): boolean[] {
  const first = reached.indexOf(true);
  return reached.map((_, index) => first >= 0 && index >= first);
}

/** A word that may become none is passed over. */
function skipMany(reached: boolean[], argv: readonly Word[]): void {
  for (const [index, word] of argv.entries()) {
    if (reached[index] === true && isMany(word)) reached[index + 1] = true;
  }
}

function step(
  patternWord: Exclude<PatternWord, "...">,
  patternIndex: number,
  reached: readonly boolean[],
  argv: readonly Word[],
  reading: Reading,
): boolean[] {
  const next = new Array<boolean>(argv.length + 1).fill(false);
  for (const [index, word] of argv.entries()) {
    if (reached[index] !== true) continue;
    if (!wordsMatch(patternWord, word, patternIndex === 0 && index === 0, reading)) continue;
    next[index + 1] = true;
    // One of the several words it may become.
    if (reading === "touches" && isMany(word)) next[index] = true;
  }
  return next;
}

function isMany(word: Word): boolean {
  return typeof word !== "string" && word.many;
}

function wordsMatch(globs: readonly Glob[], word: Word, isProgram: boolean, reading: Reading): boolean {
  if (isProgram) return programMatches(globs, word, reading);
  return globs.some((glob) => wordMatches(glob, word, reading));
}

function wordMatches(glob: Glob, word: Word, reading: Reading): boolean {
  if (typeof word === "string") return globMatches(glob, word);
  return reading === "touches" && openWordMeets(word, glob);
}

/** Tells whether an open word, or one of the words it becomes, may match. */
export function openWordMeets(word: OpenWord, glob: Glob): boolean {
  // Unquoted text is split wherever a blank turns up, so that its known parts need not stand in one word.
  return (word.many && !word.glob) || globsMeet(glob, globOfParts(word.parts));
}

/**
 * A program's name. What allows takes the canonical name alone; what denies takes any path to a program of that
 * name, in any case, for file systems that do not tell case apart.
 */
function programMatches(globs: readonly Glob[], word: Word, reading: Reading): boolean {
  if (reading === "covers") return typeof word === "string" && globs.some((glob) => globMatches(glob, word));
  if (typeof word !== "string")
    return reading === "touches" && globs.some((glob) => openWordMeets(word, glob));
  const names = [foldName(word), programName(word)];
  if (!isFolded(word)) names.push(foldApart(word), foldApart(lastSegment(word)));
  return globs.some((glob) => names.some((name) => globMatches(folded(glob), name)));
}

const foldedGlobs = new WeakMap<Glob, Glob>();

function folded(glob: Glob): Glob {
  const known = foldedGlobs.get(glob) ?? foldGlob(glob);
  foldedGlobs.set(glob, known);
  return known;
}

/** Gives the last segment of a program's path, in the form of `foldName`. */
export function programName(word: string): string {
  return foldName(lastSegment(word));
}

function lastSegment(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1);
}
