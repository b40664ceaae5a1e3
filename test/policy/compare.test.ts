import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Word, wordText } from "../../src/model/command.ts";
import type { DecisionInput } from "../../src/model/decision.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { Effect } from "../../src/model/effect.ts";
import type { Policy, PolicySet, Rule } from "../../src/model/policy-set.ts";
import { isStricter, type Verdict } from "../../src/model/verdict.ts";
import { comparePolicySets } from "../../src/policy/compare/compare.ts";
import type { PolicyComparison } from "../../src/policy/compare/comparison.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { decide } from "../../src/policy/decide.ts";
import { analysis, bytes, effect, input, open, path, places, policySet } from "./calls.ts";

/** A change in one line: the action, both verdicts and what the witness is about. */
function told({ changes }: PolicyComparison): string[] {
  return changes.map(({ action, from, to, witness }) => {
    const resource = witness.analysis.effects[0]?.resource;
    const about =
      resource?.kind === "path"
        ? `${resource.path.replace("/repo/", "")}${resource.shape === "exact" ? "" : ` (${resource.shape})`}`
        : resource?.kind === "host"
          ? resource.host
          : (witness.analysis.commands[0]?.argv.map(wordText).join(" ") ?? "");
    return `${action} ${from} -> ${to}: ${about}`;
  });
}

function compared(before: string, after: string, otherwise = "{}", otherwiseAfter = otherwise) {
  const sets = [policySet(before, otherwise), policySet(after, otherwiseAfter)] as const;
  const comparison = comparePolicySets(...sets);
  expectTrue(comparison, ...sets);
  return comparison;
}

/** Every change is as the evaluator decides it. */
function expectTrue(comparison: PolicyComparison, before: PolicySet, after: PolicySet): void {
  for (const { agent, from, to, direction, witness, rules } of comparison.changes) {
    const decided = [before, after].map((set) => decide(witness, compilePolicySet(set)));
    expect(witness.agent).toBe(agent);
    expect(witness.analysis.effects).toHaveLength(1);
    expect(decided.map(({ verdict }) => verdict)).toEqual([from, to]);
    expect(direction).toBe(isStricter(from, to) ? "widens" : "narrows");
    expect(decided.map(({ reasons }) => [...new Set(reasons.map(({ rule }) => rule))])).toEqual([
      rules.before,
      rules.after,
    ]);
  }
}

const read = "- { id: src, verdict: allow, action: fs.read, path: 'src/**' }";

