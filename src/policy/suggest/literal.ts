import { printable } from "../../base/escape.ts";
import type { IsHidden } from "./candidate.ts";

/** A pattern with longer pieces is none that a person reads. */
const longest = 120;

/**
 * Writes a text as a pattern that matches it; null where there is none that is fit to be read. What a pattern cannot
 * hold (a blank) and what a person cannot see is `?`: any one character.
 */
export function literal(text: string, isHidden: IsHidden): string | null {
  if (text === "" || text.length > longest || isHidden(text)) return null;
  const written = Array.from(text, (character) => {
    if (/\s/.test(character) || printable(character) !== character) return "?";
    return /[*?[\]\\{}"']/.test(character) ? `\\${character}` : character;
  }).join("");
  // What stands for something by its place: `...`, `&&`, `~`, `$TMPDIR`.
  return /^(\.\.\.$|[&|<>~$])/.test(written) ? `\\${written}` : written;
}
