import { isSeq, parseDocument, stringify, type YAMLSeq } from "yaml";
import type { EnrolledGate } from "./policy-set.ts";

/**
 * Adds a gate to the text of a `trust.yaml` that parses. Comments, order and everything else stay to the byte, so that
 * whoever reviews the change sees one entry more and nothing else.
 */
export function enrolGate(trust: Uint8Array, gate: Omit<EnrolledGate, "revoked">): string {
  const text = Buffer.from(trust).toString("utf8");
  const document = parseDocument(text, { version: "1.2", schema: "core" });
  const gates = document.get("gates", true);
  const fields = Object.entries({ id: gate.id, file: gate.file, fingerprint: gate.fingerprint }).map(
    ([key, value]) => `${key}: ${stringify(value).trimEnd()}`,
  );
  const block = (indent: string): string => `${indent}- ${fields.join(`\n${indent}  `)}\n`;
  if (!document.has("gates")) return `${endLine(text)}gates:\n${block("  ")}`;
  const [start = 0, end = 0] = (gates as YAMLSeq | undefined)?.range ?? [];
  if (isSeq(gates) && gates.items.length > 0) {
    if (gates.flow === true) return insert(text, endOfLastItem(gates), `, { ${fields.join(", ")} }`);
    return insertLine(text, endOfLastItem(gates), block(indentOf(text, start)));
  }
  // `gates: []`, or nothing after the colon.
  const key = text.slice(0, start).trimEnd();
  return insertLine(key + text.slice(end), key.length, block("  "));
}

function endOfLastItem(list: YAMLSeq): number {
  return (list.items.at(-1) as { readonly range?: readonly number[] | null }).range?.[1] ?? 0;
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}

/** Inserts whole lines after the line that `at` is in. */
function insertLine(text: string, at: number, lines: string): string {
  // A block's end may already be the start of the next line.
  const from = text[at - 1] === "\n" ? at - 1 : at;
  const newline = text.indexOf("\n", from);
  return newline === -1 ? endLine(text) + lines : insert(text, newline + 1, lines);
}

function endLine(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** Gives the indent of the dash of a block list that starts at `start`. */
function indentOf(text: string, start: number): string {
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1);
  return /^ */.exec(line)?.[0] ?? "";
}