describe("comparePolicySets", () => {
  test("tells nothing of sets that say the same", () => {
    expect(compared(read, read)).toEqual({ verdict: "none", changes: [], unknown: [] });
  });

  test("tells nothing of rules that are renamed, moved, or written with other words", () => {
    const before = `${read}
- { id: env, verdict: deny, action: [fs.read, fs.write], path: ["**/.env", "**/*.pem"], reason: x }
- { id: git, verdict: allow, action: shell.exec, command: "git {log,diff} ..." }`;
    const after = `- { id: log, verdict: allow, action: shell.exec, command: ["git diff ...", "git log ..."] }
- { id: pem, verdict: deny, action: [fs.write, fs.read], path: "**/{*.pem,.env}", match: ["cat .env"] }
- { id: sources, verdict: allow, action: fs.read, path: 'src/**' }`;
    expect(compared(before, after)).toEqual({ verdict: "none", changes: [], unknown: [] });
  });

  test("tells nothing of rules that others make idle", () => {
    const rules = `${read}\n- { id: no, verdict: deny, action: fs.read, path: "src/secret/**" }`;
    const allow = "- { id: more, verdict: allow, action: fs.read, path: 'src/a*/b.ts' }";
    const shadowed = "- { id: never, verdict: allow, action: fs.read, path: 'src/secret/key' }";
    const deny = "- { id: too, verdict: deny, action: fs.read, path: 'src/secret/key.{pem,pub}' }";
    const after = `${rules}\n${allow}\n${shadowed}\n${deny}`;
    expect(compared(rules, after).verdict).toBe("none");
  });

  test("finds what a new allow lets through", () => {
    const comparison = compared(
      read,
      `${read}\n- { id: t, verdict: allow, action: fs.read, path: 'test/*.ts' }`,
    );
    expect(comparison).toMatchObject({ verdict: "widens", unknown: [] });
    expect(told(comparison)).toEqual(["fs.read deny -> allow: test/.ts"]);
    expect(comparison.changes[0]?.rules).toEqual({ before: ["otherwise/fs.read"], after: ["p/t"] });
  });

  test("finds what a removed deny lets through", () => {
    const deny = "- { id: d, verdict: deny, action: fs.read, path: 'src/**/*.pem' }";
    const comparison = compared(`${read}\n${deny}`, read);
    expect(comparison).toMatchObject({ verdict: "widens", unknown: [] });
    expect(told(comparison)).toEqual(["fs.read deny -> allow: src/.pem"]);
  });

  test("a deny where nothing is allowed anyway makes no difference", () => {
    const host = (name: string, verdict: string) =>
      `- { id: ${verdict}, verdict: ${verdict}, action: net.connect, host: "${name}" }`;
    const allow = host("*.example.com", "allow");
    expect(compared(allow, `${allow}\n${host("evil.org", "deny")}`).verdict).toBe("none");
    const narrowed = compared(allow, `${allow}\n${host("x.example.com", "deny")}`);
    expect(told(narrowed)).toEqual(["net.connect allow -> deny: x.example.com"]);
  });

  test("finds what `unless` takes out of an allow", () => {
    const after =
      "- { id: src, verdict: allow, action: fs.read, path: 'src/**', unless: { path: '**/*.key' } }";
    const comparison = compared(read, after);
    expect(comparison).toMatchObject({ verdict: "narrows", unknown: [] });
    expect(told(comparison)).toEqual(["fs.read allow -> deny: src/.key"]);
  });

  test("finds what `unless` lets past a deny", () => {
    const all = "- { id: all, verdict: allow, action: fs.read, path: '**' }\n";
    const deny = "- { id: d, verdict: deny, action: fs.read, path: '**/.env*'";
    const comparison = compared(`${all}${deny} }`, `${all}${deny}, unless: { path: '**/.env.example' } }`);
    expect(comparison.verdict).toBe("widens");
    expect(told(comparison)).toEqual(["fs.read deny -> allow: .env.example"]);
  });

  test("tells what is asked while nobody is there, where only one of the sets denies it", () => {
    const rules = `${read}
- { id: keys, verdict: ask, action: fs.read, path: 'src/*.key' }`;
    const before = policySet(rules);
    const after: PolicySet = { ...before, config: { ...before.config, unattended: "deny" } };
    const comparison = comparePolicySets(before, after);
    expectTrue(comparison, before, after);
    expect(comparison).toMatchObject({ verdict: "narrows", unknown: [] });
    expect(told(comparison)).toEqual([expect.stringMatching(/^fs\.read ask -> deny: src\/.*\.key$/)]);
    expect(comparison.changes[0]?.witness.unattended).toBeDefined();
    expect(comparePolicySets(after, before).verdict).toBe("widens");
    expect(comparePolicySets(after, after).verdict).toBe("none");
  });

  test("counts the gates that a set does not enrol, and then denies", () => {
    const open = policySet(read);
    const gates = [{ id: "g1", file: "keys/g1.pub", fingerprint: "SHA256:x", revoked: null }];
    const strict: PolicySet = { ...open, config: { ...open.config, unenrolled: "deny" } };
    const enrolled: PolicySet = { ...strict, trust: { ...strict.trust, gates } };
    expect(comparePolicySets(open, strict)).toEqual({ verdict: "narrows", changes: [], unknown: [] });
    expect(comparePolicySets(strict, enrolled).verdict).toBe("widens");
    expect(comparePolicySets(enrolled, enrolled).verdict).toBe("none");
  });

  test("finds a changed `otherwise`, and only where it is one", () => {
    const comparison = compared(read, read, "{}", "{fs.read: ask, shell.exec: ask}");
    expect(comparison).toMatchObject({ verdict: "widens", unknown: [] });
    expect(told(comparison)).toEqual(["fs.read deny -> ask: /x", "shell.exec deny -> ask: x"]);
    expect(compared(read, read, "{}", "{net.connect: deny}").verdict).toBe("none");
  });

  test("finds a change both ways", () => {
    const comparison = compared(read, "- { id: t, verdict: allow, action: fs.read, path: 'test/**' }");
    expect(comparison).toMatchObject({ verdict: "both", unknown: [] });
    expect(told(comparison).sort()).toEqual(["fs.read allow -> deny: src", "fs.read deny -> allow: test"]);
  });

  test("finds a changed risk", () => {
    const rule = (risk: string) =>
      `- { id: r, verdict: ask, action: shell.exec, when: { risk: ${risk} } }
- { id: all, verdict: allow, action: shell.exec, command: "..." }`;
    const narrowed = compared(rule("{ min: critical }"), rule("{ min: high }"));
    expect(narrowed).toMatchObject({ verdict: "narrows", unknown: [] });
    expect(narrowed.changes[0]?.witness.analysis.effects[0]?.risk.level).toBe("high");
    const reasons = compared(rule("{ any: [privilege] }"), rule("{ any: [privilege, publishes] }"));
    expect(reasons).toMatchObject({ verdict: "narrows", unknown: [] });
  });

  test("sees that conditions together are none", () => {
    const ask = (when: string, id: string) =>
      `- { id: ${id}, verdict: ask, action: shell.exec, when: ${when} }\n`;
    const before = "- { id: r, verdict: ask, action: shell.exec }";
    const after = ask("{ risk: { max: medium } }", "a") + ask("{ risk: { min: high } }", "b");
    expect(compared(before, after).verdict).toBe("none");
    expect(compared(before, ask("{ subagent: true }", "a") + ask("{ subagent: false }", "b")).verdict).toBe(
      "none",
    );
  });

  test("finds what was let through before that makes the difference", () => {
    const allow = "- { id: all, verdict: allow, action: net.connect, host: '*' }\n";
    const ask = (after: string) =>
      `${allow}- { id: a, verdict: ask, action: net.connect, when: { direction: fetch, after: ${after} } }`;
    const narrowed = compared(allow, ask("reads-secret"));
    expect(narrowed).toMatchObject({ verdict: "narrows", unknown: [] });
    expect(narrowed.changes.map(({ witness }) => witness.after)).toEqual([["reads-secret"]]);
    const widened = compared(ask("[reads-secret, runs-remote-code]"), ask("[runs-remote-code]"));
    expect(widened).toMatchObject({ verdict: "widens", unknown: [] });
    expect(widened.changes[0]?.witness.after).toEqual(["reads-secret"]);
    expect(compared(ask("[reads-secret, opaque]"), ask("[opaque, reads-secret]")).verdict).toBe("none");
    // Said in one list or in two rules it is the same, and so is what an allow leaves out.
    const two = ask("reads-secret") + ask("opaque").replace(allow, "\n").replace("id: a,", "id: b,");
    expect(compared(ask("[reads-secret, opaque]"), two).verdict).toBe("none");
    const unless = allow.replace(" }", ", unless: { when: { after: opaque } } }");
    expect(compared(allow, unless)).toMatchObject({ verdict: "narrows", unknown: [] });
    // Many reasons that no list tells apart are as one.
    const some = "[changes-files, destroys-data, leaves-machine, opaque, persistence, privilege, publishes]";
    expect(compared(ask(some), ask(some).replace("id: a", "id: other")).verdict).toBe("none");
    const risky = ask(some).replace("after:", "risk: { min: high }, after:");
    expect(compared(ask(some), risky)).toMatchObject({ verdict: "widens", unknown: [] });
  });

  test("tells overlapping wildcards in one segment apart", () => {
    const allow = "- { id: a, verdict: allow, action: fs.read, path: 'conf/*' }\n";
    const deny = "- { id: d, verdict: deny, action: fs.read, path: 'conf/*.env'";
    const comparison = compared(`${allow}${deny} }`, `${allow}${deny}, unless: { path: 'conf/prod*' } }`);
    expect(told(comparison)).toEqual(["fs.read deny -> allow: conf/prod.env"]);
  });

  test("finds what commands and flags let through", () => {
    const push = "- { id: push, verdict: allow, action: shell.exec, command: 'git push ...' }";
    const force =
      "- { id: f, verdict: deny, action: shell.exec, command: 'git push ...', flags: { any: [-f] } }";
    const loosened = compared(`${push}\n${force}`, push);
    expect(loosened).toMatchObject({ verdict: "widens", unknown: [] });
    expect(told(loosened)[0]).toBe("shell.exec deny -> allow: git push -f");
    const opaque = compared(push, push.replace("}", ", opaque: allow }"));
    expect(opaque).toMatchObject({ verdict: "widens", unknown: [] });
  });

  test("tells one allow of two paths from two allows: a link leads from the one to the other", () => {
    const one = "- { id: one, verdict: allow, action: fs.read, path: ['a/**', 'b/**'] }";
    const two = `- { id: a, verdict: allow, action: fs.read, path: 'a/**' }
- { id: b, verdict: allow, action: fs.read, path: 'b/**' }`;
    const comparison = compared(one, two);
    expect(comparison).toMatchObject({ verdict: "narrows", unknown: [] });
    expect(comparison.changes[0]?.witness.analysis.effects[0]?.resource).toMatchObject({ real: "/repo/b" });
  });

  test("a wildcard leads into a tree where a name did", () => {
    const set = (path: string) => `- { id: all, verdict: allow, action: fs.read, path: '**' }
- { id: d, verdict: deny, action: fs.read, path: '${path}' }`;
    const comparison = compared(set("a/b"), set("*/b"));
    expect(comparison).toMatchObject({ verdict: "both", unknown: [] });
    expect(told(comparison)).toContain("fs.read deny -> allow: /repo (tree)");
    expect(told(compared(set("a/b"), set("**/b")))).toContain("fs.read deny -> allow: /repo (tree)");
    expect(compared(set("a/b/c"), set("a/*/c"))).toMatchObject({ verdict: "narrows", unknown: [] });
  });

  test("a program is one only as the first word, and a tool has no words", () => {
    const set = (command: string) => `- { id: all, verdict: allow, action: shell.exec, command: "* push" }
- { id: d, verdict: deny, action: shell.exec, command: "${command}" }`;
    const comparison = compared(set("git push"), set("... git push"));
    expect(comparison).toMatchObject({ verdict: "both", unknown: [] });
    expect(told(comparison)).toContain("shell.exec deny -> allow: /opt/git push");
    const tools = compared(
      `${read}\n- { id: d, verdict: deny, action: fs.read }`,
      `${read}\n- { id: d, verdict: deny, action: fs.read, command: '...' }`,
    );
    expect(tools).toMatchObject({ verdict: "widens", unknown: [] });
    expect(tools.changes[0]?.witness.analysis.commands).toEqual([]);
  });

  test("does not claim what it cannot prove", () => {
    const allow = "- { id: all, verdict: allow, action: fs.read, path: '**' }\n";
    const set = (path: string) => `${allow}- { id: d, verdict: deny, action: fs.read, path: '${path}' }`;
    const comparison = compared(set("a/[bc]"), set("a/{b,c}"));
    expect(comparison).toMatchObject({ verdict: "unknown", changes: [] });
    expect(comparison.unknown).toEqual([
      { agent: "coder", action: "fs.read", direction: "widens", why: expect.stringContaining("`p/d`") },
    ]);
  });

  test("without effort, it tells what it did not look for", () => {
    const none = { effort: 0, places };
    expect(comparePolicySets(policySet(read), policySet(read), none).verdict).toBe("none");
    const gone = comparePolicySets(policySet(read), policySet(read.replace("src/", "lib/")), none);
    expect(gone).toMatchObject({ verdict: "unknown", changes: [] });
    expect(gone.unknown.map(({ direction }) => direction)).toEqual(["widens", "narrows"]);
  });

  test("a binding that comes lets through what it allows; one that goes does not", () => {
    const set = (agents: readonly string[], clients = "[claude-code]"): PolicySet => {
      const files: Record<string, string> = {
        "mirror.yaml": "version: 1\npolicy_branch: main\n",
        "policies/p.yaml": `version: 1\nid: p\nrules:\n  ${read}\n`,
      };
      for (const id of agents)
        files[`agents/${id}.yaml`] = `version: 1\nid: ${id}\nclients: ${clients}\npolicies: [p]\n`;
      const { set, problems } = parsePolicySet(bytes(files), { unsigned: true });
      if (set === null) throw new Error(JSON.stringify(problems));
      return set;
    };
    const [one, two] = [set(["a"]), set(["a", "b"])];
    const come = comparePolicySets(one, two);
    expectTrue(come, one, two);
    expect(come).toMatchObject({ verdict: "widens", unknown: [] });
    expect(come.changes.map(({ agent, from, to }) => [agent, from, to])).toEqual([["b", "deny", "allow"]]);
    expect(come.changes[0]?.rules.before).toEqual(["gate/unbound"]);
    expect(comparePolicySets(two, one).verdict).toBe("narrows");
    const others = new Map([...one.agents].map(([id, binding]) => [id, { ...binding, clients: ["other"] }]));
    expect(comparePolicySets(one, { ...one, agents: others }).verdict).toBe("both");
  });
});

