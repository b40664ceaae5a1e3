import type { Problem } from "../base/problem.ts";
import { checkDocument } from "./document-check.ts";
import type { Fact } from "./fact.ts";
import { readYaml } from "./yaml.ts";

/** A fact, or every mistake in its file. */
export interface ParsedFact {
  /** Null if there is any problem. */
  readonly fact: Fact | null;
  readonly problems: readonly Problem[];
}

/** Parses a memory entry: Markdown below a YAML front matter between two `---` lines. `file` is below `.mirror/`. */
export function parseFact(file: string, bytes: Uint8Array): ParsedFact {
  const content = Buffer.from(bytes);
  const front = /^---\r?\n([\s\S]*?\n)---[ \t]*(?:\r?\n|$)/.exec(content.toString("latin1"));
  if (front === null)
    return failed(file, "front-matter", "found no front matter, expected `---`, YAML, `---`");
  // latin1 has one character a byte, so its lengths are byte offsets.
  const head = front[0].indexOf("\n") + 1;
  // The first `---` line stays as an empty one, so that lines count as in the file.
  const yaml = Buffer.concat([Buffer.from("\n"), content.subarray(head, head + (front[1] ?? "").length)]);
  const { source, problems } = readYaml(file, yaml);
  if (source === null) return { fact: null, problems };
  const mistakes = checkDocument("fact", source);
  if (mistakes.length > 0) return { fact: null, problems: mistakes };
  const document = source.value as FactDocument;
  const expected = file.slice(file.lastIndexOf("/") + 1).replace(/\.md$/, "");
  if (document.id !== expected) {
    const message = `found the id \`${document.id}\` in \`${file}\`, expected \`${expected}\``;
    return { fact: null, problems: [{ ...source.at("/id"), code: "wrong-file-name", message, hint: null }] };
  }
  const text = content.subarray(front[0].length).toString("utf8").trim();
  if (document.statement === undefined && text === "") {
    return failed(file, "missing-key", "found neither `statement` nor text, expected the fact");
  }
  const { tags } = document;
  return {
    fact: {
      ...document,
      statement: document.statement ?? null,
      tags: tags === undefined ? [] : typeof tags === "string" ? [tags] : tags,
      text,
    },
    problems: [],
  };
}

interface FactDocument extends Pick<Fact, "id" | "subject" | "source" | "status" | "created"> {
  readonly statement?: string;
  readonly tags?: string | readonly string[];
}

function failed(file: string, code: string, message: string): ParsedFact {
  return { fact: null, problems: [{ file, line: 1, column: 1, code, message, hint: null }] };
}
