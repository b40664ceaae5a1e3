import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import { decide } from "../../src/policy/decide.ts";
import { examplePlaces } from "../../src/policy/examples.ts";
import { lintPolicySet } from "../../src/policy/lint.ts";
import { runTables } from "../../src/policy/table.ts";
import { bytes, input } from "./calls.ts";
import { analyseCase } from "./cases.ts";

const guide = readFileSync("docs/policies.md", "utf8");
const blocks = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");

/** The files of the guide; its loose rules go into policies of their own. */
function files(): Map<string, Uint8Array> {
  return bytes(
    Object.fromEntries(
      blocks.map((block, index) => {
        const file = /^# \.mirror\/(\S+)\n/.exec(block)?.[1];
        if (file !== undefined) return [file, block];
        const id = `loose-${index}`;
        return [`policies/${id}.yaml`, `version: 1\nid: ${id}\nrules:\n${block.replace(/^(?=.)/gm, "  ")}`];
      }),
    ),
  );
}

test("every example of docs/policies.md holds", () => {
  expect(blocks.length).toBeGreaterThan(6);
  const { set, problems } = parsePolicySet(files(), { unsigned: true });
  expect(problems).toEqual([]);
  if (set === null) throw new Error("no set");
  const analyse = (command: string) =>
    analyseCommand(command, { cwd: "/repo", places: examplePlaces, world: noWorld });
  expect(lintPolicySet(set, analyse).map((problem) => `${problem.message}\n${problem.hint}`)).toEqual([]);
  const tables = runTables(set, (agent, each, compiled) =>
    decide(input(analyseCase(each), { agent, places: examplePlaces, after: each.after }), compiled),
  );
  expect(tables.problems.map((problem) => `${problem.message}\n${problem.hint}`)).toEqual([]);
  expect(tables.cases).toBe(6);
});
