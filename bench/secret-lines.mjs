// Reads test/vectors/secrets.json, puts values where it says what they look like, and tells how many of them are found.
import { readFileSync } from "node:fs";

const letters = "abcdefghijklmnopqrstuvwxyz";
const capitals = letters.toUpperCase();
const digits = "0123456789";
const alphabets = new Map([
  ["hex", `${digits}abcdef`],
  ["digit", digits],
  ["lower", letters + digits],
  ["alpha", letters + capitals],
  ["base32", `${capitals}234567`],
  ["base62", letters + capitals + digits],
  ["base64", `${letters}${capitals}${digits}+/`],
  ["base64url", `${letters}${capitals}${digits}-_`],
]);

/**
 * @typedef {object} Line
 * @property {string} kind
 * @property {string} text With values in place, without the marks; a shell command without its `$ `.
 * @property {boolean} isCommand
 * @property {readonly string[]} secrets What must not be seen afterwards; none for a line without a secret.
 */

/**
 * Gives all lines with values that follow from `seed`. `always` names the kinds that must be found every time.
 * @param {number} seed
 * @returns {{ always: readonly string[], secrets: readonly Line[], benign: readonly Line[] }}
 */
export function secretLines(seed) {
  const file = JSON.parse(readFileSync(new URL("../test/vectors/secrets.json", import.meta.url), "utf8"));
  const next = randomNumbers(seed);
  return {
    always: file.always,
    secrets: readLines(file.secrets, next),
    benign: readLines(file.benign, next),
  };
}

/**
 * Tells which lines a detector fails on: `missed` are those of which a secret is still seen, `taken` those without one
 * that do not stay as they are. `redacted` gives what is kept of a line.
 * @param {ReturnType<typeof secretLines>} lines
 * @param {(line: Line) => string} redacted
 * @returns {{ missed: Line[], taken: Line[] }}
 */
export function failures({ secrets, benign }, redacted) {
  // As it stands, and as JSON has it.
  const isSeen = (text, secret) =>
    text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1));
  return {
    missed: secrets.filter((line) => {
      const text = redacted(line);
      return line.secrets.some((secret) => isSeen(text, secret));
    }),
    taken: benign.filter((line) => redacted(line).includes("‹redacted:")),
  };
}

/**
 * @param {Readonly<Record<string, readonly string[]>>} groups
 * @param {() => number} next
 * @returns {Line[]}
 */
function readLines(groups, next) {
  return Object.entries(groups).flatMap(([kind, lines]) =>
    lines.map((line) => {
      const filled = fill(line, next);
      const secrets = [...filled.matchAll(/«([^»]*)»/g)].map((match) => match[1] ?? "");
      const text = filled.replace(/^\$ /, "").replace(/[«»]/g, "");
      return { kind, text, isCommand: filled.startsWith("$ "), secrets };
    }),
  );
}

/**
 * @param {string} line
 * @param {() => number} next
 */
function fill(line, next) {
  return line.replace(/<(\d+) ([a-z0-9]+)>/g, (whole, count, name) => {
    const alphabet = alphabets.get(name);
    if (alphabet === undefined) return whole;
    return Array.from({ length: Number(count) }, () => alphabet[Math.floor(next() * alphabet.length)]).join(
      "",
    );
  });
}

/**
 * Mulberry32: the same numbers from 0 to 1 for the same seed.
 * @param {number} seed
 */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
