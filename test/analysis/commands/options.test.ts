import fc from "fast-check";
import { expect, test } from "vitest";
import { optionTable, parseArguments } from "../../../src/analysis/commands/options.ts";
import { unknownWord } from "../../../src/analysis/words.ts";
import type { OpenWord, Word } from "../../../src/model/command.ts";

const table = optionTable("-r,-R,--recursive -f,--force -o,--output=write -i[=] --color[=] --count", "gnu");

function read(...words: Word[]): string {
  const { options, operands } = parseArguments(words, table);
  const shown = options.map(({ id, value }) =>
    value === null ? id : `${id}=${typeof value === "string" ? value : "?"}`,
  );
  return [...shown, "|", ...operands.map((word) => (typeof word === "string" ? word : "?"))].join(" ");
}

test.each([
  ["-rf a", "-r -f | a"],
  ["-R a -f", "-r -f | a"],
  ["-ofile a", "-o=file | a"],
  ["-o file a", "-o=file | a"],
  ["-rofile", "-r -o=file |"],
  ["--output=x", "-o=x |"],
  ["--output x", "-o=x |"],
  ["--out x", "-o=x |"],
  ["--forc", "-f |"],
  ["--color a", "--color | a"],
  ["--color=x a", "--color=x | a"],
  ["-i.bak a", "-i=.bak | a"],
  ["-i a", "-i | a"],
  ["-- -r", "| -r"],
  ["a -- -r", "| a -r"],
  ["-", "| -"],
  ["-5 a", "| a"],
  ["--unknown=x a", "--unknown=x | a"],
])("%s", (line, expected) => expect(read(...line.split(" "))).toBe(expected));

test("an abbreviation of several means them all", () => {
  const { options } = parseArguments(["--co"], optionTable("--color --count", "gnu"));
  expect(options.map((option) => option.id)).toEqual(["--color", "--count"]);
});

test("what follows the first operand is left alone where options end there", () => {
  const { options, operands } = parseArguments(["-r", "rm", "-f"], optionTable("-r -f", "posix"));
  expect([options.length, operands]).toEqual([1, ["rm", "-f"]]);
});

const open = (start: string): OpenWord => ({
  text: `${start}$X`,
  parts: [start, null],
  many: false,
  glob: false,
});

test("an open word may be an option unless its start or its place says no", () => {
  const unsure = (...words: Word[]): number => parseArguments(words, table).unsure.length;
  expect(unsure(unknownWord("$X", true))).toBe(1);
  expect(unsure(open("-"))).toBe(1);
  expect(unsure(open("--out"))).toBe(1);
  expect(unsure(open("src/"))).toBe(0);
  expect(unsure(open("--output="))).toBe(0);
  expect(unsure("--", unknownWord("$X", true))).toBe(0);
  expect(unsure("-o", unknownWord("$X", true))).toBe(1);
  expect(unsure("-o", unknownWord("$X", false))).toBe(0);
});

test("law: no word is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      const plain = words.filter((word) => !word.startsWith("-"));
      const { operands, options } = parseArguments(words, table);
      const values = options.flatMap((option) => (option.value === null ? [] : [option.value]));
      for (const word of plain) expect([...operands, ...values]).toContain(word);
    }),
  );
});
