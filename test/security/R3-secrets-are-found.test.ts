import { describe, expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { redact } from "../../src/analysis/redact.ts";
import { redactText } from "../../src/analysis/secret-text.ts";
import { noWorld } from "../../src/analysis/world.ts";
import type { Places } from "../../src/model/places.ts";
import { type SecretLine, secretLines } from "../fixtures/secret-lines.ts";

// How much of what is secret is found, and how much that is not: measured on lines written for this, once with each
// of several seeds. A command is looked at as a receipt holds it and as a text; everything else as a text.

const places: Places = { repo: ["/repo"], home: "/home/ada", tmp: ["/tmp"], git: ["/repo/.git"], mirror: [] };
const seeds = [1, 2, 3, 4, 5];

function recorded({ text, isCommand }: SecretLine): string {
  if (!isCommand) return redactText(text);
  return JSON.stringify(redact(analyseCommand(text, { cwd: "/repo", places, world: noWorld })));
}

/** Secrets that are seen all the same. In JSON as they are escaped there. */
function seen(line: SecretLine): string[] {
  const text = recorded(line);
  return line.secrets.filter(
    (secret) => text.includes(secret) || text.includes(JSON.stringify(secret).slice(1, -1)),
  );
}

const missed = (lines: readonly SecretLine[]): string[] =>
  lines.filter((line) => seen(line).length > 0).map(({ kind, text }) => `${kind}: ${text}`);

const takenFrom = (lines: readonly SecretLine[]): string[] =>
  lines
    .filter((line) => recorded(line).includes("‹redacted:"))
    .map((line) => `${line.kind}: ${line.text} -> ${recorded(line)}`);

describe.each(seeds)("R3: with the values of seed %i", (seed) => {
  const { always, secrets, benign } = secretLines(seed);

  test("there are 200 lines of each", () => {
    expect(secrets.length).toBeGreaterThanOrEqual(200);
    expect(benign.length).toBeGreaterThanOrEqual(200);
    expect(new Set(secrets.map(({ kind }) => kind))).toEqual(
      new Set([...always, ...secrets.map(({ kind }) => kind)]),
    );
  });

  test("every kind that must be found is found every time", () =>
    expect(missed(secrets.filter(({ kind }) => always.includes(kind)))).toEqual([]));

  test("95 % are found", () => {
    const lines = missed(secrets);
    expect(lines.length, lines.join("\n")).toBeLessThanOrEqual(secrets.length * 0.05);
  });

  test("2 % are taken for secrets and are none", () => {
    const lines = takenFrom(benign);
    expect(lines.length, lines.join("\n")).toBeLessThanOrEqual(benign.length * 0.02);
  });
});
