import { type Word as ParsedWord, parse, type WordPart } from "unbash";
import type { Word } from "../../model/command.ts";
import { evaluate } from "./arithmetic.ts";
import { expandBraces, mayHoldBraces } from "./brace.ts";
import type { Cursor } from "./cursor.ts";
import { parameterPieces, simplePieces } from "./parameter.ts";
import {
  openText,
  type Pieces,
  piecesToValue,
  piecesToWords,
  plainText,
  quotedText,
  valuePieces,
  wildcard,
} from "./pieces.ts";
import { addDoubt, shellLimits } from "./scope.ts";
import { assigningTilde, expandTilde } from "./tilde.ts";
import { anyValue, type Value } from "./value.ts";

/** Text in which nothing is quoted or expanded. */
const bare = /^[^$`"'\\*?[\]{}~()<>=:]*$/;

/** Expands a word of a command to the words the shell makes of it. */
export function expandWord(word: ParsedWord, cursor: Cursor): Word[] {
  if (bare.test(word.text)) return [word.text];
  if (word.parts?.some((part) => part.type === "BraceExpansion") === true) return expandBraced(word, cursor);
  if (mayHoldBraces(word)) return openWhole(word, cursor);
  const assigns = assigningTilde.test(word.text);
  return piecesToWords(
    wordPieces(word, { single: false, tilde: assigns ? "after-equals" : "start" }, cursor),
    word.text,
  );
}

/** Expands a word where nothing is split: the value of an assignment, a here-string, what `case` looks at. */
export function expandValue(word: ParsedWord, cursor: Cursor): Value {
  if (bare.test(word.text)) return [word.text];
  return piecesToValue(wordPieces(word, { single: true, tilde: "start" }, cursor));
}

/** Expands the value of an assignment, where `~` also counts after `:`. */
export function expandAssigned(word: ParsedWord, cursor: Cursor): Value {
  if (bare.test(word.text)) return [word.text];
  return piecesToValue(wordPieces(word, { single: true, tilde: "after-colons" }, cursor));
}

/** Expands the parts of a here-document. */
export function expandParts(parts: readonly WordPart[], cursor: Cursor): Value {
  return piecesToValue(parts.flatMap((part) => partPieces(part, true, true, cursor)));
}

/** Expands one part within an arithmetic expression. */
function expandPart(part: WordPart, cursor: Cursor): Value {
  return piecesToValue(partPieces(part, true, true, cursor));
}

/** Goes through arithmetic: what it runs, assigns, and may run. */
export function expandArithmetic(expression: Parameters<typeof evaluate>[0], cursor: Cursor): void {
  evaluate(expression, cursor, expandPart);
}

interface Manner {
  /** Nothing is split and no wildcard counts. */
  readonly single: boolean;
  readonly tilde: "start" | "after-equals" | "after-colons";
}

function wordPieces(word: ParsedWord, manner: Manner, cursor: Cursor): Pieces {
  const { parts } = word;
  const tilde = word.text.includes("~") ? expandTilde(word, manner.tilde, cursor) : null;
  if (tilde === "unclear") {
    for (const part of parts ?? []) partPieces(part, false, manner.single, cursor);
    return [manner.single ? quotedText({ hole: "any", text: word.text }) : openText(word.text)];
  }
  if (parts === undefined) return tilde?.pieces ?? [textPiece(word.value, word.text)];
  const rest = tilde === null ? parts : parts.slice(1);
  return [
    ...(tilde?.pieces ?? []),
    ...rest.flatMap((part) => partPieces(part, false, manner.single, cursor)),
  ];
}

/** Text outside quotes; what is left of an escaped character counts as quoted. */
function textPiece(value: string, written: string): Pieces[number] {
  return value === written ? plainText(value) : quotedText(value);
}

function partPieces(part: WordPart, quoted: boolean, single: boolean, cursor: Cursor): Pieces {
  const whole = quoted || single;
  switch (part.type) {
    case "Literal":
      if (quoted) return [quotedText(part.value)];
      return part.value === "" ? [] : [textPiece(part.value, part.text)];
    case "SingleQuoted":
      return [quotedText(part.value)];
    case "AnsiCQuoted":
      if (cursor.scope.posix) addDoubt("`$'…'` means something else to other shells", cursor.scope);
      // Bytes that are no text, and a newline that bash keeps with its backslash.
      if (/\uFFFD|\\\n/.test(part.value + part.text)) return [quotedText({ hole: "any", text: part.text })];
      return [quotedText(part.value)];
    case "LocaleString":
      if (cursor.scope.posix) addDoubt('`$"…"` means something else to other shells', cursor.scope);
      return doubleQuoted(part.parts, cursor);
    case "DoubleQuoted":
      return doubleQuoted(part.parts, cursor);
    case "SimpleExpansion":
      return simplePieces(part.text.slice(1), part.text, whole, cursor);
    case "ParameterExpansion":
      return parameterPieces(part, whole, cursor, expandValue);
    case "CommandExpansion":
      return substitutionPieces(part, whole, cursor);
    case "ArithmeticExpansion":
      if (part.expression === undefined && !/^\$(\(\(\s*\)\)|\[\s*\])$/.test(part.text)) {
        addDoubt("arithmetic that is not understood", cursor.scope);
      }
      if (cursor.scope.posix && part.text.startsWith("$["))
        addDoubt("`$[…]` means something else to other shells", cursor.scope);
      expandArithmetic(part.expression, cursor);
      return valuePieces([{ hole: "number", text: part.text }], whole, cursor.state, part.text);
    case "ProcessSubstitution":
      cursor.scope.session.interpreter.nested(part.script, cursor.state, cursor.scope);
      return [quotedText("/dev/fd/63")];
    default:
      return patternPieces(part, single, cursor);
  }
}

function patternPieces(
  part: Extract<WordPart, { type: "Glob" | "ExtendedGlob" | "BraceExpansion" }>,
  single: boolean,
  cursor: Cursor,
): Pieces {
  const inner = (part.parts ?? []).flatMap((one) => partPieces(one, true, true, cursor));
  if (part.type === "ExtendedGlob") {
    addDoubt("an extended pattern means one thing or another by `shopt`", cursor.scope);
    return [openText(part.text)];
  }
  const known = (part.parts ?? []).every((one) => one.type === "Literal");
  if (part.type === "BraceExpansion") {
    return [known && !/[\\'"$`]/.test(part.text) ? quotedText(part.text) : openText(part.text)];
  }
  if (!known) return single ? [quotedText("["), ...inner, quotedText("]")] : [openText(part.text)];
  return [single ? quotedText(part.value) : wildcard(part.text, cursor.state)];
}

