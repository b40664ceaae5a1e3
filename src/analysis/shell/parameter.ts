import type { ParameterExpansionPart, Word as ParsedWord } from "unbash";
import { requireHarmless } from "./arithmetic.ts";
import type { Cursor } from "./cursor.ts";
import { lookUp, lookUpAll } from "./lookup.ts";
import { assignNamed } from "./names.ts";
import { cut, openText, type Pieces, quotedText, valuePieces } from "./pieces.ts";
import { addDoubt } from "./scope.ts";
import { anyValue, staticText, type Value } from "./value.ts";

/** Expands a word to the one value it makes. */
export type ExpandValue = (word: ParsedWord, cursor: Cursor) => Value;

/** Expands `$name` and `${name}`. `quoted`: nothing is split. */
export function simplePieces(name: string, written: string, quoted: boolean, cursor: Cursor): Pieces {
  if (name === "@" || name === "*") return listPieces(name, name, written, quoted, cursor);
  return valuePieces(lookUp(name, cursor), quoted, cursor.state, written);
}

/** Expands a list: `$@`, `$*`, `${name[@]}`. */
function listPieces(name: string, kind: string, written: string, quoted: boolean, cursor: Cursor): Pieces {
  const items = lookUpAll(name, cursor);
  if (items === null) {
    const one = quoted && kind === "*";
    return [one ? quotedText({ hole: "any", text: written }) : openText(written)];
  }
  const { state } = cursor;
  if (quoted && kind === "*") {
    if (!state.splitsAtSpace) return [quotedText({ hole: "any", text: written })];
    return items.flatMap((item, index) => [...(index > 0 ? [quotedText(" ")] : []), ...item.map(quotedText)]);
  }
  return items.flatMap((item, index) => {
    const pieces = quoted && item.length === 0 ? [quotedText("")] : valuePieces(item, quoted, state, written);
    return index > 0 ? [cut, ...pieces] : pieces;
  });
}

/** Expands `${…}` in all its forms. */
export function parameterPieces(
  part: ParameterExpansionPart,
  quoted: boolean,
  cursor: Cursor,
  expandValue: ExpandValue,
): Pieces {
  const { operation, index, parameter, text } = part;
  if (part.prefix === "#") {
    expandSubscript(index, cursor, expandValue);
    return [{ part: { hole: "number", text }, quoted, splits: false }];
  }
  if (part.prefix === "!") return indirectPieces(part, quoted, cursor, expandValue);
  const all = index?.text === "@" || index?.text === "*" || parameter === "@" || parameter === "*";
  if (all && operation === undefined) {
    const kind = index?.text ?? parameter;
    return listPieces(parameter, kind, text, quoted, cursor);
  }
  const value = all ? anyValue(text) : elementValue(parameter, index, cursor, expandValue);
  const result = operation === undefined ? value : operate(part, value, cursor, expandValue);
  if (all && quoted) return [openText(text)];
  return valuePieces(result, quoted, cursor.state, text);
}

function elementValue(
  parameter: string,
  index: ParsedWord | undefined,
  cursor: Cursor,
  expandValue: ExpandValue,
): Value {
  const subscript = expandSubscript(index, cursor, expandValue);
  if (index === undefined) return lookUp(parameter, cursor);
  const items = lookUpAll(parameter, cursor);
  if (items === null || subscript === null || !/^\d+$/.test(subscript))
    return anyValue(`\${${parameter}[…]}`);
  return items[Number(subscript)] ?? [];
}

function expandSubscript(
  index: ParsedWord | undefined,
  cursor: Cursor,
  expandValue: ExpandValue,
): string | null {
  if (index === undefined || index.text === "@" || index.text === "*") return null;
  const value = expandValue(index, cursor);
  requireHarmless(value, cursor);
  return staticText(value);
}

