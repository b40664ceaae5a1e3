import type { Word } from "../../model/command.ts";
import { type Hole, openWord, staticText, type Value } from "./value.ts";

/** A stretch of an expanded word, before it is cut into words. */
export interface Piece {
  readonly part: string | Hole;
  readonly quoted: boolean;
  /** It may hold white space or wildcards that the shell acts on, or be no word at all. */
  readonly splits: boolean;
}

/** Where one word ends and the next begins. */
export interface Cut {
  readonly cut: true;
}

export type Pieces = (Piece | Cut)[];

export const cut: Cut = { cut: true };

export function quotedText(part: string | Hole): Piece {
  return { part, quoted: true, splits: false };
}

export function plainText(part: string | Hole): Piece {
  return { part, quoted: false, splits: false };
}

/** Something of which nothing is known, outside quotes. */
export function openText(text: string): Piece {
  return { part: { hole: "any", text }, quoted: false, splits: true };
}

/** How the shell treats unquoted expansions here. */
export interface Splitting {
  readonly splitsAtSpace: boolean;
  readonly plainGlobs: boolean;
}

/** Gives the pieces of an expanded value. */
export function valuePieces(value: Value, quoted: boolean, splitting: Splitting, written: string): Pieces {
  if (quoted) return value.map(quotedText);
  return value.flatMap((part): Pieces => {
    if (typeof part === "string") return splitText(part, splitting, written);
    if (part.hole === "number" && splitting.splitsAtSpace) return [plainText(part)];
    // A file's name may hold white space: where it is split, its parts may be anything.
    return [openText(written)];
  });
}

/** Splits text that an unquoted expansion gave, and finds the wildcards in it. */
function splitText(text: string, splitting: Splitting, written: string): Pieces {
  if (text === "") return [];
  if (!splitting.splitsAtSpace || (text.includes("\\") && /[*?[]/.test(text))) return [openText(written)];
  return text.split(/([ \t\n]+)/).flatMap((token): Pieces => {
    if (token === "") return [];
    return /^[ \t\n]/.test(token) ? [cut] : globPieces(token, splitting);
  });
}

function globPieces(text: string, splitting: Splitting): Pieces {
  return text.split(/([*?]|\[[^\]/]+\])/).flatMap((token, index): Pieces => {
    if (token === "") return [];
    return [index % 2 === 0 ? plainText(token) : wildcard(token, splitting)];
  });
}

/** The piece for a wildcard; one that may mean more than it does by default may become anything. */
export function wildcard(text: string, splitting: Splitting): Piece {
  const simple = splitting.plainGlobs && !/[/\\'"]/.test(text);
  return simple ? { part: { hole: "wild", text }, quoted: false, splits: true } : openText(text);
}

/** Cuts pieces into words. `written`: the word in the text, for people. */
export function piecesToWords(pieces: Pieces, written: string): Word[] {
  const fields: Piece[][] = [[]];
  for (const piece of pieces) {
    if ("cut" in piece) fields.push([]);
    else fields.at(-1)?.push(piece);
  }
  return fields.flatMap((field) => {
    const word = fieldToWord(field, fields.length === 1 ? written : null);
    return word === null ? [] : [word];
  });
}

function fieldToWord(field: readonly Piece[], written: string | null): Word | null {
  const value = field.map((piece) => piece.part);
  const text = staticText(value);
  if (text !== null) return text === "" && !field.some((piece) => piece.quoted) ? null : text;
  const many = field.some((piece) => piece.splits);
  return openWord(value, many, written);
}

/** Joins pieces to the one value they make where nothing is split: in assignments and here-strings. */
export function piecesToValue(pieces: Pieces): Value {
  return pieces.map((piece) => ("cut" in piece ? " " : piece.part));
}
