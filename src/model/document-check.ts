import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { printable, shorten } from "../base/escape.ts";
import type { Problem } from "../base/problem.ts";
import { nearest } from "./nearest.ts";
import { type DocumentKind, schemas } from "./schemas.ts";
import { pointerSegment, type YamlSource } from "./yaml.ts";

// Compiling a schema costs more than validating with it, and a running gate validates next to nothing: so the
// first use compiles, and only what is used.
let compiler: Ajv2020 | null = null;

/**
 * Our own schemas are held to their meta-schema by a test, and not in every process that reads a document. Nor is the
 * code of a validator optimised: that takes as long as making it, and it seldom runs more than a few times.
 */
const compilerOptions = {
  ...{ allErrors: true, strict: true, allowUnionTypes: true, verbose: true },
  ...{ meta: false, validateSchema: false, code: { optimize: false } },
} as const;

function validatorOf(kind: DocumentKind): ValidateFunction {
  compiler ??= new Ajv2020(compilerOptions);
  const schema = schemas[kind];
  return compiler.getSchema(String(schema["$id"])) ?? compiler.compile(schema);
}

/** Holds a YAML file to its schema. Gives every mistake; none means that the value has the schema's shape. */
export function checkDocument(kind: DocumentKind, source: YamlSource): Problem[] {
  const validate = validatorOf(kind);
  if (validate(source.value)) return [];
  return (validate.errors ?? []).filter(saysSomething).map((error) => problemOf(error, source));
}

// `if` repeats what its branch says; `propertyNames` repeats what its own schema says.
function saysSomething(error: ErrorObject): boolean {
  return error.keyword !== "if" && error.keyword !== "propertyNames";
}

function problemOf(error: ErrorObject, source: YamlSource): Problem {
  const pointer = error.instancePath;
  const key = keyInQuestion(error);
  const place = key === null ? source.at(pointer) : source.keyAt(`${pointer}/${pointerSegment(key)}`);
  const { code, message, hint } = wordsFor(error);
  return { ...place, code, message, hint };
}

function keyInQuestion(error: ErrorObject): string | null {
  if (error.keyword === "additionalProperties") return String(error.params["additionalProperty"]);
  return error.propertyName ?? null;
}

interface Wording {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

function wordsFor(error: ErrorObject): Wording {
  const found = error.propertyName === undefined ? shown(error.data) : shown(error.propertyName);
  const schema = (error.parentSchema ?? {}) as Readonly<Record<string, unknown>>;
  const titled = typeof schema["title"] === "string" ? schema["title"] : null;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownKey(String(error.params["additionalProperty"]), schema);
    case "required": {
      const missing = String(error.params["missingProperty"]);
      return { code: "missing-key", message: `found no \`${missing}\`, expected one here`, hint: null };
    }
    case "type": {
      const expected = titled ?? typeNames(error.params["type"]);
      const hint = mayBeQuoted(error) ? "put it in quotes" : null;
      return { code: "wrong-type", message: `found ${found}, expected ${expected}`, hint };
    }
    case "enum": {
      const words = (error.params["allowedValues"] as readonly unknown[]).map(String);
      const meant = typeof error.data === "string" ? nearest(error.data, words) : null;
      const message = `found ${found}, expected ${oneOf(words)}`;
      return { code: "wrong-value", message, hint: didYouMean(meant) };
    }
    case "const":
      return {
        code: "wrong-value",
        message: `found ${found}, expected \`${error.params["allowedValue"]}\``,
        hint: null,
      };
    case "pattern":
      return {
        code: "wrong-value",
        message: `found ${found}, expected ${titled ?? "another form"}`,
        hint: null,
      };
    case "uniqueItems":
      return { code: "repeated-item", message: `found the same item twice, expected each once`, hint: null };
    default:
      return { code: "wrong-value", message: `found ${found}, expected ${limitText(error)}`, hint: null };
  }
}

function unknownKey(key: string, schema: Readonly<Record<string, unknown>>): Wording {
  const known = Object.keys((schema["properties"] ?? {}) as object);
  const meant = nearest(key, known);
  return {
    code: "unknown-key",
    message: `found the unknown key \`${quoted(key)}\`, expected ${oneOf(known)}`,
    hint: didYouMean(meant),
  };
}

function didYouMean(meant: string | null): string | null {
  return meant === null ? null : `did you mean \`${meant}\`?`;
}

function limitText(error: ErrorObject): string {
  const limit = error.params["limit"];
  switch (error.keyword) {
    case "minLength":
      return "a text that is not empty";
    case "maxLength":
      return `at most ${limit} characters`;
    case "minItems":
      return `at least ${limit} ${limit === 1 ? "item" : "items"}`;
    case "minProperties":
      return `at least ${limit} ${limit === 1 ? "key" : "keys"}`;
    case "minimum":
      return `at least ${limit}`;
    default:
      return error.message ?? "another value";
  }
}

function typeNames(type: unknown): string {
  const names: Readonly<Record<string, string>> = {
    string: "a text",
    array: "a list",
    object: "keys and values",
    integer: "a whole number",
    boolean: "true or false",
  };
  const types = Array.isArray(type) ? type : [type];
  return types.map((each) => names[String(each)] ?? String(each)).join(" or ");
}

function mayBeQuoted(error: ErrorObject): boolean {
  const types: readonly unknown[] = [error.params["type"]].flat();
  return types.includes("string") && (typeof error.data === "number" || typeof error.data === "boolean");
}

function oneOf(words: readonly string[]): string {
  const quotedWords = words.map((word) => `\`${word}\``);
  const last = quotedWords.pop() ?? "nothing";
  return quotedWords.length === 0 ? last : `one of ${quotedWords.join(", ")} or ${last}`;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "no keys" : "keys and values";
  if (typeof value === "string") return `\`${quoted(value)}\``;
  return typeof value === "number" ? `the number \`${value}\`` : `\`${String(value)}\``;
}

function quoted(text: string): string {
  return printable(shorten(text, 60));
}
