import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOpen } from "../../../src/analysis/words.ts";
import { analyse } from "./render.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell text
const atoms = [
  "a",
  "b.ts",
  "'q r'",
  '"s  t"',
  "\\ ",
  "\\*",
  "\\$x",
  "$'\\x61\\n'",
  "$x",
  '"$x"',
  "$y",
  '"$y"',
  "${y:-d}",
  "${x%a}",
  '"${z[@]}"',
  "${z[1]}",
  "{a,b}",
  "{1..3}",
  "{x,'y,z'}",
  "~",
  "~/d",
  "=",
  ":",
  "$(echo e f)",
  '"$(echo e  f)"',
  "`echo g`",
  "#",
  '""',
  "''",
  "-",
  "{",
  "}",
  ",",
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell text

const word = fc
  .array(fc.constantFrom(...atoms), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(""));
const words = fc.array(word, { minLength: 1, maxLength: 3 }).map((some) => some.join(" "));

const hasBash = spawnSync("bash", ["-c", "(( BASH_VERSINFO[0] >= 4 ))"]).status === 0;
const before = "x=a; y='b  c'; z=(m 'n o')";

describe.runIf(hasBash)("words", () => {
  it("known words are the ones bash makes", () => {
    const empty = mkdtempSync(join(tmpdir(), "mirror-words-"));
    const lines = fc.sample(words, { numRuns: 400, seed: 7 });
    const script = lines.map((line) => `${before}; show ${line}`).join("\n");
    const define = "show() { printf '%s\\0' $# \"$@\"; }\n";
    const ran = spawnSync("bash", ["-c", define + script], {
      cwd: empty,
      env: { HOME: "/home/u", PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "ignore"],
      encoding: "utf8",
    });
    rmSync(empty, { recursive: true });
    const fields = ran.stdout.split("\0");
    let compared = 0;
    for (const line of lines) {
      const count = Number(fields.shift());
      const made = fields.splice(0, count);
      const { commands } = analyse(`${before}; show ${line}`);
      const shown = commands.find((command) => command.argv[0] === "show");
      const argv = shown?.argv.slice(1) ?? [];
      if (argv.some(isOpen)) continue;
      compared += 1;
      expect(argv, line).toEqual(made);
    }
    expect(compared).toBeGreaterThan(200);
  });
});
