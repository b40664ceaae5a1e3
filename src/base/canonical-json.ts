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
    const members = Object.keys(record)
      .sort()
      .map((key) => `${canonicalString(key)}:${canonicalJson(record[key])}`);
    return `{${members.join(",")}}`;
  }
  throw new TypeError(`canonical JSON cannot hold a ${typeof value}`);
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new TypeError(`canonical JSON cannot hold the integer ${value} exactly`);
  }
  return JSON.stringify(value);
}

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

function canonicalString(value: string): string {
  if (loneSurrogate.test(value)) throw new TypeError("canonical JSON cannot hold a lone surrogate");
  return JSON.stringify(value);
}
