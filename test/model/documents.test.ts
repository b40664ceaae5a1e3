import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { limits } from "../../src/base/limits.ts";
import { formatProblem } from "../../src/base/problem.ts";
import { usualBusSettings } from "../../src/model/bus-settings.ts";
import { parseFact } from "../../src/model/document-fact.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import { schemas } from "../../src/model/schemas.ts";

const fingerprints = ["A".repeat(40), `SHA256:${"b".repeat(43)}`, "C".repeat(40)] as const;

const good = {
  "mirror.yaml": "version: 1\npolicy_branch: main\notherwise: { shell.exec: ask }\n",
  "trust.yaml": `version: 1
signers:
  - id: ada
    name: Ada
    keys:
      - { file: keys/ada.asc, fingerprint: ${fingerprints[0]} }
      - { file: keys/ada.pub, fingerprint: "${fingerprints[1]}" }
roles:
  trust: { signers: [ada], threshold: 1, paths: [] }
  policies: { signers: [ada], threshold: 1, paths: ["policies/**", "tests/**"] }
  agents: { signers: [ada], threshold: 1, paths: ["agents/**"] }
  memory: { signers: [ada], threshold: 1, paths: ["memory/**"] }
gates: [{ id: g1, file: keys/g1.asc, fingerprint: ${fingerprints[2]} }]
`,
  "keys/ada.asc": "a",
  "keys/ada.pub": "b",
  "keys/g1.asc": "c",
  "policies/base.yaml": `version: 1
id: base
rules:
  - id: all
    verdict: allow
    action: shell.exec
    command: git status
    match: [git status]
`,
  "agents/coder.yaml": "version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n",
  "tests/base.yaml": "version: 1\nid: base\nagent: coder\ncases: [{ command: git status, expect: allow }]\n",
} as const;

function parse(changes: Readonly<Record<string, string | null>>, unsigned = false) {
  const files = new Map<string, Uint8Array>();
  for (const [file, text] of Object.entries({ ...good, ...changes })) {
    if (text !== null) files.set(file, Buffer.from(text));
  }
  return parsePolicySet(files, { unsigned });
}

function problems(changes: Readonly<Record<string, string | null>>, unsigned = false): string[] {
  const { set, problems: found } = parse(changes, unsigned);
  expect(set === null).toBe(found.length > 0);
  return found.map(formatProblem);
}

const policy = (rules: string): Record<string, string> => ({
  "policies/base.yaml": `version: 1\nid: base\nrules:\n${rules.replace(/^(?=.)/gm, "  ")}\n`,
});

describe("a good policy set", () => {
  test("is typed, with the places of rules, examples and cases", () => {
    const { set } = parse({});
    expect(set?.config).toEqual({
      version: 1,
      policyBranch: "main",
      otherwise: { "shell.exec": "ask" },
      unenrolled: null,
      unattended: null,
      budgets: [],
      bus: usualBusSettings,
    });
    expect(set?.trust.signers[0]).toMatchObject({ id: "ada", email: null });
    expect(set?.trust.roles.get("policies")?.paths).toEqual(["policies/**", "tests/**"]);
    expect(set?.policies.get("base")?.rules[0]).toMatchObject({
      actions: ["shell.exec"],
      command: ["git status"],
      path: null,
      allowsOpaque: false,
      at: { file: "policies/base.yaml", line: 4, column: 5 },
      match: [{ command: "git status", at: { line: 8, column: 13 } }],
    });
    expect(set?.agents.get("coder")?.policies).toEqual(["base"]);
    expect(set?.tests.get("base")).toMatchObject({ agent: "coder", policies: null });
    expect(set?.tests.get("base")?.cases[0]?.at.line).toBe(4);
  });

  test("may want more signers than there are", () => {
    const trust = good["trust.yaml"].replace("threshold: 1", "threshold: 1, wanted: 2");
    expect(parse({ "trust.yaml": trust }).set?.trust.roles.get("trust")).toMatchObject({
      threshold: 1,
      wanted: 2,
    });
  });

  test("may be without trust and keys while nobody has signed it", () => {
    const without = { "trust.yaml": null, "keys/ada.asc": null, "keys/ada.pub": null, "keys/g1.asc": null };
    expect(parse(without, true).set?.trust.signers).toEqual([]);
    expect(problems(without)).toEqual([
      "trust.yaml: found no `trust.yaml`, expected one in every policy set",
    ]);
  });
});

