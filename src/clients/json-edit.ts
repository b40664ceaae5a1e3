import type { Json } from "../base/canonical-json.ts";
import type { JsonArray, JsonMember, JsonNode, JsonObject } from "./json-text.ts";

// Changes to one place of a JSON text. Everything outside that place keeps its bytes; what is written new follows
// the text's own line ends and indentation.

/** Adds a member behind the last one. */
export function appendMember(text: string, object: JsonObject, key: string, value: Json): string {
  return append(
    text,
    object,
    object.members,
    (indent) => `${JSON.stringify(key)}:${indent === null ? "" : " "}${render(text, value, indent)}`,
  );
}

/** Adds an element behind the last one. */
export function appendElement(text: string, array: JsonArray, value: Json): string {
  return append(text, array, array.elements, (indent) => render(text, value, indent));
}

/** Puts a value in place of another, on as many lines or on one as that was. */
export function replaceNode(text: string, node: JsonNode, value: Json): string {
  const indent = text.slice(node.start, node.end).includes("\n") ? lineIndent(text, node.start) : null;
  return splice(text, node.start, node.end, render(text, value, indent));
}

/** Takes one member or element out, with the comma that goes with it. */
export function removeItem(text: string, container: JsonObject | JsonArray, index: number): string {
  const items: readonly (JsonMember | JsonNode)[] =
    container.kind === "object" ? container.members : container.elements;
  const item = items[index];
  if (item === undefined) return text;
  const before = items[index - 1];
  const after = items[index + 1];
  if (before !== undefined) return splice(text, before.end, item.end, "");
  if (after !== undefined) return splice(text, item.start, after.start, "");
  return splice(text, container.start + 1, container.end - 1, "");
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** `write` is told the indentation of the line its item begins on; null where all stands on one line. */
function append(
  text: string,
  container: Place,
  items: readonly Place[],
  write: (indent: string | null) => string,
): string {
  const first = items[0];
  const last = items.at(-1);
  if (first === undefined || last === undefined) {
    // A text on one line that has anything in it stays on one line.
    if (!text.trimEnd().includes("\n") && container.start > 1) {
      return splice(text, container.start + 1, container.end - 1, write(null));
    }
    const outer = lineIndent(text, container.start);
    const inner = outer + indentUnit(text);
    const end = lineEnd(text);
    return splice(
      text,
      container.start + 1,
      container.end - 1,
      `${end}${inner}${write(inner)}${end}${outer}`,
    );
  }
  if (!text.slice(container.start, first.start).includes("\n")) {
    const gap = text.trimEnd().includes("\n") ? ", " : ",";
    return splice(text, last.end, last.end, `${gap}${write(null)}`);
  }
  const indent = lineIndent(text, first.start);
  return splice(text, last.end, last.end, `,${lineEnd(text)}${indent}${write(indent)}`);
}

function render(text: string, value: Json, indent: string | null): string {
  if (indent === null) return JSON.stringify(value);
  return JSON.stringify(value, null, indentUnit(text))
    .split("\n")
    .join(lineEnd(text) + indent);
}

function lineIndent(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, at))?.[0] ?? "";
}

function indentUnit(text: string): string {
  return /\n([ \t]+)["{[]/.exec(text)?.[1] ?? "  ";
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function splice(text: string, start: number, end: number, insert: string): string {
  return text.slice(0, start) + insert + text.slice(end);
}
