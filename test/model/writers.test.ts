import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { budgetUnits, budgetWindows } from "../../src/model/budget.ts";
import { writeBinding, writeConfig, writePolicy, writeTrust } from "../../src/model/document-writers.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import { actions } from "../../src/model/effect.ts";
import { enrolGate } from "../../src/model/enrol-gate.ts";
import type { Binding, Config, PlacedBudget, Role, Trust } from "../../src/model/policy-set.ts";
import { recordModes } from "../../src/model/record-mode.ts";
import { riskLevels } from "../../src/model/risk.ts";
import { usageSources } from "../../src/model/usage-source.ts";

const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
const line = fc.oneof(
  fc.stringMatching(/^[ -~äßé漢]{1,40}$/),
  fc.constantFrom(
    "yes",
    "null",
    "1e3",
    "# x",
    "a: b",
    "- x",
    "*a",
    "&a",
    "!x",
    "'",
    '"',
    " x ",
    "{}",
    "---",
    "~",
    "0x1",
  ),
);

const bytes = (text: string): Uint8Array => Buffer.from(text);

const budget = fc.record({
  id,
  unit: fc.constantFrom(...budgetUnits),
  limit: fc.nat(),
  window: fc.constantFrom(...budgetWindows),
  action: fc.option(fc.constantFrom(...actions)),
  risk: fc.option(fc.constantFrom(...riskLevels)),
  share: fc.option(fc.tuple(id, fc.integer({ min: 0, max: 100 })).map(([gate, part]) => ({ [gate]: part }))),
  at: fc.constant({ file: "", line: 1, column: 1 }),
});
const budgets = fc.uniqueArray(budget, { maxLength: 3, selector: (each) => each.id });
/** Where things stand is not written. */
const placed = (list: readonly PlacedBudget[]): object[] =>
  list.map((each) => ({ ...each, at: expect.anything() }));

test("a policy that is written is read again, but for where things stand", () => {
  const more = `
  - id: others
    verdict: allow
    action: [mcp.call]
    mcp: github/get_*
    when: { subagent: true, risk: { none: [reads-secret] } }
  - { id: fetch-any, verdict: allow, action: net.connect, host: "*", when: { direction: fetch } }
  - { id: helpers, verdict: deny, action: agent.spawn, agent: "{a,b}", reason: "null" }
  - { id: sequel, verdict: ask, action: net.connect, when: { after: [opaque, reads-secret] } }
  - { id: first, verdict: allow, action: net.connect, host: "*", unless: { when: { after: opaque } } }
`;
  const read = (text: string) => {
    const files = new Map([
      ["mirror.yaml", bytes("version: 1\npolicy_branch: main\n")],
      ["policies/base.yaml", bytes(text)],
    ]);
    const { set, problems } = parsePolicySet(files, { unsigned: true });
    expect(problems).toEqual([]);
    const policy = set?.policies.get("base");
    if (policy === undefined) throw new Error("no policy");
    return policy;
  };
  const policy = read(readFileSync("templates/solo/policies/base.yaml", "utf8") + more);
  const placeless = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, each) => (key === "at" ? undefined : each)));
  expect(placeless(read(writePolicy(policy, "x")))).toEqual(placeless(policy));
});

test("a binding that is written is read again", () => {
  const binding = fc.record({
    version: fc.constant(1 as const),
    id,
    description: fc.option(line),
    clients: fc.constant(["claude-code"]),
    policies: fc.uniqueArray(id, { maxLength: 4 }),
    budgets,
    record: fc.constantFrom(...recordModes),
    consent: fc.constantFrom("wait" as const, "signed" as const),
    notify: fc.option(fc.constant(["/usr/bin/notify-send", "mirror"])),
    usage: fc.constantFrom(...usageSources),
  });
  fc.assert(
    fc.property(binding, (written: Binding) => {
      const files = new Map([
        ["mirror.yaml", bytes("version: 1\npolicy_branch: main\n")],
        [`agents/${written.id}.yaml`, bytes(writeBinding(written))],
        ...written.policies.map(
          (each) => [`policies/${each}.yaml`, bytes(`version: 1\nid: "${each}"\nrules: []\n`)] as const,
        ),
      ]);
      const { set, problems } = parsePolicySet(files, { unsigned: true });
      // The gate's own names are no policies; that is not the writer's matter.
      if (written.policies.some((each) => ["budget", "builtin", "gate", "otherwise"].includes(each))) return;
      expect(problems).toEqual([]);
      expect(set?.agents.get(written.id)).toEqual({
        ...written,
        budgets: placed(written.budgets),
      });
    }),
    { numRuns: 60 },
  );
});

