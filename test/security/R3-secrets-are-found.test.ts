import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { failures, type Line, secretLines } from "../../bench/secret-lines.mjs";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { redact } from "../../src/analysis/redact.ts";
import { redactText } from "../../src/analysis/secret-text.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { shellCall } from "../../src/app/explain.ts";
import { evaluate } from "../../src/gate/evaluate.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { Places } from "../../src/model/places.ts";
import { type CompiledPolicySet, compilePolicySet } from "../../src/policy/compile.ts";
import { decide } from "../../src/policy/decide.ts";

// How much of what is secret is found, and how much that is not: measured on lines written for this, once with each
// of several seeds. A command is looked at as a receipt holds it; everything else as a text.

const places: Places = { repo: ["/repo"], home: "/home/ada", tmp: ["/tmp"], git: ["/repo/.git"], mirror: [] };

function kept({ text, isCommand }: Line): string {
  if (!isCommand) return redactText(text);
  return JSON.stringify(redact(analyseCommand(text, { cwd: "/repo", places, world: noWorld })));
}

const told = (lines: readonly Line[]): string =>
  lines.map((line) => `${line.kind}: ${line.text} -> ${kept(line)}`).join("\n");

describe.each([1, 2, 3, 4, 5])("R3: with the values of seed %i", (seed) => {
  const lines = secretLines(seed);
  const { missed, taken } = failures(lines, kept);

  test("of 200 secrets 95 % are found, and some kinds every time", () => {
    expect(lines.secrets.length).toBeGreaterThanOrEqual(200);
    expect(missed.length, told(missed)).toBeLessThanOrEqual(lines.secrets.length * 0.05);
    const kinds = new Set(lines.secrets.map(({ kind }) => kind));
    expect(lines.always.filter((kind) => !kinds.has(kind))).toEqual([]);
    expect(missed.filter(({ kind }) => lines.always.includes(kind))).toEqual([]);
  });

  test("of 200 lines without one 2 % are taken for secrets", () => {
    expect(lines.benign.length).toBeGreaterThanOrEqual(200);
    expect(taken.length, told(taken)).toBeLessThanOrEqual(lines.benign.length * 0.02);
  });
});

test("R3: what is taken out changes no decision of the templates", () => {
  const { secrets, benign } = secretLines(1);
  const commands = [...secrets, ...benign].filter(({ isCommand }) => isCommand).map(({ text }) => text);
  expect(commands.length).toBeGreaterThan(150);
  // The rules are those of `solo`; what it asks where no rule speaks, the others deny.
  for (const template of ["solo", "team", "strict"]) {
    const compiled = compiledTemplate(template);
    const differ = commands.filter((command) => {
      const principal = { agent: "coder", subagent: null };
      const call = shellCall("claude-code", command, "/repo");
      const { input, rawAnalysis, decision, replay } = evaluate(call, principal, places, noWorld, compiled);
      const onRaw = decide({ ...input, analysis: rawAnalysis }, compiled);
      return replay === "sealed" || onRaw.verdict !== decision.verdict;
    });
    expect(differ).toEqual([]);
  }
});

function compiledTemplate(template: string): CompiledPolicySet {
  const read = (path: string): Uint8Array =>
    readFileSync(new URL(`../../templates/${path}`, import.meta.url));
  const binding = "version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n";
  const files = new Map([
    ["mirror.yaml", read(`${template}/mirror.yaml`)],
    ["policies/base.yaml", read("solo/policies/base.yaml")],
    ["agents/coder.yaml", Buffer.from(binding)],
  ]);
  const { set, problems } = parsePolicySet(files, { unsigned: true });
  if (set === null) throw new Error(problems.map(({ message }) => message).join("\n"));
  return compilePolicySet(set, "gate");
}