const long = process.env["MIRROR_TEST_LONG"] === "1";
const segments = ["a", "b", "ab", "*", "a*", "*b", "**"] as const;
const pattern = fc
  .array(fc.constantFrom(...segments), { minLength: 1, maxLength: 3 })
  .map((list) => list.join("/"));
const blank = {
  command: null,
  flags: null,
  path: null,
  host: null,
  mcp: null,
  agent: null,
  when: null,
} as const;
interface When {
  readonly subagent?: boolean;
  readonly min?: string;
  readonly none?: string;
  readonly after?: readonly string[];
}
const when = fc.constantFrom<When | null>(
  ...[null, null, null, { subagent: true }, { min: "high" }, { none: "privilege" }],
);
const after = fc.constantFrom<When | null>(
  ...[null, null, { after: ["publishes"] }, { after: ["privilege", "publishes"] }, { after: ["opaque"] }],
);

function whenOf(text: When | null, past: When | null = null): Rule["when"] {
  if (text === null && past === null) return null;
  const { min = null, none, subagent = null } = text ?? {};
  const looksAtRisk = min !== null || none !== undefined;
  const risk = looksAtRisk ? { min, max: null, any: null, none: none === undefined ? null : [none] } : null;
  return { risk, direction: null, subagent, after: past?.after ?? null } as Rule["when"];
}