test("mirror.yaml that is written is read again", () => {
  const config = fc.record({
    version: fc.constant(1 as const),
    policyBranch: fc.constantFrom("main", "mirror/main", "true", "1.0", "#x"),
    otherwise: fc.dictionary(fc.constantFrom(...actions), fc.constantFrom("ask" as const, "deny" as const), {
      noNullPrototype: true,
    }),
    unenrolled: fc.constantFrom("deny" as const, null),
    unattended: fc.constantFrom("deny" as const, null),
    budgets,
    bus: fc.record({
      upstreams: fc.record({
        anthropic: fc.constantFrom("https://api.anthropic.com", "https://models.example.com/anthropic"),
        openai: fc.constantFrom("https://api.openai.com", "http://127.0.0.1:11434"),
        gemini: fc.constant("https://generativelanguage.googleapis.com"),
      }),
      answerTimeout: fc.constantFrom(600, 5),
      idleTimeout: fc.constantFrom(300, 5),
    }),
  });
  fc.assert(
    fc.property(config, (written: Config) => {
      const { set, problems } = parsePolicySet(new Map([["mirror.yaml", bytes(writeConfig(written))]]), {
        unsigned: true,
      });
      expect(problems).toEqual([]);
      expect(set?.config).toEqual({ ...written, budgets: placed(written.budgets) });
    }),
    { numRuns: 60 },
  );
});

test("trust.yaml that is written is read again", () => {
  const hex = fc.stringMatching(/^[0-9A-F]{40}$/);
  const trust = fc
    .tuple(
      fc.uniqueArray(fc.tuple(id, hex), { minLength: 2, maxLength: 5, selector: ([name]) => name }),
      line,
      fc.option(fc.constant("a@b.c")),
      fc.option(fc.constant(1)),
      fc.option(fc.constant(1)),
      fc.option(fc.record({ seq: fc.nat(), head: fc.constant("0123456789abcdef".repeat(3).slice(0, 40)) })),
    )
    .filter(([people]) => new Set(people.map(([, key]) => key)).size === people.length)
    .map(([people, name, email, widening, wanted, revoked]): Trust => {
      const [[gate, gateKey], ...others] = people as [[string, string], ...[string, string][]];
      const key = (holder: string, fingerprint: string) => ({ file: `keys/${holder}.asc`, fingerprint });
      const role: Role = {
        signers: others.map(([who]) => who),
        threshold: 1,
        wideningThreshold: widening,
        wanted,
        paths: ["policies/**", "*"],
      };
      return {
        version: 1,
        signers: others.map(([who, fingerprint]) => ({
          id: who,
          name,
          email,
          keys: [key(who, fingerprint)],
        })),
        roles: new Map(["trust", "policies", "agents", "memory"].map((each) => [each, role])),
        gates: [{ id: gate, ...key(gate, gateKey), revoked }],
      };
    });
  fc.assert(
    fc.property(trust, (written) => {
      const keys = [...written.signers.flatMap((signer) => signer.keys), ...written.gates];
      const files = new Map([
        ["mirror.yaml", bytes("version: 1\npolicy_branch: main\n")],
        ["trust.yaml", bytes(writeTrust(written))],
        ...keys.map(({ file }) => [file, bytes("x")] as const),
      ]);
      const { set, problems } = parsePolicySet(files);
      expect(problems).toEqual([]);
      expect(set?.trust).toEqual(written);
    }),
    { numRuns: 60 },
  );
});

test("a gate is added to trust.yaml, and everything else in it stays to the byte", () => {
  const text = [
    "# Who may change what.",
    "version: 1",
    "",
    "roles: # before the signers, as we like it",
    "  trust: { signers: [ada], threshold: 1, paths: ['trust.yaml'] }",
    "signers:",
    "  - id: ada # the owner",
    '    name: "Ada"',
    "    keys: [{ file: keys/ada.asc, fingerprint: AB }]",
    "",
    "gates:",
    "  # the laptop",
    "  - id: ada-1",
    "    file: keys/ada-1.asc",
    "    fingerprint: CD # checked on the telephone",
    "",
  ].join("\n");
  const gate = { id: "bob-2", file: "keys/bob-2.asc", fingerprint: "EF" };
  const entry = "  - id: bob-2\n    file: keys/bob-2.asc\n    fingerprint: EF\n";
  expect(enrolGate(bytes(text), gate)).toBe(text + entry);
  const without = text.slice(0, text.indexOf("gates:"));
  expect(enrolGate(bytes(without), gate)).toBe(`${without}gates:\n${entry}`);
  expect(enrolGate(bytes(without.trimEnd()), gate)).toBe(`${without.trimEnd()}\ngates:\n${entry}`);
  expect(enrolGate(bytes(`gates: []  # none\n${without}`), gate)).toBe(`gates:  # none\n${entry}${without}`);
  expect(enrolGate(bytes(`gates:\n${without}`), gate)).toBe(`gates:\n${entry}${without}`);
  const more = "\n# What else there is.\nmore: 1\n";
  expect(enrolGate(bytes(text + more), gate)).toBe(text + entry + more);
  const flow = "gates: [{ id: ada-1, file: keys/ada-1.asc, fingerprint: CD }]\n";
  expect(enrolGate(bytes(flow + without), gate)).toBe(
    `${flow.replace("]", ", { id: bob-2, file: keys/bob-2.asc, fingerprint: EF }]")}${without}`,
  );
});