/** `${!x}` is the value of the variable that `$x` names, and a subscript in that name runs what it holds. */
function indirectPieces(
  part: ParameterExpansionPart,
  quoted: boolean,
  cursor: Cursor,
  expandValue: ExpandValue,
): Pieces {
  const { operation, index, parameter, text } = part;
  expandSubscript(index, cursor, expandValue);
  const lists = operation?.type === "Names" || index?.text === "@" || index?.text === "*";
  if (!lists) {
    const name = staticText(lookUp(parameter, cursor));
    if (name === null || !/^\w+$/.test(name))
      addDoubt("an indirect expansion of a name that is not known", cursor.scope);
    else if (operation === undefined) return simplePieces(name, text, quoted, cursor);
    if (operation !== undefined) operate(part, anyValue(text), cursor, expandValue);
  }
  return [lists || !quoted ? openText(text) : quotedText({ hole: "any", text })];
}

function operate(
  part: ParameterExpansionPart,
  value: Value,
  cursor: Cursor,
  expandValue: ExpandValue,
): Value {
  const { operation, text } = part;
  const unknown = anyValue(text);
  switch (operation?.type) {
    case "Default":
      return defaulted(part, operation.operator, operation.operand, value, cursor, expandValue);
    case "Remove":
      return removed(value, operation.operator, operation.operand, cursor, expandValue) ?? unknown;
    case "Replace":
      expandValue(operation.pattern, cursor);
      expandValue(operation.replacement, cursor);
      return unknown;
    case "Slice":
      for (const word of [operation.offset, operation.length]) {
        if (word !== undefined) requireHarmless(expandValue(word, cursor), cursor);
      }
      return unknown;
    case "CaseModification":
      if (operation.operand !== undefined) expandValue(operation.operand, cursor);
      return unknown;
    case "Transform":
      if (!/^[QEAaKkUuL]$/.test(operation.operand.text))
        addDoubt("`@P` runs what the variable holds", cursor.scope);
      return unknown;
    case "Names":
      return unknown;
    default:
      addDoubt("an expansion that is not known", cursor.scope);
      return unknown;
  }
}

/** `${x:-word}` and its like. Whether an empty variable is set is not kept: the forms without `:` stay open there. */
function defaulted(
  part: ParameterExpansionPart,
  operator: string,
  operand: ParsedWord,
  value: Value,
  cursor: Cursor,
  expandValue: ExpandValue,
): Value {
  const filled = value.some((one) => (typeof one === "string" ? one !== "" : one.hole !== "any"));
  const empty = staticText(value) === "" && operator.startsWith(":");
  // Quotes in the operand mean one thing inside double quotes and another outside: only a plain one is resolved.
  const plain = !/['"\\\s*?[~]/.test(operand.text);
  const expanded = expandValue(operand, cursor);
  const other = plain ? expanded : anyValue(part.text);
  if (operator.endsWith("=") && !filled) {
    assignNamed(part.parameter, empty && plain ? other : null, cursor);
  }
  if (operator.endsWith("+")) return filled ? other : empty ? [] : anyValue(part.text);
  if (filled || operator.endsWith("?")) return value;
  return empty ? other : anyValue(part.text);
}

/** `${x%suffix}` and its like where it can be told exactly: plain text, and what follows the last slash. */
function removed(
  value: Value,
  operator: string,
  operand: ParsedWord,
  cursor: Cursor,
  expandValue: ExpandValue,
): Value | null {
  const pattern = staticText(expandValue(operand, cursor));
  if (pattern === null || /['"\\]/.test(operand.text)) return null;
  if (operator === "##" && pattern === "*/") return afterLastSlash(value);
  if (/[*?[]/.test(pattern)) return null;
  const suffix = operator.startsWith("%");
  const edge = suffix ? value.at(-1) : value[0];
  if (typeof edge !== "string") return staticText(value) === "" ? [] : null;
  if (suffix)
    return edge.endsWith(pattern)
      ? [...value.slice(0, -1), edge.slice(0, edge.length - pattern.length)]
      : null;
  return edge.startsWith(pattern) ? [edge.slice(pattern.length), ...value.slice(1)] : null;
}

function afterLastSlash(value: Value): Value | null {
  if (value.some((part) => typeof part !== "string" && part.hole === "any")) return null;
  for (let index = value.length - 1; index >= 0; index -= 1) {
    const part = value[index];
    if (typeof part !== "string" || !part.includes("/")) continue;
    return [part.slice(part.lastIndexOf("/") + 1), ...value.slice(index + 1)];
  }
  return value;
}