const rule = fc
  .record({
    verdict: fc.constantFrom<Verdict>("allow", "allow", "ask", "deny"),
    path: fc.option(fc.array(pattern, { minLength: 1, maxLength: 2 }), { freq: 6 }),
    unless: fc.option(pattern, { freq: 1 }),
    when,
    after,
  })
  .map(({ verdict, path, unless, when, after }) => ({
    ...blank,
    id: "r",
    verdict,
    path,
    actions: ["fs.write"],
    reason: null,
    allowsOpaque: false,
    unless: unlessOf(unless, verdict === "allow" ? after : null),
    when: whenOf(when, verdict === "allow" ? null : after),
    match: [],
    notMatch: [],
    at: { file: "p", line: 1, column: 1 },
  })) as fc.Arbitrary<Rule>;

function unlessOf(unless: string | null, past: When | null): Rule["unless"] {
  if (unless === null && past === null) return null;
  return { ...blank, path: unless === null ? null : [unless], when: whenOf(null, past) };
}

const rules = fc.array(rule, { maxLength: 3 });
const otherwise = fc.constantFrom("ask", "deny");

/** Two sets with much in common: those of strangers nearly always differ. */
const pair = fc
  .tuple(rules, rules, rules, otherwise, otherwise, fc.integer({ min: 0, max: 4 }))
  .map(
    ([common, before, after, otherwise, other, alike]) =>
      [
        setOf([...common, ...before], otherwise),
        setOf([...after, ...common], alike === 0 ? other : otherwise),
      ] as const,
  );

