import { MirrorError } from "../base/errors.ts";
import { placesOf } from "./text-place.ts";

/** A JSON value and where it stands in its text: from `start` up to but not including `end`. */
export type JsonNode = JsonObject | JsonArray | JsonScalar;

export interface JsonObject {
  readonly kind: "object";
  readonly start: number;
  readonly end: number;
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  readonly key: string;
  /** Of the key's opening quote; `end` is the value's. */
  readonly start: number;
  readonly end: number;
  readonly value: JsonNode;
}

export interface JsonArray {
  readonly kind: "array";
  readonly start: number;
  readonly end: number;
  readonly elements: readonly JsonNode[];
}

interface JsonScalar {
  readonly kind: "scalar";
  readonly start: number;
  readonly end: number;
  readonly value: null | boolean | number | string;
}

const depthLimit = 64;
const space = /[ \t\r\n]*/y;
const scalar =
  /"(?:[^"\\\u0000-\u001F]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Parses JSON (RFC 8259, a byte-order mark allowed) and keeps the places, so that a text can be changed without
 * writing the rest of it anew. Throws `invalid-document` with `file`, line and column.
 */
export function parseJsonText(text: string, file: string): JsonNode {
  const scanner = { text, file, at: text.startsWith("\uFEFF") ? 1 : 0 };
  const root = readNode(scanner, 0);
  skipSpace(scanner);
  if (scanner.at < text.length)
    throw jsonProblem(text, file, scanner.at, "more text after the end of the JSON value");
  return root;
}

/** Makes the error for a place in a JSON text. */
export function jsonProblem(text: string, file: string, at: number, message: string): MirrorError {
  const { line, column } = placesOf(text)(at);
  return new MirrorError("invalid-document", `${file}:${line}:${column}: ${message}`, {
    data: { file, line, column },
    hint: "repair the file by hand; mirror has not changed it",
  });
}

interface Scanner {
  readonly text: string;
  readonly file: string;
  at: number;
}

function readNode(scanner: Scanner, depth: number): JsonNode {
  if (depth > depthLimit) throw problem(scanner, `nested deeper than ${depthLimit} levels`);
  skipSpace(scanner);
  const start = scanner.at;
  if (take(scanner, "{")) {
    const members = readItems(scanner, "}", () => readMember(scanner, depth));
    return { kind: "object", start, end: scanner.at, members };
  }
  if (take(scanner, "[")) {
    const elements = readItems(scanner, "]", () => readNode(scanner, depth + 1));
    return { kind: "array", start, end: scanner.at, elements };
  }
  const source = match(scanner, scalar);
  if (source === "") throw problem(scanner, "no JSON value here");
  return { kind: "scalar", start, end: scanner.at, value: JSON.parse(source) };
}

function readMember(scanner: Scanner, depth: number): JsonMember {
  skipSpace(scanner);
  const start = scanner.at;
  const source = match(scanner, scalar);
  if (!source.startsWith('"')) {
    scanner.at = start;
    throw problem(scanner, "expected a key in double quotes");
  }
  skipSpace(scanner);
  if (!take(scanner, ":")) throw problem(scanner, "expected `:` after a key");
  const value = readNode(scanner, depth + 1);
  return { key: JSON.parse(source), start, end: value.end, value };
}

function readItems<Item>(scanner: Scanner, close: "}" | "]", readItem: () => Item): Item[] {
  const items: Item[] = [];
  skipSpace(scanner);
  if (take(scanner, close)) return items;
  for (;;) {
    items.push(readItem());
    skipSpace(scanner);
    if (take(scanner, close)) return items;
    if (!take(scanner, ",")) throw problem(scanner, `expected \`,\` or \`${close}\``);
  }
}

function skipSpace(scanner: Scanner): void {
  match(scanner, space);
}

function match(scanner: Scanner, pattern: RegExp): string {
  pattern.lastIndex = scanner.at;
  const found = pattern.exec(scanner.text)?.[0] ?? "";
  scanner.at += found.length;
  return found;
}

function take(scanner: Scanner, character: string): boolean {
  if (scanner.text[scanner.at] !== character) return false;
  scanner.at += 1;
  return true;
}

function problem(scanner: Scanner, message: string): MirrorError {
  return jsonProblem(scanner.text, scanner.file, scanner.at, message);
}
