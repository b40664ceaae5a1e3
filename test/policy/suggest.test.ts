import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Analysis, Effect } from "../../src/model/effect.ts";
import type { PolicySet } from "../../src/model/policy-set.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { judge } from "../../src/policy/decide.ts";
import type { RecordedCall } from "../../src/policy/suggest/asked.ts";
import { type Suggestion, suggestRules } from "../../src/policy/suggest/suggest.ts";
import { analysis, effect, input, open, path, policySet, runs } from "./calls.ts";

const otherwise =
  "{ shell.exec: ask, fs.read: ask, fs.write: ask, net.connect: ask, mcp.call: ask, agent.spawn: ask }";
const standing = policySet(
  `- { id: ls, verdict: allow, action: shell.exec, command: "ls ..." }
- { id: careful, verdict: ask, action: shell.exec, command: "git reset ..." }
- { id: never, verdict: deny, action: shell.exec, command: "git push --force ..." }`,
  otherwise,
);

const recorded = (calls: readonly (Analysis | Effect)[], from = 1): RecordedCall[] =>
  calls.map((of, index) => ({ seq: from + index, input: input(of) }));

function suggested(
  approved: readonly (Analysis | Effect)[],
  refused: readonly (Analysis | Effect)[] = [],
  set = standing,
): Suggestion {
  return suggestRules(set, {
    agent: "coder",
    policy: "s",
    approved: recorded(approved),
    refused: recorded(refused, 100),
    isHidden: (text) => text.includes("‹redacted"),
  });
}

/** The patterns of all rules, a rule each. */
function patterns({ rules }: Suggestion): string[][] {
  return rules.map(({ rule }) => [
    ...[rule.command, rule.path, rule.host, rule.mcp, rule.agent].flatMap((these) => these ?? []),
  ]);
}

function withRules(set: PolicySet, { rules }: Suggestion): PolicySet {
  const policy = { version: 1, id: "s", budgets: [], rules: rules.map(({ rule }) => rule) } as const;
  const agents = new Map([...set.agents].map(([id, each]) => [id, { ...each, policies: ["p", "s"] }]));
  return { ...set, policies: new Map(set.policies).set("s", policy), agents };
}

const learnt = (commands: readonly string[], refused: readonly string[] = []): string[][] =>
  patterns(
    suggested(
      commands.map((command) => runs(command)),
      refused.map((command) => runs(command)),
    ),
  );

describe("commands", () => {
  test("stay as they are, but for what differs between several", () => {
    expect(learnt(["npm publish"])).toEqual([["npm publish"]]);
    expect(learnt(["git push origin main", "git push origin dev"])).toEqual([["git push origin [!-]*"]]);
    expect(learnt(["deploy https://a.example/x", "deploy https://a.example/y"])).toEqual([
      ["deploy https://a.example/*"],
    ]);
    expect(learnt(["make x --depth=1", "make x --depth=2"])).toEqual([["make x --depth=*"]]);
  });

  test("keep the program and its subcommands, of which some have two", () => {
    expect(learnt(["gh pr create", "gh pr merge", "docker push a", "docker pull a"])).toEqual([
      ["gh pr create"],
      ["gh pr merge"],
      ["docker push a"],
      ["docker pull a"],
    ]);
    expect(learnt(["psql -c a", "psql -d b x"])).toEqual([["psql -c a", "psql -d b x"]]);
  });

  test("end in `...` where the number of words differs, and options do not", () => {
    expect(learnt(["go get a", "go get b c"])).toEqual([["go get ..."]]);
    expect(learnt(["git push", "git push origin a", "git push origin b"])).toEqual([
      ["git push origin [!-]*", "git push"],
    ]);
    expect(learnt(["git push origin main", "git push -u origin dev"])).toEqual([
      ["git push origin main", "git push -u origin dev"],
    ]);
    const many = ["-a", "-b", "-c", "-d", "-e"].map((option) => `kubectl get ${option}`);
    expect(learnt(many)).toEqual([["kubectl get ..."]]);
  });

  test("are narrowed until nothing matches that was refused", () => {
    const approved = ["git push origin main", "git push origin dev"];
    expect(learnt(approved, ["git push origin prod"])).toEqual([approved]);
    expect(learnt(["go get a", "go get b c", "go get b d"], ["go get x y z"])).toEqual([
      ["go get a", "go get b [!-]*"],
    ]);
  });

  test("are written so that they match themselves and nothing else", () => {
    const argv = ["x", "a*b?[c]{d,e}\\", "two words", '"', "&&", "..."];
    const [rule] = suggested([runs(argv)]).rules;
    expect(rule?.rule.command).toEqual(['x a\\*b\\?\\[c\\]\\{d,e\\}\\\\ two?words \\" \\&& \\...']);
    expect(suggested([runs(["git", "push\u202e"])]).rules[0]?.rule.command).toEqual(["git push?"]);
  });

  test("whose words are hidden, open or past reading are none to write down", () => {
    for (const word of ["‹redacted:option›", open([null]), "", "x".repeat(200)]) {
      expect(suggested([runs(["go", "get", word])])).toMatchObject({
        rules: [],
        left: [{ why: "no pattern says it and little more" }],
      });
    }
    expect(patterns(suggested([runs(["go", "get", open([null])]), runs("go get a")]))).toEqual([
      ["go get ..."],
    ]);
  });
});