const base = policySet(read);

function setOf(list: readonly Rule[], otherwise: string, action = "fs.write"): PolicySet {
  const rules = list.map((each, id) => ({ ...each, id: `r${id}` }));
  const policy: Policy = { version: 1, id: "p", rules, budgets: [] };
  const config = { ...base.config, otherwise: { [action]: otherwise } } as PolicySet["config"];
  return { ...base, config, policies: new Map([["p", policy]]) };
}

/** Every request over a few names: all paths, as one, as a tree, as a wildcard and by a link, and all they meet. */
function everyRequest() {
  const names = ["a", "b", "ab", "c", "A"];
  const paths: string[] = [""];
  for (let from = 0; paths.length < 156; from += 1)
    paths.push(...names.map((name) => `${paths[from]}/${name}`));
  const effects: Effect[] = paths.flatMap((at, index) => {
    const full = `/home/ada/repo${at}`;
    const other = `/home/ada/repo${paths[(index * 7 + 3) % 31]}`;
    const shapes = [path(full), path(full, "tree")];
    if (index < 31)
      shapes.push(path(`${full}/*`, "glob"), path(`${full}/a*`, "glob"), path(full, "exact", other));
    return shapes.map((resource) => effect("fs.write", resource));
  });
  const high = { level: "high", reasons: ["privilege"] } as const;
  const pasts = [["publishes"], ["privilege"], ["opaque"], ["opaque", "publishes"]] as const;
  return effects.flatMap((each, index) => [
    input(each, { after: [] }),
    ...(index % 3 === 0
      ? [input({ ...each, risk: high }, { after: [] }), input(each, { subagent: "x", after: [] })]
      : []),
    ...(index % 9 === 0 ? pasts.map((after) => input(each, { after })) : []),
    // Where nothing is said, everything may have been.
    ...(index % 10 === 0 ? [input(each), input({ ...each, risk: high })] : []),
  ]);
}

