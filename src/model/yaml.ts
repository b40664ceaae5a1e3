import { isUtf8 } from "node:buffer";
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  Parser,
} from "yaml";
import { limits } from "../base/limits.ts";
import type { Problem } from "../base/problem.ts";
import type { SourcePosition } from "./policy-set.ts";

/** A YAML file as data, with the place of everything in it. */
export interface YamlSource {
  readonly file: string;
  /** Null-prototype objects, arrays, strings, numbers, booleans, null. */
  readonly value: unknown;
  /** Gives where the value at a JSON pointer (`/rules/0/id`) stands; the file's start for one that is not there. */
  readonly at: (pointer: string) => SourcePosition;
  /** Gives where the key that leads to a JSON pointer stands. */
  readonly keyAt: (pointer: string) => SourcePosition;
}

/** What reading a YAML file gives: its data, or every mistake in it. */
export type YamlResult =
  | { readonly source: YamlSource; readonly problems: readonly [] }
  | { readonly source: null; readonly problems: readonly Problem[] };

/**
 * Reads one YAML document (YAML 1.2, core schema). Refuses what makes a file mean something else than it shows:
 * repeated keys, anchors and aliases, tags, directives, a second document, bytes that are not UTF-8.
 */
export function readYaml(file: string, bytes: Uint8Array): YamlResult {
  const whole = (code: string, message: string): YamlResult => ({
    source: null,
    problems: [{ file, line: null, column: null, code, message, hint: null }],
  });
  if (bytes.length > limits.document) {
    return whole("too-large", `found ${bytes.length} bytes, expected at most ${limits.document}`);
  }
  if (!isUtf8(bytes)) return whole("yaml", "found bytes that are not UTF-8, expected YAML text");
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(Buffer.from(bytes).toString("utf8"))];
  // The composer recurses once for each level, so depth is checked before it starts.
  if (isDeeper(tokens, limits.documentDepth)) {
    return whole("yaml", `found more than ${limits.documentDepth} levels of nesting`);
  }
  const composer = new Composer({ merge: false, schema: "core", uniqueKeys: true, version: "1.2" });
  const documents = [...composer.compose(tokens)];
  return new Reader(file, lines).read(documents);
}

class Reader {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #values = new Map<string, SourcePosition>();
  readonly #keys = new Map<string, SourcePosition>();
  readonly #problems: Problem[] = [];

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  read(documents: readonly Document[]): YamlResult {
    const [document, second] = documents;
    for (const error of documents.flatMap((each) => [...each.errors, ...each.warnings])) {
      this.#refuse(
        error.pos[0],
        error.code === "DUPLICATE_KEY" ? "duplicate-key" : "yaml",
        sentence(error.message),
      );
    }
    if (document === undefined || document.contents === null) {
      this.#refuse(0, "yaml", "found an empty file, expected a document");
      return { source: null, problems: this.#problems };
    }
    if (document.directives?.yaml.explicit)
      this.#refuse(0, "yaml", "found a `%YAML` directive, expected none");
    if (second !== undefined) {
      this.#refuse(second.range?.[0] ?? 0, "yaml", "found a second document, expected one in a file");
    }
    const value = this.#valueOf(document.contents, "");
    if (this.#problems.length > 0) return { source: null, problems: this.#problems };
    const start = this.#position(0);
    return {
      source: {
        file: this.#file,
        value,
        at: (pointer) => this.#values.get(pointer) ?? start,
        keyAt: (pointer) => this.#keys.get(pointer) ?? this.#values.get(pointer) ?? start,
      },
      problems: [],
    };
  }

  #valueOf(node: Node, pointer: string): unknown {
    const offset = node.range?.[0] ?? 0;
    this.#values.set(pointer, this.#position(offset));
    if (isAlias(node)) {
      this.#refuse(offset, "yaml", "found an alias (`*name`), expected the value itself");
      return null;
    }
    if (node.anchor !== undefined) this.#refuse(offset, "yaml", "found an anchor (`&name`), expected none");
    if (node.tag !== undefined) this.#refuse(offset, "yaml", `found the tag \`${node.tag}\`, expected none`);
    if (isScalar(node)) return node.value;
    if (!isMap(node)) {
      return node.items.map((item, index) => this.#valueOf(item as Node, `${pointer}/${index}`));
    }
    // UNTRUSTED: keys are outside text, so `__proto__` must be a key like any other.
    const record: Record<string, unknown> = Object.create(null);
    for (const { key, value } of node.items) {
      const keyOffset = (key as Node).range?.[0] ?? offset;
      if (!isScalar(key) || typeof key.value !== "string") {
        this.#refuse(keyOffset, "yaml", "found a key that is not a plain text");
        continue;
      }
      if (key.anchor !== undefined || key.tag !== undefined) {
        this.#refuse(keyOffset, "yaml", "found an anchor or tag on a key, expected none");
      }
      const below = `${pointer}/${pointerSegment(key.value)}`;
      this.#keys.set(below, this.#position(keyOffset));
      record[key.value] = value === null ? null : this.#valueOf(value as Node, below);
    }
    return record;
  }

  #position(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #refuse(offset: number, code: string, message: string): void {
    this.#problems.push({ ...this.#position(offset), code, message, hint: null });
  }
}

function isDeeper(tokens: readonly CST.Token[], limit: number): boolean {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap(childrenOf);
  }
  return false;
}

function childrenOf(token: CST.Token): CST.Token[] {
  const children: (CST.Token | null | undefined)[] = [];
  if ("items" in token) for (const item of token.items) children.push(item.key, item.value);
  else if (token.type === "document") children.push(token.value);
  return children.filter((child) => child !== null && child !== undefined);
}

/** Writes a key as one segment of a JSON pointer. */
export function pointerSegment(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function sentence(message: string): string {
  const [line = ""] = message.split("\n");
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}`.replace(/[.:]$/, "");
}