describe("paths, hosts and names", () => {
  const reads = (...paths: string[]): string[][] =>
    patterns(suggested(paths.map((each) => effect("fs.read", path(each)))));

  test("paths become the narrowest directory, and none that is a whole place", () => {
    expect(reads("/home/ada/repo/src/a.ts")).toEqual([["src/a.ts"]]);
    expect(reads("/home/ada/repo/src/a.ts", "/home/ada/repo/src/b.ts")).toEqual([["src/*"]]);
    expect(reads("/home/ada/repo/src/a.ts", "/home/ada/repo/src/x/b.ts")).toEqual([["src/**"]]);
    expect(reads("/home/ada/repo/a", "/home/ada/repo/src/b.ts")).toEqual([["a", "src/b.ts"]]);
    expect(reads("/home/ada/.a/x", "/home/ada/.a/y", "/etc/a", "/etc/b", "/tmp/x/$y")).toEqual([
      ["~/.a/x", "~/.a/y", "/etc/a", "/etc/b", "$TMPDIR/x/\\$y"],
    ]);
    expect(patterns(suggested([effect("fs.read", path("/home/ada/repo/~x", "tree"))]))).toEqual([
      ["\\~x/**"],
    ]);
  });

  test("reading and writing the same is one rule", () => {
    const there = path("/home/ada/repo/x");
    const [rule, ...more] = suggested([
      analysis([], [effect("fs.read", there), effect("fs.write", there)]),
    ]).rules;
    expect([rule?.rule.actions, more]).toEqual([["fs.read", "fs.write"], []]);
  });

  test("a host is a host, for the direction that was approved; one nobody knows is the command's", () => {
    const send = (host: string | null, command: string): Analysis =>
      analysis([command], [effect("net.connect", { kind: "host", host, direction: "send" }, { command: 0 })]);
    const { rules } = suggested([
      send("a.example", "x"),
      send(null, "docker push a"),
      send(null, "docker push b"),
    ]);
    expect(rules.map(({ rule }) => [rule.host, rule.command, rule.when?.direction])).toEqual([
      [["*"], ["docker push [!-]*"], "send"],
      [["a.example"], null, "send"],
    ]);
  });

  test("tools and subagents go by their names", () => {
    const tool = (name: string): Effect => effect("mcp.call", { kind: "mcp", server: "github", tool: name });
    const agent = effect("agent.spawn", { kind: "agent", type: "Explore" });
    expect(patterns(suggested([tool("get"), tool("list"), agent]))).toEqual([
      ["github/get", "github/list"],
      ["Explore"],
    ]);
  });
});