type Part = Partial<Pick<Rule, "command" | "flags" | "host">>;

/** Rules about one action, from parts that conditions and `unless` are made of. */
function rulesOf(action: string, part: fc.Arbitrary<Part>): fc.Arbitrary<Rule[]> {
  const one = fc.record({
    verdict: fc.constantFrom<Verdict>("allow", "allow", "ask", "deny"),
    part,
    unless: fc.option(part, { freq: 1 }),
    opaque: fc.boolean(),
  });
  return fc.array(
    one.map(
      ({ verdict, part, unless, opaque }) =>
        ({
          ...blank,
          ...part,
          id: "r",
          verdict,
          actions: [action],
          reason: null,
          allowsOpaque: opaque && verdict === "allow" && part.command != null,
          unless: unless === null ? null : { ...blank, ...unless },
          match: [],
          notMatch: [],
          at: { file: "p", line: 1, column: 1 },
        }) as Rule,
    ),
    { maxLength: 3 },
  );
}

function pairOf(action: string, some: fc.Arbitrary<Rule[]>): fc.Arbitrary<readonly [PolicySet, PolicySet]> {
  return fc
    .tuple(some, some, some, otherwise)
    .map(
      ([common, before, after, says]) =>
        [setOf([...common, ...before], says, action), setOf([...after, ...common], says, action)] as const,
    );
}

const commandPart = fc.record({
  command: fc.option(
    fc.array(
      fc.constantFrom(
        "g",
        "g ...",
        "G p",
        "g p ...",
        "{g,h} *",
        "... p",
        "* p",
        "g* ... -f",
        "g {p,-f}",
        "...",
        "h",
      ),
      { minLength: 1, maxLength: 2 },
    ),
    { freq: 5 },
  ),
  flags: fc.option(fc.constantFrom({ any: ["-f"], none: null }, { any: null, none: ["-f", "--force"] }), {
    freq: 1,
  }),
});

function everyCommand(): DecisionInput[] {
  const words: readonly Word[] = ["g", "p", "-f", "--for", open([null]), open([null], true), "/o/g"];
  const chains: Word[][][] = [];
  for (const program of ["g", "h", "G", "/o/g", "gg", open([null])]) {
    chains.push([[program]]);
    for (const word of words) {
      chains.push(
        [[program, word]],
        [
          [program, word],
          ["h", "p"],
        ],
        [["h"], [program, word]],
      );
      for (const last of words) chains.push([[program, word, last]]);
    }
  }
  return chains.flatMap((chain, index) => {
    const of = (more: Partial<Effect>): DecisionInput =>
      input(
        analysis(chain, [effect("shell.exec", { kind: "command" }, { command: chain.length - 1, ...more })]),
      );
    return index % 2 === 0 ? [of({})] : [of({}), of({ opaque: ["x"] })];
  });
}

const hostPart = fc.record({
  host: fc.option(
    fc.array(fc.constantFrom("a.b", "*.b", "*.a.b", "*", "a*.b", "b", "*.*"), { minLength: 1, maxLength: 2 }),
    { freq: 6 },
  ),
});

function everyHost(): DecisionInput[] {
  const hosts = ["a.b", "b", "a.a.b", "ab.b", "c.b", "c", "a", "x.c", "c.a.b", "d.c.a.b", null];
  return hosts.map((host) => input(effect("net.connect", { kind: "host", host, direction: "fetch" })));
}

