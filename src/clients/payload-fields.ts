import { malformedPayload } from "./payload-json.ts";

/** An object of a payload, and the name it goes by in messages. UNTRUSTED. */
export interface Fields {
  /** `""` for the payload itself, `tool_input.` for its tool input. */
  readonly prefix: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Takes `value` for an object. Throws `malformed-payload` naming `name` if it is none. */
export function objectFields(value: unknown, name: string, prefix: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformedPayload(`${name} is ${typeName(value)}, expected an object`, name);
  }
  return { prefix, values: value as Readonly<Record<string, unknown>> };
}

/** Gives a field's own value; undefined if it is not there. */
export function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields.values, name) ? fields.values[name] : undefined;
}

/** Gives a field that must be a string. It may be empty, and may hold anything a string can. */
export function textField(fields: Fields, name: string): string {
  const value = field(fields, name);
  if (typeof value !== "string") throw wrongType(fields, name, value, "a string");
  return value;
}

/** Gives a field that must be a string if it is there; null where it is absent or null. */
export function optionalTextField(fields: Fields, name: string): string | null {
  const value = field(fields, name);
  return value === undefined || value === null ? null : textField(fields, name);
}

/**
 * Gives a field that names something the system acts on: a path, a command, an address. Such a text is never
 * empty and holds no NUL (where the system would cut it) and no lone surrogate (which the system would get as
 * another character).
 */
export function exactTextField(fields: Fields, name: string): string {
  return exactText(fields, name, textField(fields, name));
}

/** The same, where the field may be absent. */
export function optionalExactTextField(fields: Fields, name: string): string | null {
  const value = optionalTextField(fields, name);
  return value === null ? null : exactText(fields, name, value);
}

/** Gives a field that names a thing of the client's: at most `length` characters, else as `exactTextField`. */
export function nameField(fields: Fields, name: string, length: number): string {
  const value = exactTextField(fields, name);
  if (value.length > length) {
    throw invalid(fields, name, `has ${value.length} characters, expected at most ${length}`);
  }
  return value;
}

/** Checks that a field is an array. */
export function requireArray(fields: Fields, name: string): void {
  const value = field(fields, name);
  if (!Array.isArray(value)) throw wrongType(fields, name, value, "an array");
}

/** Makes the error for one field: `invalid(fields, "cwd", "is relative")`. */
export function invalid(fields: Fields, name: string, what: string): Error {
  return malformedPayload(`\`${fields.prefix}${name}\` ${what}`, `${fields.prefix}${name}`);
}

const loneSurrogate = /\p{Surrogate}/u;

function exactText(fields: Fields, name: string, value: string): string {
  if (value === "") throw invalid(fields, name, "is empty");
  if (value.includes("\0")) throw invalid(fields, name, "holds a NUL character");
  if (loneSurrogate.test(value)) throw invalid(fields, name, "holds half a character (a lone surrogate)");
  return value;
}

function wrongType(fields: Fields, name: string, value: unknown, expected: string): Error {
  const found = value === undefined ? "is missing" : `is ${typeName(value)}`;
  return invalid(fields, name, `${found}, expected ${expected}`);
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
