import { placesOf, type TextPlace } from "./text-place.ts";

/** A string, or a list of values. */
export type StarlarkValue = string | readonly StarlarkValue[];

/** One call with keyword arguments, as a statement of its own. */
export interface StarlarkCall {
  readonly name: string;
  readonly values: ReadonlyMap<string, StarlarkValue>;
  readonly place: TextPlace;
}

/** What is no such call, and where. */
export interface StarlarkProblem {
  readonly problem: string;
  readonly place: TextPlace;
}

/** Nesting of lists past which nothing is read. */
const depthLimit = 8;
/** Problems after which the rest of a file is left. */
const mostProblems = 20;

const blank = /(?:[ \t\r\n]|\\\r?\n|#[^\n]*)*/y;
const blankOfLine = /(?:[ \t\r]|#[^\n]*)*/y;
const emptyLines = /(?:[ \t\r]*(?:#[^\n]*)?\n)*/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const opening = /(r?)("""|'''|"|')/y;
const escapeSign = /\\(?:([\\'"nrt])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(\r?\n))/y;
const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/**
 * Reads the part of Starlark that rule files are made of: calls with keyword arguments whose values are strings and
 * lists, and comments. Everything else is a problem, after which reading goes on at the next line that begins a
 * statement. UNTRUSTED: `text` may be anything.
 */
export function readStarlarkCalls(text: string): (StarlarkCall | StarlarkProblem)[] {
  const place = placesOf(text);
  const scanner = new Scanner(text);
  const found: (StarlarkCall | StarlarkProblem)[] = [];
  let problems = 0;
  for (;;) {
    scanner.match(emptyLines);
    scanner.match(blankOfLine);
    if (scanner.at >= text.length) return found;
    const start = scanner.at;
    try {
      found.push({ ...readCall(scanner, place(start).column), place: place(start) });
    } catch (error) {
      if (!(error instanceof Unexpected)) throw error;
      problems += 1;
      const isLast = problems === mostProblems;
      found.push({
        problem: `${error.message}${isLast ? "; the rest is not read" : ""}`,
        place: place(error.at),
      });
      if (isLast || !scanner.toNextStatement(Math.max(error.resumeAt - 1, start))) return found;
    }
  }
}

class Unexpected extends Error {
  readonly at: number;
  /** Where the next statement is looked for. */
  readonly resumeAt: number;

  constructor(message: string, at: number, resumeAt: number) {
    super(message);
    this.at = at;
    this.resumeAt = resumeAt;
  }
}

class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  /** Goes on after `at`, where a line begins with neither blank nor closing bracket. False: there is none. */
  toNextStatement(at: number): boolean {
    const next = /\n(?=[^\s#)\]}])/g;
    next.lastIndex = at;
    const found = next.exec(this.text);
    if (found === null) return false;
    this.at = found.index + 1;
    return true;
  }

  fail(message: string, at: number = this.at, resumeAt: number = at): never {
    throw new Unexpected(message, at, resumeAt);
  }
}

function readCall(scanner: Scanner, column: number): Omit<StarlarkCall, "place"> {
  if (column !== 1) scanner.fail("found an indented line, expected a call at the start of one");
  const name = scanner.match(identifier)?.[0];
  if (name === undefined) return scanner.fail("found no name, expected a call: `prefix_rule(…)`");
  scanner.match(blankOfLine);
  if (!scanner.take("(")) scanner.fail(`found no \`(\` after \`${name}\`, expected a call`);
  const values = new Map<string, StarlarkValue>();
  for (;;) {
    scanner.match(blank);
    if (scanner.take(")")) break;
    const start = scanner.at;
    const key = scanner.match(identifier)?.[0];
    scanner.match(blank);
    if (key === undefined || !scanner.take("="))
      return scanner.fail("expected an argument by name: `pattern = …`", start);
    if (values.has(key)) scanner.fail(`found \`${key}\` twice`, start);
    scanner.match(blank);
    values.set(key, readValue(scanner, 0));
    scanner.match(blank);
    if (scanner.take(",")) continue;
    if (!scanner.take(")")) scanner.fail("expected `,` or `)` after a string or a list");
    break;
  }
  scanner.match(blankOfLine);
  if (scanner.at < scanner.text.length && !scanner.take("\n"))
    scanner.fail("expected the end of the line after a call");
  return { name, values };
}

function readValue(scanner: Scanner, depth: number): StarlarkValue {
  if (depth > depthLimit) scanner.fail(`found more than ${depthLimit} lists in one another`);
  if (!scanner.take("[")) return readString(scanner);
  const items: StarlarkValue[] = [];
  for (;;) {
    scanner.match(blank);
    if (scanner.take("]")) return items;
    items.push(readValue(scanner, depth + 1));
    scanner.match(blank);
    if (scanner.take(",")) continue;
    if (!scanner.take("]")) scanner.fail("expected `,` or `]` after a string or a list");
    return items;
  }
}

function readString(scanner: Scanner): string {
  const start = scanner.at;
  const [, raw, quote = ""] =
    scanner.match(opening) ?? scanner.fail("expected a string or a list of strings");
  const plain = quote.length === 3 ? /[^\\"']+/y : /[^\\"'\n]+/y;
  const parts: string[] = [];
  for (;;) {
    parts.push(scanner.match(plain)?.[0] ?? "");
    if (scanner.text.startsWith(quote, scanner.at)) {
      scanner.at += quote.length;
      return parts.join("");
    }
    const character = scanner.text[scanner.at];
    if (character === undefined || (character === "\n" && quote.length === 1)) {
      // What follows an open triple quote may all be text: nothing of it can be told from a statement.
      scanner.fail("found a string that does not end", start, scanner.at);
    }
    if (character === "\\") parts.push(raw === "" ? readEscape(scanner) : readRaw(scanner));
    else {
      parts.push(character);
      scanner.at += 1;
    }
  }
}

function readEscape(scanner: Scanner): string {
  const found = scanner.match(escapeSign);
  if (found === null) return scanner.fail("found an escape that is not read here");
  const [, itself, byte, unit] = found;
  if (itself !== undefined) return controls[itself] ?? itself;
  const digits = byte ?? unit;
  return digits === undefined ? "" : String.fromCharCode(Number.parseInt(digits, 16));
}

/** In a raw string a backslash stands for itself, and keeps a quote after it from ending the string. */
function readRaw(scanner: Scanner): string {
  const pair = scanner.text.slice(scanner.at, scanner.at + 2);
  scanner.at += pair.length;
  return pair;
}
