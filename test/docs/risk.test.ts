import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import { riskLevels, riskReasons } from "../../src/model/risk.ts";
import { decide } from "../../src/policy/decide.ts";
import { examplePlaces as places } from "../../src/policy/examples.ts";
import { lintPolicySet } from "../../src/policy/lint.ts";
import { soloPolicies } from "../fixtures/solo-policies.ts";
import { bytes, input } from "../policy/calls.ts";

const page = readFileSync("docs/risk.md", "utf8");

/** The tables of the page, row by row, without their heads. `\|` is a bar within a cell. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
  .map((cells) => cells.map((cell) => cell.trim().replaceAll("\\|", "|")));

const levels: ReadonlySet<string> = new Set(riskLevels);
const examples = rows.flatMap(([quoted = "", level = "", reasons = "", verdict = ""]) =>
  levels.has(level) ? [{ command: quoted.slice(1, -1), level, reasons, verdict }] : [],
);

const compiled = soloPolicies();
const analyse = (command: string) => analyseCommand(command, { cwd: "/repo", places, world: noWorld });

describe("docs/risk.md", () => {
  test.each(examples)("$command is $level", ({ command, level, reasons, verdict }) => {
    const analysis = analyse(command);
    expect(analysis.risk.level).toBe(level);
    if (verdict === "") return;
    expect(analysis.risk.reasons.join(", ")).toBe(reasons);
    expect(decide(input(analysis, { places }), compiled).verdict).toBe(verdict);
  });

  test("has its examples where they are looked for, and a word on every level and reason", () => {
    expect(examples.length).toBeGreaterThan(50);
    expect(examples.filter(({ verdict }) => verdict !== "").length).toBeGreaterThan(35);
    const named = rows.map(([first = ""]) => first.slice(1, -1));
    for (const name of [...riskLevels, ...riskReasons]) expect(named).toContain(name);
    const shown = new Set(
      examples.flatMap(({ reasons, verdict }) => (verdict === "" ? [] : reasons.split(", "))),
    );
    expect(riskReasons.filter((reason) => !shown.has(reason))).toEqual([]);
  });

  test("has rules that keep their own examples", () => {
    const [block = ""] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
    const policy = `version: 1\nid: page\nrules:\n${block.replace(/^(?=.)/gm, "  ")}`;
    const files = bytes({ "mirror.yaml": "version: 1\npolicy_branch: main\n", "policies/page.yaml": policy });
    const { set, problems } = parsePolicySet(files, { unsigned: true });
    expect(problems).toEqual([]);
    if (set === null) throw new Error("no set");
    expect(set.policies.get("page")?.rules.length).toBe(3);
    expect(lintPolicySet(set, analyse).map(({ message, hint }) => `${message}\n${hint}`)).toEqual([]);
  });
});
