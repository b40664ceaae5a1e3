import { expandBraces, mostAlternatives } from "./braces.ts";
import { type Glob, parseGlob } from "./glob.ts";

/** One word of a command pattern: alternatives for exactly one word, or `...` for any number, also none. */
export type PatternWord = readonly Glob[] | "...";

/** A command pattern: what the words of one command look like. */
export type CommandPattern = readonly PatternWord[];

const operators = new Set(["&&", "||", "|", "&", ">", ">>", "<"]);

/**
 * Parses a command pattern: `git {status,diff} ...`, `npm run build:*`. Gives one sentence that says what is
 * wrong with it if it is none.
 */
export function parseCommandPattern(text: string): CommandPattern | string {
  const words = text.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return "it is empty";
  const pattern: PatternWord[] = [];
  for (const word of words) {
    const parsed = word === "..." ? null : parseWord(word);
    if (typeof parsed === "string") return parsed;
    pattern.push(parsed ?? "...");
  }
  return pattern;
}

function parseWord(word: string): readonly Glob[] | string {
  if (operators.has(word)) return `\`${word}\` joins commands; a pattern names one command`;
  if (/(^|[^\\])["']/.test(word)) return "quotes mean nothing in a pattern; `*` matches spaces, too";
  if (opens(word)) return "a `{` is not closed; alternatives hold no spaces";
  const alternatives = expandBraces(word);
  return alternatives === null ? `more than ${mostAlternatives} alternatives` : alternatives.map(parseGlob);
}

function opens(word: string): boolean {
  if (!/[{}]/.test(word)) return false;
  const bare = word.replace(/\\./g, "");
  return bare.split("{").length !== bare.split("}").length;
}