function doubleQuoted(parts: readonly WordPart[], cursor: Cursor): Pieces {
  const pieces = parts.flatMap((part) => partPieces(part, true, false, cursor));
  if (pieces.length > 0 || (parts.length > 0 && parts.every(isList))) return pieces;
  return [quotedText("")];
}

/** `"$@"` and `"${a[@]}"` of nothing are no word; every other quoted nothing is an empty one. */
function isList(part: WordPart): boolean {
  if (part.type === "SimpleExpansion") return part.text === "$@";
  return part.type === "ParameterExpansion" && (part.index?.text === "@" || part.parameter === "@");
}

function substitutionPieces(
  part: Extract<WordPart, { type: "CommandExpansion" }>,
  quoted: boolean,
  cursor: Cursor,
): Pieces {
  if (part.text.startsWith("${"))
    addDoubt("`$` with braces around a command changes the shell it stands in", cursor.scope);
  const output = cursor.scope.session.interpreter.nested(part.script, cursor.state, cursor.scope);
  return valuePieces(output ?? anyValue(part.text), quoted, cursor.state, part.text);
}

/** Expands braces in the text, then each result as a word of its own. */
function expandBraced(word: ParsedWord, cursor: Cursor): Word[] {
  // Shells such as dash leave braces as they are.
  const texts = cursor.scope.posix ? null : expandBraces(word, shellLimits.braceWords);
  const words = texts?.map(parseWord) ?? null;
  // Whether `k=~/{a,b}` counts as an assignment, whose tilde expands, differs between versions of bash.
  if (words?.every((one) => one !== null && !assigningTilde.test(one.text)) !== true) {
    return openWhole(word, cursor);
  }
  return words.flatMap((one) => (one === null ? [] : expandWord(one, cursor)));
}

/** A word of which nothing is known; what stands in it still runs. */
function openWhole(word: ParsedWord, cursor: Cursor): Word[] {
  for (const part of word.parts ?? []) partPieces(part, false, false, cursor);
  return piecesToWords([openText(word.text)], word.text);
}

function parseWord(text: string): ParsedWord | null {
  const script = parse(`: ${text.startsWith("#") ? "\\" : ""}${text}`);
  const [statement, ...others] = script.commands;
  if (script.errors !== undefined || others.length > 0 || statement?.command.type !== "Command") return null;
  const [word, ...more] = statement.command.suffix;
  if (word?.type !== "Word" || more.length > 0) return null;
  return word.parts?.some((part) => part.type === "BraceExpansion") === true ? null : word;
}
