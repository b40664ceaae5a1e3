import type { Word as ParsedWord } from "unbash";
import type { Cursor } from "./cursor.ts";
import { lookUp } from "./lookup.ts";
import { type Pieces, quotedText } from "./pieces.ts";
import type { Value } from "./value.ts";

/** A word with an assignment's form (`of=~/x`), in which bash expands the tilde, too. */
export const assigningTilde: RegExp = /^[A-Za-z_]\w*=.*~/s;

/**
 * Expands tildes in the unquoted text a word begins with: its pieces, to stand for the word's first part. Null: there is
 * none to expand; `unclear`: there may be one further on.
 */
export function expandTilde(
  word: ParsedWord,
  where: "start" | "after-equals" | "after-colons",
  cursor: Cursor,
): { readonly pieces: Pieces } | "unclear" | null {
  const { parts } = word;
  const first = parts?.[0];
  if (parts !== undefined && first?.type !== "Literal")
    return where !== "start" && unquotedTilde(word) ? "unclear" : null;
  const raw = first?.type === "Literal" ? first.text : word.text;
  const value = first?.type === "Literal" ? first.value : word.value;
  if (where !== "start" && /[=:]\\?~/.test(word.text.slice(raw.length))) return "unclear";
  const starts = tildeStarts(raw, where);
  if (starts.length === 0) return null;
  if (
    (raw !== value && starts.length > 1) ||
    (where !== "start" && parts !== undefined && parts.length > 1 && starts.length > 1)
  )
    return "unclear";
  if (cursor.scope.posix && where === "after-equals") return "unclear";
  if (raw !== value && (starts[0] !== 0 || /^~[^/]*\\/.test(raw))) return "unclear";
  return { pieces: tildePieces(value, starts, (parts?.length ?? 1) > 1, cursor) };
}

function unquotedTilde(word: ParsedWord): boolean {
  return (word.parts ?? []).some((part) => part.type === "Literal" && /[=:]~/.test(part.text));
}

function tildeStarts(raw: string, where: "start" | "after-equals" | "after-colons"): number[] {
  const starts: number[] = [];
  if (where !== "after-equals" && raw.startsWith("~")) starts.push(0);
  if (where === "start") return starts;
  const from = where === "after-equals" ? raw.indexOf("=") : 0;
  for (let at = Math.max(from, 0); at < raw.length; at += 1) {
    const separates = raw[at] === ":" || (where === "after-equals" && at === from);
    if (separates && raw[at + 1] === "~") starts.push(at + 1);
  }
  return starts;
}

function tildePieces(text: string, starts: readonly number[], continues: boolean, cursor: Cursor): Pieces {
  const pieces: Pieces = [];
  let at = 0;
  for (const start of starts) {
    const [prefix = "~"] = /^~[^/:]*/.exec(text.slice(start)) ?? [];
    const end = start + prefix.length;
    // A tilde-prefix that runs into quotes or an expansion is no tilde-prefix.
    const whole = end < text.length || !continues;
    pieces.push(
      quotedText(text.slice(at, start)),
      ...(whole ? directory(prefix, cursor) : [prefix]).map(quotedText),
    );
    at = end;
  }
  pieces.push(quotedText(text.slice(at)));
  return pieces.filter((piece) => "cut" in piece || piece.part !== "");
}

function directory(prefix: string, cursor: Cursor): Value {
  if (prefix === "~") return lookUp("HOME", cursor);
  if (cursor.scope.posix) return [{ hole: "any", text: prefix }];
  if (prefix === "~+") return lookUp("PWD", cursor);
  if (prefix === "~-") return lookUp("OLDPWD", cursor);
  return [{ hole: "any", text: prefix }];
}
