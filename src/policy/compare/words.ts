import { type Glob, globMatches } from "../../model/glob.ts";

/** How many globs with wildcards are told apart in one place. */
const mostGlobs = 12;
/** How many steps of the search for words. */
const mostStates = 400;

/** What words are: of a command, where any text may stand, or pieces of paths and names, which have no slash. */
export type WordKind = "command" | "piece";

/**
 * Gives words that stand for all there are: of the words that the globs tell apart, a short one of each kind, so
 * far as there are not too many kinds. Every literal is one; a word that no glob names is among them. Shortest first.
 */
export function wordsFor(globs: readonly Glob[], kind: WordKind): readonly string[] {
  const words = new Set<string>();
  const wild = new Map<string, Glob>();
  for (const glob of globs) {
    if (glob.literal === null) wild.set(JSON.stringify(glob.atoms), glob);
    else words.add(glob.literal);
  }
  const alphabet = lettersOf([...wild.values()]);
  for (const word of kindsOf([...wild.values()].slice(0, mostGlobs), alphabet, kind)) words.add(word);
  // The shortest word of a kind may be what a literal names; this one hardly is.
  for (const glob of wild.values()) words.add(plainWord(glob, alphabet));
  words.add(freshWord(words));
  return [...words]
    .filter((word) => mayBe(word, kind))
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

function mayBe(word: string, kind: WordKind): boolean {
  // A dot and two have no place in a normalised path.
  return word !== "" && (kind === "command" || (word !== "." && word !== ".." && !word.includes("/")));
}

function freshWord(taken: ReadonlySet<string>): string {
  let word = "x";
  while (taken.has(word)) word += "x";
  return word;
}

/** A word that the glob matches, with a letter for each of its wildcards. */
function plainWord({ atoms }: Glob, alphabet: readonly string[]): string {
  const letters = atoms.map((atom) => {
    if (atom.kind === "character") return atom.character;
    return alphabet.find((letter) => globMatches({ literal: null, atoms: [atom] }, letter)) ?? "";
  });
  return letters.join("");
}

/** Walks all globs at once, letter by letter, and takes the first word of each kind: which globs match it. */
function kindsOf(globs: readonly Glob[], alphabet: readonly string[], of: WordKind): string[] {
  const kinds = new Map<string, string>();
  const start = globs.map((glob) => reach(glob, [0]));
  const seen = new Set([start.join("|")]);
  let edge: { word: string; at: readonly (readonly number[])[] }[] = [{ word: "", at: start }];
  while (edge.length > 0 && seen.size < mostStates) {
    const next: typeof edge = [];
    for (const { word, at } of edge) {
      for (const letter of alphabet) {
        const reached = globs.map((glob, index) => advance(glob, at[index] ?? [], letter));
        const state = reached.join("|");
        if (seen.has(state) || seen.size >= mostStates) continue;
        seen.add(state);
        next.push({ word: word + letter, at: reached });
        const kind = globs.map((glob, index) => Number(reached[index]?.includes(glob.atoms.length))).join("");
        if (!kinds.has(kind) && mayBe(word + letter, of)) kinds.set(kind, word + letter);
      }
    }
    edge = next;
  }
  return [...kinds.values()];
}

function advance(glob: Glob, at: readonly number[], letter: string): readonly number[] {
  const next = at.flatMap((position) => {
    const atom = glob.atoms[position];
    if (atom === undefined) return [];
    if (atom.kind === "run") return [position];
    return globMatches({ literal: null, atoms: [atom] }, letter) ? [position + 1] : [];
  });
  return reach(glob, next);
}

function reach({ atoms }: Glob, positions: readonly number[]): readonly number[] {
  const all = new Set(positions);
  for (const position of all) if (atoms[position]?.kind === "run") all.add(position + 1);
  return [...all].sort((a, b) => a - b);
}

/** Letters that the globs name, the ends of their sets and what lies next to these, and one that none names. */
function lettersOf(globs: readonly Glob[]): string[] {
  const letters = new Set<string>();
  for (const { atoms } of globs) {
    for (const atom of atoms) {
      if (atom.kind === "character") letters.add(atom.character);
      if (atom.kind === "set") for (const [low, high] of atom.ranges) addEnds(letters, low, high);
    }
  }
  const fresh = Array.from("xyzwvuq0").find((letter) => !letters.has(letter));
  return fresh === undefined ? [...letters] : [fresh, ...letters];
}

function addEnds(letters: Set<string>, low: number, high: number): void {
  for (const code of [low, high, high + 1, low - 1]) {
    if (code > 0x20 && code < 0xd800 && code !== 0x2f) letters.add(String.fromCodePoint(code));
  }
}
