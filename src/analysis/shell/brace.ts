import type { Word as ParsedWord, WordPart } from "unbash";

// Brace expansion is the first expansion and works on the text: `{a,b}c` becomes `ac` and `bc`, each then expanded as a
// word of its own. Quoted stretches and other expansions in it are taken as they are.

/** One character that may be a brace, a comma or a dot of an expansion, or a stretch that is only carried along. */
interface Token {
  readonly text: string;
  readonly syntax: boolean;
}

/** Gives the texts a word with braces becomes; null where there are more than `limit`, or it is not understood. */
export function expandBraces(word: ParsedWord, limit: number): string[] | null {
  const texts = expandTokens(tokensOf(word), limit);
  return texts === null ? null : texts.filter((text) => text !== "");
}

/**
 * Tells whether bash may find braces to expand in a word where the parser found none: it goes on looking past a brace that
 * closes too early (`{a},b}`).
 */
export function mayHoldBraces(word: ParsedWord): boolean {
  if (!word.text.includes("{")) return false;
  const tokens = tokensOf(word).map((token) => (token.syntax ? token.text : "\0"));
  return /\{[\s\S]*(,|\.\.)[\s\S]*\}/.test(tokens.join(""));
}

function tokensOf(word: ParsedWord): Token[] {
  const stretches = (word.parts ?? [])
    .flatMap(fixedStretches)
    .map(([pos, end]) => [pos - word.pos, end - word.pos]);
  const tokens: Token[] = [];
  let at = 0;
  for (const [pos = 0, end = 0] of [...stretches, [word.text.length, word.text.length]]) {
    tokens.push(...characterTokens(word.text.slice(at, pos)));
    if (end > pos) tokens.push({ text: word.text.slice(pos, end), syntax: false });
    at = end;
  }
  return tokens;
}

/** Where quoted stretches and other expansions stand. */
function fixedStretches(part: WordPart): [number, number][] {
  if (part.type === "Literal") return [];
  if (part.type === "BraceExpansion") return (part.parts ?? []).flatMap(fixedStretches);
  return [[part.pos, part.end]];
}

function characterTokens(text: string): Token[] {
  const pairs = text.match(/\\[\s\S]|[\s\S]/g) ?? [];
  return pairs.map((pair) => ({ text: pair, syntax: pair.length === 1 }));
}

function expandTokens(tokens: readonly Token[], limit: number): string[] | null {
  const open = tokens.findIndex((token, index) => isSyntax(token, "{") && closing(tokens, index) !== null);
  if (open < 0) return [tokens.map((token) => token.text).join("")];
  const group = closing(tokens, open);
  if (group === null) return null;
  const inner = alternatives(
    tokens.slice(open + 1, group.end),
    group.commas.map((at) => at - open - 1),
    limit,
  );
  const rest = expandTokens(tokens.slice(group.end + 1), limit);
  if (inner === null || rest === null || inner.length * rest.length > limit) return null;
  const before = tokens
    .slice(0, open)
    .map((token) => token.text)
    .join("");
  return inner.flatMap((one) => rest.map((other) => before + one + other));
}

interface Group {
  readonly end: number;
  readonly commas: readonly number[];
}

/** Finds the brace that closes the one at `open`, if the two make an expansion. */
function closing(tokens: readonly Token[], open: number): Group | null {
  const commas: number[] = [];
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    if (isSyntax(token, "{")) depth += 1;
    else if (isSyntax(token, ",") && depth === 1) commas.push(index);
    else if (isSyntax(token, "}")) {
      depth -= 1;
      if (depth > 0) continue;
      const found = commas.length > 0 || range(tokens.slice(open + 1, index)) !== null;
      return found ? { end: index, commas } : null;
    }
  }
  return null;
}

function alternatives(tokens: readonly Token[], commas: readonly number[], limit: number): string[] | null {
  if (commas.length === 0) {
    const found = range(tokens);
    return found === null ? null : rangeTexts(found, limit);
  }
  const texts: string[] = [];
  let at = 0;
  for (const comma of [...commas, tokens.length]) {
    const some = expandTokens(tokens.slice(at, comma), limit);
    if (some === null || texts.length + some.length > limit) return null;
    texts.push(...some);
    at = comma + 1;
  }
  return texts;
}

function range(tokens: readonly Token[]): RegExpExecArray | null {
  if (tokens.some((token) => !token.syntax)) return null;
  const text = tokens.map((token) => token.text).join("");
  return /^(?:([-+]?\d+)\.\.([-+]?\d+)|([A-Za-z])\.\.([A-Za-z]))(?:\.\.([-+]?\d+))?$/.exec(text);
}

function rangeTexts(found: RegExpExecArray, limit: number): string[] | null {
  const [, first, last, firstLetter, lastLetter, given] = found;
  const letters = firstLetter !== undefined && lastLetter !== undefined;
  const from = letters ? firstLetter.charCodeAt(0) : Number(first);
  const to = letters ? lastLetter.charCodeAt(0) : Number(last);
  const size = Math.abs(Number(given ?? 1)) || 1;
  if (!(Math.abs(to - from) / size < limit)) return null;
  // `Z..a` passes characters that are syntax; padded numbers (`01..10`) keep their width.
  if (letters && /[A-Z]/.test(firstLetter) !== /[A-Z]/.test(lastLetter)) return null;
  const padded = [first, last].some((text) => /^[-+]?0\d/.test(text ?? ""));
  if (padded && (from < 0 || to < 0)) return null;
  const width = padded ? Math.max(first?.length ?? 0, last?.length ?? 0) : 0;
  const texts: string[] = [];
  for (let at = from; from <= to ? at <= to : at >= to; at += from <= to ? size : -size) {
    texts.push(letters ? String.fromCharCode(at) : String(at).padStart(width, "0"));
  }
  return texts;
}

function isSyntax(token: Token, text: string): boolean {
  return token.syntax && token.text === text;
}
