import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

// A reader of docs/trust.md finds for each of its rules the tests by name; what is not built yet is said there.
const trust = readFileSync(new URL("../../docs/trust.md", import.meta.url), "utf8");
const files = readdirSync(new URL(".", import.meta.url)).filter((name) =>
  /^[TPSRHB]\d-.*\.test\.ts$/.test(name),
);

test("every rule of docs/trust.md has its tests, and its table names exactly these", () => {
  const rules = [...trust.matchAll(/^- \*\*([TPSRHB]\d)\*\*/gm)].map((match) => match[1] ?? "");
  expect(rules.length).toBeGreaterThan(25);
  const rows = new Map(
    [...trust.matchAll(/^\| ([TPSRHB]\d) +\| (.*?) *\|$/gm)].map((match) => [match[1] ?? "", match[2] ?? ""]),
  );
  expect([...rows.keys()]).toEqual(rules);
  for (const [rule, row] of rows) {
    const own = files.filter((name) => name.startsWith(`${rule}-`)).map((name) => `\`${name}\``);
    expect(row).toBe(own.length === 0 ? "not built in this version" : own.join(", "));
  }
});