/** Holds the comparison against what the evaluator says of all the requests. */
function hold(
  pairs: fc.Arbitrary<readonly [PolicySet, PolicySet]>,
  requests: readonly DecisionInput[],
  usual: number,
): void {
  const counts: Record<string, number> = {};
  fc.assert(
    fc.property(pairs, ([before, after]) => {
      const comparison = comparePolicySets(before, after, { places, effort: 5000 });
      expectTrue(comparison, before, after);
      const sets = [compilePolicySet(before), compilePolicySet(after)] as const;
      const differing = new Set<string>();
      for (const request of requests) {
        const [from, to] = sets.map((set) => decide(request, set).verdict) as [Verdict, Verdict];
        if (from !== to) differing.add(isStricter(from, to) ? "widens" : "narrows");
      }
      const told = new Set<string>(
        [...comparison.changes, ...comparison.unknown].map((each) => each.direction),
      );
      for (const direction of differing) expect(told).toContain(direction);
      const missed = [...differing].some((way) => !comparison.changes.some((each) => each.direction === way));
      const key = `${comparison.verdict}${comparison.unknown.length > 0 ? "?" : ""}${missed ? " missed" : ""}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }),
    { numRuns: long ? 10_000 : usual },
  );
  if (long) console.log(counts);
}

describe("claims no sameness that is not there, and no change that is none", () => {
  test("of paths", () => hold(pair, everyRequest(), 300), 3_600_000);
  test(
    "of commands",
    () =>
      hold(
        pairOf("shell.exec", rulesOf("shell.exec", commandPart as fc.Arbitrary<Part>)),
        everyCommand(),
        150,
      ),
    3_600_000,
  );
  test(
    "of hosts",
    () =>
      hold(pairOf("net.connect", rulesOf("net.connect", hostPart as fc.Arbitrary<Part>)), everyHost(), 150),
    3_600_000,
  );
});

test.each([
  '[shell.exec, net.connect], command: ["git push origin dev/*"]',
  '[shell.exec, net.connect], command: ["terraform {plan,show} -out=*/x ..."]',
  '[shell.exec, net.connect], command: ["docker run --rm -v ./*:/work node:* ..."]',
  '[net.connect], command: ["curl -s https://example.org/*"]',
  '[net.connect], command: ["npx prettier --write src/**"]',
  '[shell.exec], command: ["make *"]',
  '[shell.exec, net.connect], command: ["ssh deploy@* uptime"]',
])("what an allow rule adds to the template is found: %s", (rule) => {
  const policies = (...rules: string[]) => {
    const file = (path: string) => readFileSync(`templates/solo/${path}`);
    const text = (content: string): Uint8Array => Buffer.from(content);
    const files: [string, Uint8Array][] = [
      ["mirror.yaml", file("mirror.yaml")],
      ["policies/base.yaml", file("policies/base.yaml")],
      ["policies/own.yaml", text(`version: 1\nid: own\nrules: [${rules.join(", ")}]\n`)],
      ["agents/coder.yaml", text("version: 1\nid: coder\nclients: [claude-code]\npolicies: [base, own]\n")],
    ];
    const { set } = parsePolicySet(new Map(files), { unsigned: true });
    if (set === null) throw new Error("the set has mistakes");
    return set;
  };
  const sets = [policies(), policies(`{ id: one, verdict: allow, action: ${rule} }`)] as const;
  const comparison = comparePolicySets(...sets);
  expectTrue(comparison, ...sets);
  expect([comparison.verdict, comparison.unknown]).toEqual(["widens", []]);
});

test("a request that somebody knows of shows what it changes", () => {
  const rest = '- { id: z, verdict: deny, action: fs.delete, path: ["z"] }';
  const before = policySet(rest);
  const after = policySet(`${rest}\n- { id: a, verdict: allow, action: fs.read, path: ["a/b"] }`);
  const known = [input(effect("fs.read", path(`${places.repo[0]}/a/b`)))];
  const { changes } = comparePolicySets(before, after, { effort: known.length, known });
  expect(changes.map(({ action, direction }) => `${action} ${direction}`)).toEqual(["fs.read widens"]);
});
