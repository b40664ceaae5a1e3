import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkSet, runSetTables } from "../../src/app/lint.ts";
import { readTemplate, templateNames } from "../../src/app/templates.ts";
import { parsePolicySet } from "../../src/model/documents.ts";

describe.each(templateNames)("the template %s", (name) => {
  const { files } = readTemplate(name);
  const { set, problems } = parsePolicySet(files, { unsigned: true });

  test("parses, and decides as its examples and tables say", () => {
    expect(problems).toEqual([]);
    expect(set === null ? null : checkSet(set)).toEqual([]);
  });

  test("has a case for every rule", () => {
    const rules = [...(set?.policies.values() ?? [])].flatMap(({ id, rules }) =>
      rules.map((rule) => `${id}/${rule.id}`),
    );
    const reached = set === null ? new Set() : runSetTables(set).reached;
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter((rule) => !reached.has(rule))).toEqual([]);
  });

  test("has the rules of solo, but for those for one person alone, and of its own no more than what holds where no rule speaks", () => {
    const base = readTemplate("solo").files;
    for (const file of ["policies/base.yaml", "tests/base.yaml"]) {
      const [all, own] = [base, files].map((each) => Buffer.from(each.get(file) ?? "").toString("utf8"));
      const [shared, alone] = (all ?? "").split(/\n +# --- for one person alone.*/);
      expect(alone?.length).toBeGreaterThan(100);
      expect(own).toBe(name === "solo" ? all : shared);
    }
    const own = readdirSync(join("templates", name), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".yaml"),
    );
    const overlaid = ["mirror.yaml", "tests/otherwise.yaml"];
    if (name !== "solo") expect(own.sort()).toEqual(overlaid);
    expect([...files.keys()].sort()).toEqual([
      "mirror.yaml",
      "policies/base.yaml",
      "tests/base.yaml",
      "tests/otherwise.yaml",
    ]);
  });
});