describe("what is not suggested", () => {
  test.each([
    ["base asks", runs("git reset --hard"), "p/careful says ask"],
    ["opaque", runs("go get a", { opaque: ["x"] }), "it cannot be known beforehand what it does"],
    ["built in", runs("mirror init"), "builtin/mirror-command says deny"],
    [
      "an unknown tool",
      effect("unknown", { kind: "tool", name: "X" }),
      "no condition of a rule names a tool",
    ],
  ])("%s", (_, call, why) => {
    const found = suggested([call]);
    expect([found.rules, found.left.map((each) => each.why)]).toEqual([[], [why]]);
  });

  test("what was refused another time, by person or policy; it is named", () => {
    const { rules, left } = suggested([runs("npm publish"), runs("npm version 1")], [runs("npm publish")]);
    expect(rules.map(({ rule }) => rule.command)).toEqual([["npm version 1"]]);
    expect(left).toMatchObject([
      { call: { seq: 1 }, why: "it is too much like receipt 100, which was not let through" },
    ]);
  });

  test("a part of a call of which another part cannot be", () => {
    const both = analysis(
      ["npm publish"],
      [
        effect("shell.exec", { kind: "command" }, { command: 0 }),
        effect("net.connect", { kind: "host", host: "a.example", direction: "send" }, { command: 0 }),
      ],
    );
    expect(
      suggested([both], [effect("net.connect", { kind: "host", host: "a.example", direction: "send" })]),
    ).toMatchObject({
      rules: [],
      left: [{ call: { seq: 1 } }],
    });
  });

  test("what is allowed by now, and what is more dangerous than what was approved", () => {
    expect(suggested([runs("ls -a")])).toMatchObject({ rules: [], left: [], allowed: [{ seq: 1 }] });
    const found = suggested([runs("go get a"), runs("go get b")]);
    const dangerous = runs("go get c", { risk: { level: "high", reasons: ["destroys-data"] } });
    const after = compilePolicySet(withRules(standing, found));
    expect([runs("go get c"), dangerous].map((of) => judge(input(of), after).verdict)).toEqual([
      "allow",
      "ask",
    ]);
  });
});

const word = fc.constantFrom(
  "origin",
  "main",
  "dev",
  "-f",
  "-u",
  "--x=1",
  "--x=2",
  "a/b",
  "a/c",
  "a.b",
  "",
  "*",
);
const command = fc
  .tuple(fc.constantFrom("git push", "git reset", "npm run", "ls", "x"), fc.array(word, { maxLength: 3 }))
  .map(([start, words]) => [...start.split(" "), ...words]);
const place = fc
  .array(fc.constantFrom("a", "b", ".mirror", "*", "~"), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.constantFrom("/home/ada/repo/", "/home/ada/", "/tmp/", "/etc/").map((root) => root + names.join("/")),
  );
const risk = fc.constantFrom(
  { level: "low", reasons: [] } as const,
  { level: "medium", reasons: ["changes-files"] } as const,
);
const anyEffect: fc.Arbitrary<Effect> = fc.oneof(
  risk.map((each) => effect("shell.exec", { kind: "command" }, { command: 0, risk: each })),
  fc
    .tuple(fc.constantFrom("fs.read", "fs.write"), place, fc.constantFrom("exact", "tree", "glob"), risk)
    .map(([action, where, shape, each]) => effect(action, path(where, shape), { risk: each })),
  fc
    .tuple(fc.constantFrom("a.example", "b.example", null), fc.constantFrom("fetch", "send"))
    .map(([host, direction]) => effect("net.connect", { kind: "host", host, direction }, { command: 0 })),
);
const anyCall = fc
  .tuple(command, fc.array(anyEffect, { minLength: 1, maxLength: 3 }))
  .map(([argv, effects]) => analysis([argv], effects));

test("whatever was approved and refused: what is claimed is allowed, nothing refused is, and no rule is idle", () => {
  fc.assert(
    fc.property(fc.array(anyCall, { maxLength: 8 }), fc.array(anyCall, { maxLength: 5 }), (yes, no) => {
      const found = suggested(yes, no);
      const [before, after] = [standing, withRules(standing, found)].map((set) => compilePolicySet(set));
      if (before === undefined || after === undefined) throw new Error("two sets");
      const isAllowed = (call: RecordedCall, by: typeof after): boolean =>
        judge(call.input, by).verdict === "allow";
      const left = new Set(found.left.map(({ call }) => call.seq));
      for (const call of recorded(yes)) expect(isAllowed(call, after)).toBe(!left.has(call.seq));
      for (const { covers } of found.rules)
        for (const { call } of covers) expect(isAllowed(call, after)).toBe(true);
      for (const call of recorded(no, 100)) {
        if (isAllowed(call, after)) expect(isAllowed(call, before)).toBe(true);
      }
      const done = recorded(yes).filter((call) => isAllowed(call, after));
      for (const each of found.rules) {
        const rest = { ...found, rules: found.rules.filter((other) => other !== each) };
        const without = compilePolicySet(withRules(standing, rest));
        expect(done.every((call) => isAllowed(call, without))).toBe(false);
      }
    }),
    { numRuns: 100 },
  );
});