describe("mistakes", () => {
  test("are all told at once, with file, line and column", () => {
    const found = problems({
      "mirror.yaml": "version: 1\npolicy_brnch: main\n",
      "policies/base.yaml": `version: 1
id: base
rules:
  - id: a
    verdict: alow
    action: shell.exec
    comand: git
  - id: b
    verdict: deny
    action: fs.read
    path: [1]
`,
      "agents/coder.yaml": "version: 1\nid: coder\nclients: [claude-code]\npolicies: [bse]\n",
    });
    expect(found).toEqual([
      "agents/coder.yaml:4:12: found no policy `bse`\n  did you mean `base`?",
      "mirror.yaml:1:1: found no `policy_branch`, expected one here",
      "mirror.yaml:2:1: found the unknown key `policy_brnch`, expected one of `version`, `policy_branch`, `otherwise`, `unenrolled`, `unattended`, `budgets` or `bus`\n  did you mean `policy_branch`?",
      "policies/base.yaml:5:14: found `alow`, expected one of `allow`, `ask` or `deny`\n  did you mean `allow`?",
      expect.stringMatching(
        /^policies\/base.yaml:7:5: found the unknown key `comand`.*\n {2}did you mean `command`\?$/,
      ),
      "policies/base.yaml:11:12: found the number `1`, expected a path pattern\n  put it in quotes",
    ]);
  });

  test.each<[string, Record<string, string | null>, string]>([
    ["a missing mirror.yaml", { "mirror.yaml": null }, "mirror.yaml: found no `mirror.yaml`"],
    ["an unknown file", { "policies/x.yml": "" }, "policies/x.yml: found a file that has no place"],
    ["an unknown directory", { "hooks/x.yaml": "" }, "hooks/x.yaml: found a file that has no place"],
    [
      "a wrong file name",
      { "policies/other.yaml": good["policies/base.yaml"] },
      "policies/other.yaml:2:5: found the id `base`",
    ],
    [
      "a second version",
      { "mirror.yaml": "version: 2\npolicy_branch: main\n" },
      "mirror.yaml:1:10: found the number `2`, expected `1`",
    ],
    [
      "otherwise: allow",
      { "mirror.yaml": "version: 1\npolicy_branch: m\notherwise: {fs.read: allow}\n" },
      "mirror.yaml:3:22: found `allow`, expected one of `ask` or `deny`",
    ],
    [
      "a branch that git refuses",
      { "mirror.yaml": "version: 1\npolicy_branch: a..b\n" },
      "found `a..b`, expected a branch name",
    ],
    [
      "an unknown agent in a table",
      { "tests/base.yaml": good["tests/base.yaml"].replace("coder", "codr") },
      "tests/base.yaml:3:8: found no agent `codr`",
    ],
    [
      "a table for nobody",
      { "tests/base.yaml": "version: 1\nid: base\ncases: []\n" },
      "found neither `agent` nor",
    ],
    [
      "a case with nothing",
      { "tests/base.yaml": "version: 1\nid: base\nagent: coder\ncases: [{ expect: ask }]\n" },
      "found neither `command` nor `tool`",
    ],
    [
      "path about commands",
      policy("- { id: a, verdict: deny, action: [fs.read, shell.exec], path: x }"),
      "found `path` in a rule about `shell.exec`",
    ],
    [
      "host about files",
      policy("- { id: a, verdict: deny, action: fs.read, host: x }"),
      "found `host` in a rule about `fs.read`",
    ],
    [
      "direction about files",
      policy("- { id: a, verdict: deny, action: fs.read, when: {direction: send} }"),
      "found `direction` in a rule about `fs.read`",
    ],
    [
      "a misfit in unless",
      policy("- { id: a, verdict: deny, action: shell.exec, unless: {path: x} }"),
      "found `path` in a rule about `shell.exec`",
    ],
    [
      "an allow for what was done before",
      policy("- { id: a, verdict: allow, action: shell.exec, when: {after: opaque} }"),
      "found `after` where it would permit more",
    ],
    [
      "a deny that ends once something was done",
      policy("- { id: a, verdict: deny, action: shell.exec, unless: {when: {after: [opaque]}} }"),
      "found `after` where it would permit more",
    ],
    [
      "an unknown reason",
      policy("- { id: a, verdict: deny, action: shell.exec, when: {after: [opaque, reads-secrets]} }"),
      "did you mean `reads-secret`?",
    ],
    [
      "an unknown reason before a case",
      { "tests/base.yaml": good["tests/base.yaml"].replace("expect:", "after: read-secret, expect:") },
      "did you mean `reads-secret`?",
    ],
    [
      "opaque in a deny",
      policy("- { id: a, verdict: deny, action: shell.exec, command: x, opaque: allow }"),
      "found `opaque: allow` with verdict `deny`",
    ],
    [
      "opaque without commands",
      policy("- { id: a, verdict: allow, action: shell.exec, opaque: allow }"),
      "found `opaque: allow` with no `command`",
    ],
    [
      "a rule twice",
      policy("- { id: a, verdict: deny, action: unknown }\n- { id: a, verdict: ask, action: unknown }"),
      "5:11: found a second rule `a`",
    ],
    [
      "a wrong path pattern",
      policy("- { id: a, verdict: deny, action: fs.read, path: [x, ../y] }"),
      "found the pattern `../y`: the segment `..`",
    ],
    [
      "a wrong command pattern",
      policy("- { id: a, verdict: deny, action: shell.exec, command: 'a && b' }"),
      "found the pattern `a && b`",
    ],
    [
      "a wrong host pattern",
      policy("- { id: a, verdict: deny, action: net.connect, host: 'https://x.io' }"),
      "a host stands alone",
    ],
    [
      "min above max",
      policy("- { id: a, verdict: deny, action: unknown, when: {risk: {min: high, max: low}} }"),
      "found min `high` above max `low`",
    ],
    [
      "the gate's own name",
      { "policies/builtin.yaml": "version: 1\nid: builtin\nrules: []\n" },
      "the gate's own",
    ],
    [
      "a role that is missing",
      { "trust.yaml": good["trust.yaml"].replace(/^ {2}memory.*\n/m, "") },
      "found no `memory`",
    ],
    [
      "an unknown signer",
      { "trust.yaml": good["trust.yaml"].replace("agents: { signers: [ada]", "agents: { signers: [bob]") },
      "found no signer `bob`",
    ],
    [
      "a threshold nobody meets",
      { "trust.yaml": good["trust.yaml"].replace("threshold: 1", "threshold: 2") },
      "found a threshold of 2 for 1 signers",
    ],
    [
      "a threshold below the one that is wanted",
      {
        "trust.yaml": good["trust.yaml"].replace(
          "[ada], threshold: 1",
          "[ada, bob], threshold: 1, wanted: 2",
        ),
      },
      "found a threshold of 1 for 2 signers, expected 2",
    ],
    ["a key file that is missing", { "keys/ada.pub": null }, "found no file `keys/ada.pub`"],
    [
      "a key of signer and gate",
      { "trust.yaml": good["trust.yaml"].replace(fingerprints[2], fingerprints[0]) },
      `found the key \`${fingerprints[0]}\` under signer \`ada\` and gate \`g1\``,
    ],
    [
      "a fingerprint of the other kind",
      { "trust.yaml": good["trust.yaml"].replace("keys/g1.asc", "keys/ada.pub") },
      "expected an SSH fingerprint",
    ],
    [
      "a repeated key",
      { "mirror.yaml": "version: 1\nversion: 1\npolicy_branch: m\n" },
      "mirror.yaml:2:1: map keys must be unique",
    ],
    [
      "an alias",
      { "mirror.yaml": "version: 1\npolicy_branch: &a m\notherwise: *a\n" },
      "mirror.yaml:3:12: found an alias",
    ],
    ["a tag", { "mirror.yaml": "version: !!int 1\npolicy_branch: m\n" }, "found the tag"],
    [
      "a second document",
      { "mirror.yaml": "version: 1\npolicy_branch: m\n---\na: 1\n" },
      "found a second document",
    ],
    ["a directive", { "mirror.yaml": "%YAML 1.1\n---\nversion: 1\npolicy_branch: m\n" }, "directive"],
    ["an empty file", { "mirror.yaml": "# nothing\n" }, "found an empty file"],
    ["a list", { "mirror.yaml": "- 1\n" }, "found a list, expected keys and values"],
    [
      "__proto__",
      { "mirror.yaml": "version: 1\npolicy_branch: m\n__proto__: {}\n" },
      "found the unknown key `__proto__`",
    ],
    ["deep nesting", { "mirror.yaml": `a: ${"[".repeat(5_000)}` }, "levels of nesting"],
    ["a large file", { "mirror.yaml": " ".repeat(limits.document + 1) }, "bytes, expected at most"],
  ])("%s", (_name, changes, expected) => {
    expect(problems(changes).join("\n")).toContain(expected);
  });

  test("bytes that are not UTF-8 are refused, and too many files", () => {
    const files = new Map(Object.entries(good).map(([file, text]) => [file, Buffer.from(text)]));
    files.set("mirror.yaml", Buffer.from([0xff, 0xfe]));
    expect(parsePolicySet(files).problems[0]?.message).toContain("not UTF-8");
    for (let i = 0; i < limits.policySetFiles; i += 1) files.set(`policies/p${i}.yaml`, Buffer.from(""));
    expect(parsePolicySet(files).problems).toHaveLength(1);
  });
});

