/** A value that JSON can hold exactly. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Writes `value` as canonical JSON (the form of RFC 8785 for the values we use): keys sorted by UTF-16 code
 * unit, no white space, no trailing newline. Everything that is signed or hashed as JSON goes through here.
 *
 * Throws TypeError for what JSON cannot hold exactly: `undefined`, functions, non-finite numbers, integers
 * past 2^53, lone surrogates.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === "string") return canonicalString(value);
  if (typeof value === "number") return canonicalNumber(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const record = value as Readonly<Record<string, unknown>>;
    let members = "";
    for (const key of Object.keys(record).sort()) {
      members += `${members === "" ? "" : ","}${canonicalString(key)}:${canonicalJson(record[key])}`;
    }
    return `{${members}}`;
  }
  throw new TypeError(`canonical JSON cannot hold a ${typeof value}`);
}

/**
 * Tells whether `json` is the canonical JSON of `value`, which `JSON.parse` made of it. The same as comparing it with
 * `canonicalJson(value)`, several times as fast. Never throws.
 */
export function isCanonicalJson(json: string, value: unknown): boolean {
  // Parsing keeps the order of the keys, and writing keeps it again: what is left is whether it is the right one.
  return JSON.stringify(value) === json && isInCanonicalForm(value);
}

function isInCanonicalForm(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.every(isInCanonicalForm);
  if (typeof value !== "object" || value === null) return true;
  let before: string | null = null;
  for (const key of Object.keys(value)) {
    if (before !== null && key <= before) return false;
    if (!key.isWellFormed() || !isInCanonicalForm((value as Readonly<Record<string, unknown>>)[key]))
      return false;
    before = key;
  }
  return true;
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new TypeError(`canonical JSON cannot hold the integer ${value} exactly`);
  }
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (!value.isWellFormed()) throw new TypeError("canonical JSON cannot hold a lone surrogate");
  return JSON.stringify(value);
}
