// What stands in Claude Code's settings, imported: the rules decide the same calls, or stricter, and the rest is named.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

const project = {
  permissions: {
    allow: [
      "Bash(npm run test:*)",
      "Bash(git diff:*)",
      "Bash(ls)",
      "mcp__github__get_issue",
      "WebSearch",
      "Bash",
    ],
    ask: ["Bash(git push:*)"],
    deny: ["Bash(curl:*)", "Read(./.env)", "Read(secrets/**)", "Edit(//etc/**)", "Bash(rm -rf / && ls)"],
  },
};
const person = {
  permissions: { allow: ["Read(~/.zshrc)", "WebFetch(domain:docs.rs)", "Task(Explore)", "Write(src/*.ts)"] },
};

function importedInto(repository: Governed): {
  taken: { from: string; remarks: string[] }[];
  refused: { from: string; at: string }[];
  unsafe: { from: string; why: string }[];
} {
  mkdirSync(join(repository.home, ".claude"), { recursive: true });
  writeFileSync(join(repository.home, ".claude/settings.json"), JSON.stringify(person));
  repository.write(".claude/settings.json", JSON.stringify(project));
  const imported = JSON.parse(repository.ok("policy", "import", "claude-settings", "--json"));
  repository.ok("policy", "merge", "import-claude-settings");
  const file = join(scratchDirectory(), "coder.yaml");
  writeFileSync(file, "version: 1\nid: coder\nclients: [claude-code]\npolicies: [claude-settings]\n");
  repository.ok("policy", "propose", "bind", "--from-file", file, "--as", "agents/coder.yaml");
  repository.ok("policy", "merge", "bind");
  return imported;
}

test("each rule decides what it decided, or is named with the reason why it was not taken", async () => {
  const repository = boundRepository();
  const { taken, refused, unsafe } = importedInto(repository);
  expect(refused.map(({ from }) => from).sort()).toEqual([
    "allow: Bash",
    "allow: WebSearch",
    "deny: Bash(rm -rf / && ls)",
  ]);
  expect(taken).toHaveLength(13);
  expect(taken.find(({ from }) => from.includes("npm run test"))?.remarks.join()).toMatch(/whole words/);
  expect(unsafe.map(({ from }) => from)).toEqual(["allow: Bash(npm run test:*)", "allow: Bash"]);
  const expected: [string, string][] = [
    ["git diff --stat", "allow"],
    ["git diff", "allow"],
    ["ls", "allow"],
    ["ls -la /etc", "ask"],
    ["git push origin main", "ask"],
    ["curl https://example.org", "deny"],
    ["curlx", "deny"],
    ["cat .env", "deny"],
    ["cat secrets/deep/key.pem", "deny"],
    ["echo x > /etc/hosts", "deny"],
    ["docker ps", "ask"],
  ];
  const found = [];
  for (const [command] of expected) found.push([command, (await repository.bash(command)).decision]);
  expect(found).toEqual(expected);
  const read = async (path: string) => (await repository.call("Read", { file_path: path })).decision;
  expect(await read(join(repository.directory, ".env"))).toBe("deny");
  expect(await read(join(repository.home, ".zshrc"))).toBe("allow");
  const write = async (path: string) =>
    (await repository.call("Write", { file_path: join(repository.directory, path), content: "x" })).decision;
  expect([await write("src/a.ts"), await write("src/deep/a.ts")]).toEqual(["allow", "ask"]);
  expect((await repository.call("mcp__github__get_issue", { id: 1 })).decision).toBe("allow");
  expect((await repository.call("mcp__github__delete_issue", { id: 1 })).decision).toBe("ask");
});

test("no settings, or none that can be taken, is said", () => {
  const repository = boundRepository();
  const none = repository.mirror("policy", "import", "claude-settings");
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("no permission rule was found")]);
  repository.write(".claude/settings.json", "{ not json");
  const garbage = repository.mirror("policy", "import", "claude-settings");
  expect([garbage.code, garbage.stderr]).toEqual([2, expect.stringContaining("is no JSON")]);
});

test("the rules of the project and of the person are read, and the person's where their client's variable says", () => {
  const repository = boundRepository();
  const files = (environment: Record<string, string>, source: string): string[] => {
    const { stdout } = repository.mirrorWith({ environment }, "policy", "import", source, "--json");
    repository.ok("policy", "withdraw", `import-${source}`);
    return JSON.parse(stdout).files;
  };
  const moved = scratchDirectory();
  const rule = 'prefix_rule(pattern = ["ls"])\n';
  const policy =
    '[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = "ls"\ndecision = "allow"\npriority = 1\n';
  for (const top of [repository.directory, repository.home, moved]) {
    for (const below of [".codex/rules", ".gemini/policies", "rules"])
      mkdirSync(join(top, below), { recursive: true });
    writeFileSync(join(top, ".codex/rules/a.rules"), rule);
    writeFileSync(join(top, ".codex/rules/a.txt"), "no rules");
    mkdirSync(join(top, ".codex/rules/b.rules"));
    writeFileSync(join(top, ".gemini/policies/a.toml"), policy);
    writeFileSync(join(top, "rules/c.rules"), rule);
  }
  expect(files({}, "codex-rules")).toEqual([".codex/rules/a.rules", "~/.codex/rules/a.rules"]);
  expect(files({ CODEX_HOME: moved }, "codex-rules")).toEqual([
    ".codex/rules/a.rules",
    join(moved, "rules/c.rules"),
  ]);
  expect(files({}, "gemini-toml")).toEqual([".gemini/policies/a.toml", "~/.gemini/policies/a.toml"]);
  expect(files({ GEMINI_CLI_HOME: moved }, "gemini-toml")).toEqual([
    ".gemini/policies/a.toml",
    join(moved, ".gemini/policies/a.toml"),
  ]);
  writeFileSync(join(moved, "rules/c.rules"), `#${"x".repeat(2_000_000)}`);
  const large = repository.mirrorWith(
    { environment: { CODEX_HOME: moved } },
    "policy",
    "import",
    "codex-rules",
  );
  expect([large.code, large.stderr]).toEqual([
    1,
    expect.stringMatching(/c\.rules has 2000001 bytes, expected at most/),
  ]);
});