describe("a fact", () => {
  const front =
    "id: node\nsubject: Node version\nsource: { kind: person, ref: ada }\nstatus: proposed\ncreated: 2026-11-23\n";
  const fact = (text: string, file = "memory/node.md") => parseFact(file, Buffer.from(text));

  test("is front matter and text", () => {
    expect(fact(`---\n${front}---\n\nWe need Node 20 — überall.\n`).fact).toMatchObject({
      id: "node",
      statement: null,
      status: "proposed",
      tags: [],
      text: "We need Node 20 — überall.",
    });
    expect(fact(`---\r\n${front.replaceAll("\n", "\r\n")}statement: x\r\n---`).fact?.statement).toBe("x");
  });

  test("tells its mistakes where they stand", () => {
    expect(fact("no front matter").problems[0]?.code).toBe("front-matter");
    expect(fact(`---\n${front}---\n`).problems[0]?.message).toContain("neither `statement` nor text");
    expect(fact(`---\n${front.replace("proposed", "maybe")}---\nx`).problems[0]).toMatchObject({
      line: 5,
      column: 9,
    });
    expect(fact(`---\n${front}---\nx`, "memory/other.md").problems[0]).toMatchObject({
      code: "wrong-file-name",
      line: 2,
    });
  });
});

test("every property of every schema is described", () => {
  const undescribed: string[] = [];
  const walk = (schema: unknown, at: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    const { properties } = schema as { properties?: Record<string, { description?: string }> };
    for (const [name, property] of Object.entries(properties ?? {})) {
      if (typeof property.description !== "string") undescribed.push(`${at}.${name}`);
    }
    for (const [name, child] of Object.entries(schema)) walk(child, `${at}.${name}`);
  };
  walk(schemas, "");
  expect(undescribed).toEqual([]);
});

test("the schemas are schemas", () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  for (const [kind, schema] of Object.entries(schemas))
    expect([kind, ajv.validateSchema(schema), ajv.errors]).toEqual([kind, true, null]);
});
