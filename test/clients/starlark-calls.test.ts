import { expect, test } from "vitest";
import { readStarlarkCalls } from "../../src/clients/starlark-calls.ts";

const read = (text: string): unknown[] =>
  readStarlarkCalls(text).map((each) =>
    "problem" in each
      ? `${each.place.line}:${each.place.column} ${each.problem}`
      : [each.place.line, each.name, Object.fromEntries(each.values)],
  );

test("calls with strings and lists, as they are written by hand and by the client", () => {
  const text = [
    "# a comment",
    'prefix_rule(pattern=["git", ["push", \'fetch\']], decision="allow")  # after it',
    "",
    "prefix_rule(",
    '    pattern = ["a\\n\\"b\\x41\\u00e9", r"c\\d", """two',
    'lines "quoted" """,],  # why',
    "    not_match = [],",
    ")\r",
    "f()",
  ].join("\n");
  expect(read(text)).toEqual([
    [2, "prefix_rule", { pattern: ["git", ["push", "fetch"]], decision: "allow" }],
    [4, "prefix_rule", { pattern: ['a\n"bAé', "c\\d", 'two\nlines "quoted" '], not_match: [] }],
    [9, "f", {}],
  ]);
  expect(read("\n  # nothing\n\n")).toEqual([]);
});

test("everything else is a problem at its place, and the next statement is read", () => {
  const cases: [string, string][] = [
    ["X = 1", "1:3 found no `(` after `X`"],
    ['load("a", "b")', "1:6 expected an argument by name"],
    ["f(a = b)", "1:7 expected a string or a list of strings"],
    ["f(a = 'x' + 'y')", "1:11 expected `,` or `)`"],
    ["f(a = 'x', a = 'y')", "1:12 found `a` twice"],
    ["f(a = ['x' 'y'])", "1:12 expected `,` or `]`"],
    ["f(a = 'x)", "1:7 found a string that does not end"],
    ["f(a = '\\q')", "1:8 found an escape that is not read here"],
    ["f(a = f'x')", "1:7 expected a string"],
    ["f(a = 'x') + f()", "1:12 expected the end of the line"],
    ["'text'", "1:1 found no name"],
    ["if True:\n  f()\n  h()", "1:4 found no `(` after `if`"],
    ["f(\n  a = [\n    'x'", "5:1 expected `,` or `]`"],
  ];
  for (const [text, problem] of cases) {
    expect([text, ...read(`${text}\n\ng(b = "y")\n`)]).toEqual([
      text,
      expect.stringContaining(problem),
      [text.split("\n").length + 2, "g", { b: "y" }],
    ]);
  }
  expect(read("  f()")).toEqual(["1:3 found an indented line, expected a call at the start of one"]);
});

test("what follows an open triple quote may be text, and is not read", () => {
  expect(read('f(a = """x)\n\nprefix_rule(pattern = ["rm"])\n')).toEqual([
    "1:7 found a string that does not end",
  ]);
});

test("hostile files end soon, with a problem", () => {
  const size = 1_000_000;
  const texts = [
    `f(a = ${"[".repeat(size)}`,
    `f(a = ${"[".repeat(size / 2)}${"]".repeat(size / 2)})`,
    `f(a = "${"x".repeat(size)}`,
    `f(a = """${"\n".repeat(size)}`,
    `f(a = "${"\\".repeat(size)}`,
    "f(".repeat(size / 2),
    "f\n".repeat(size / 2),
    `f(${" ".repeat(size)}`,
    `f(a = ["x"${", # y\n".repeat(size / 6)}`,
    `${"\n".repeat(size)}\u0000`,
    "\uD800\u202E".repeat(size / 2),
  ];
  for (const text of texts) {
    const start = performance.now();
    const found = readStarlarkCalls(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(20);
    expect(found.every((each) => "problem" in each)).toBe(true);
    expect(performance.now() - start).toBeLessThan(2_000);
  }
  expect(read("f\n".repeat(30)).at(-1)).toMatch(/^20:.*the rest is not read$/);
  // Much that is right is read all the same.
  const many = 'prefix_rule(pattern = ["git", "status"])\n'.repeat(20_000);
  expect(readStarlarkCalls(many)).toHaveLength(20_000);
  expect(readStarlarkCalls(`f(a = [${'"x", '.repeat(100_000)}])`)).toHaveLength(1);
});
