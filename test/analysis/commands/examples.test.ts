import { describe, expect, test } from "vitest";
import { catalog } from "../../../src/analysis/commands/catalog.ts";
import { splitWords } from "../../../src/analysis/commands/wrappers.ts";
import { describeUnderstanding, places, understandWords } from "./describe.ts";

// Every entry of the catalogue carries examples; here they all run, on a machine about which nothing is known.

describe.each(catalog.map((program) => ({ name: program.names.split(/\s+/)[0] ?? "", program })))(
  "$name",
  ({ program }) => {
    test("has examples", () => expect(program.examples.length).toBeGreaterThan(0));
    test.each(program.examples)("%s", (command, expected) => {
      const found = describeUnderstanding(understandWords(splitWords(command)));
      const wanted = expected.split(" ").filter((part) => part !== "");
      const reasons = wanted.filter((part) => part.startsWith("+"));
      const argv = wanted.filter((part) => part.startsWith("argv:"));
      const rest = wanted.filter((part) => !part.startsWith("+") && !part.startsWith("argv:"));
      expect(found.parts.toSorted()).toEqual(rest.map(absolute).toSorted());
      for (const reason of reasons) expect(found.reasons).toContain(reason.slice(1));
      for (const one of argv) expect(found.argv).toBe(one.slice(5).replaceAll("_", " "));
    });
  },
);

function absolute(part: string): string {
  return part.replace(/:~/, `:${places.home}`);
}

test("no two entries of the catalogue share a name", () => {
  const names = catalog.flatMap((program) => program.names.split(/\s+/));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  expect(twice).toEqual([]);
});

test("every part of a program's examples is a known form", () => {
  const form =
    /^(low|medium|high|critical|opaque|script|\+[a-z-]+|run:\S+|argv:\S+|fs\.(read|write|delete):((tree|glob|unknown):)?\S+|net\.connect:(fetch|send):\S+)$/;
  for (const program of catalog) {
    for (const [, expected] of program.examples) {
      for (const part of expected.split(" ")) expect(part).toMatch(form);
    }
  }
});
