import { describe, expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { readPolicyDirectory, readTemplate, templateNames } from "../../src/app/templates.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import { builtinRules } from "../../src/policy/builtin.ts";
import { decide } from "../../src/policy/decide.ts";
import { examplePlaces, ruleMatches } from "../../src/policy/examples.ts";
import { lintPolicySet } from "../../src/policy/lint.ts";
import { runTables } from "../../src/policy/table.ts";
import { input } from "./calls.ts";
import { analyseCase } from "./cases.ts";

const analyse = (command: string) =>
  analyseCommand(command, { cwd: "/repo", places: examplePlaces, world: noWorld });

const sets = [
  ...templateNames.map((name) => [name, readTemplate(name).files] as const),
  [".mirror", readPolicyDirectory(".mirror") ?? new Map()] as const,
];

describe.each(sets)("%s", (_name, files) => {
  const { set, problems } = parsePolicySet(files, { unsigned: true });

  test("parses", () => expect(problems).toEqual([]));

  test("keeps its own examples", () => {
    expect(
      set === null ? null : lintPolicySet(set, analyse).map((p) => `${p.line} ${p.message}\n${p.hint}`),
    ).toEqual([]);
  });

  test("decides as its tables say", () => {
    if (set === null) throw new Error("it does not parse");
    const results = runTables(set, (agent, test, compiled) =>
      decide(input(analyseCase(test), { agent, places: examplePlaces }), compiled),
    );
    expect(results.problems.map((p) => `${p.line} ${p.message}\n  ${p.hint}`)).toEqual([]);
    expect(results.cases).toBeGreaterThan(10);
  });
});

describe("the built-in rules", () => {
  const examples = builtinRules.flatMap((rule) => [
    ...rule.match.map(({ command }) => [rule.id, command, true] as const),
    ...rule.notMatch.map(({ command }) => [rule.id, command, false] as const),
  ]);
  test.each(examples)("%s, `%s`: %s", (id, command, expected) => {
    const rule = builtinRules.find((each) => each.id === id);
    expect(rule && ruleMatches("builtin", rule, analyse(command), true)).toBe(expected);
  });
});
