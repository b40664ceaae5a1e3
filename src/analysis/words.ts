import type { OpenWord, Word } from "../model/command.ts";

/** Tells whether the word's value is not known. */
export function isOpen(word: Word): word is OpenWord {
  return typeof word !== "string";
}

/** Gives the text a word is known to begin with; the whole text of a static word. */
export function knownStart(word: Word): string {
  return typeof word === "string" ? word : (word.parts[0] ?? "");
}

/** Drops the first `count` characters of a word, all of which are known. */
export function dropStart(word: Word, count: number): Word {
  if (typeof word === "string") return word.slice(count);
  const [first, ...others] = word.parts;
  return { ...word, text: word.text.slice(count), parts: [(first ?? "").slice(count), ...others] };
}

/** Says why an open word makes something unsure. */
export function dependsOn(word: OpenWord): string {
  return `depends on \`${word.text.length > 60 ? `${word.text.slice(0, 59)}…` : word.text}\``;
}

/** Gives the reasons a word makes something unsure: none for a static word, and none for a path pattern. */
export function openReasons(word: Word): string[] {
  return isOpen(word) && !word.glob ? [dependsOn(word)] : [];
}

/** A word of which nothing is known; `many`: it may become any number of words. */
export function unknownWord(text: string, many: boolean): OpenWord {
  return { text, parts: [null], many, glob: false };
}

/**
 * The word for "any path below `root`" (what `find` hands to `-exec`), and `root` itself: a pattern with a `**` segment, which
 * paths.ts reads as a tree. `name` narrows the last segment; null: any name.
 */
export function belowWord(root: string, name: string | null, many: boolean): OpenWord {
  const start = root.endsWith("/") ? root : `${root}/`;
  // `root` itself is found, too, and is written without the slash.
  const known = root === "/" ? root : root.replace(/\/+$/, "");
  return { text: `${start}**/${name ?? "*"}`, parts: [known, null], many, glob: true };
}
