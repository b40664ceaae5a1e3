import { describe, expect, test } from "vitest";
import type { Word } from "../../src/model/command.ts";
import type { Action } from "../../src/model/effect.ts";
import { builtinRules } from "../../src/policy/builtin.ts";
import { analysis, decideWith, effect, open, path, runs } from "./calls.ts";

// The loosest policy there can be: what is not allowed under it is so by the built-in rules alone.
const loosest = `- { id: all, verdict: allow, action: [fs.read, fs.write, fs.delete] }
- { id: run, verdict: allow, action: shell.exec, command: "...", opaque: allow }`;

const repo = "/home/ada/repo";

function file(action: Action, ...where: Parameters<typeof path>): string {
  const [first] = decideWith(loosest, effect(action, path(...where))).reasons;
  return first?.verdict === "allow" ? "allow" : `${first?.verdict} ${first?.rule}`;
}

function command(words: string | readonly Word[]): string {
  const [first] = decideWith(loosest, runs(words)).reasons;
  return first?.verdict === "allow" ? "allow" : `${first?.verdict} ${first?.rule}`;
}

describe("files that guard the guard", () => {
  test.each([
    [`${repo}/.mirror/policies/base.yaml`, "deny builtin/policy-set"],
    [`${repo}/.mirror`, "deny builtin/policy-set"],
    [`${repo}/.MIRROR/mirror.yaml`, "deny builtin/policy-set"],
    [`${repo}/.claude/settings.json`, "deny builtin/hook-settings"],
    [`${repo}/.claude/settings.local.json`, "deny builtin/hook-settings"],
    [`${repo}/packages/a/.claude/settings.json`, "deny builtin/hook-settings"],
    [`${repo}/.codex/hooks.json`, "deny builtin/hook-settings"],
    [`${repo}/.codex/config.toml`, "deny builtin/hook-settings"],
    [`${repo}/.gemini/settings.json`, "deny builtin/hook-settings"],
    [`${repo}/.qwen/settings.json`, "deny builtin/hook-settings"],
    [`${repo}/.github/hooks/a.json`, "deny builtin/hook-settings"],
    [`${repo}/.cursor/hooks.json`, "deny builtin/hook-settings"],
    [`${repo}/.opencode/plugin/x.js`, "deny builtin/hook-settings"],
    [`${repo}/.claude`, "deny builtin/hook-settings"],
    ["/home/ada/.claude/settings.json", "deny builtin/hook-settings"],
    ["/home/ada/.codex/hooks.json", "deny builtin/hook-settings"],
    ["/etc/claude-code/managed-settings.json", "deny builtin/hook-settings"],
    [`${repo}/.git/hooks/pre-commit`, "deny builtin/git-internals"],
    [`${repo}/.git/config`, "deny builtin/git-internals"],
    [`${repo}/.git/refs/mirror/ledger/x`, "deny builtin/git-internals"],
    [`${repo}/.git/objects/ab/cd`, "deny builtin/git-internals"],
    [`${repo}/vendor/x/.git/hooks/post-checkout`, "deny builtin/git-internals"],
    ["/home/ada/.local/state/mirror/keys/gate.pem", "deny builtin/mirror-home"],
    [`${repo}/src/a.ts`, "allow"],
    [`${repo}/.github/workflows/ci.yml`, "allow"],
    [`${repo}/.claude/commands/x.md`, "allow"],
    [`${repo}/.git/COMMIT_EDITMSG`, "allow"],
    [`${repo}/mirror/x`, "allow"],
  ])("changing %s: %s", (at, expected) => {
    expect(file("fs.write", at)).toBe(expected);
    expect(file("fs.delete", at)).toBe(expected);
    // A link is no way around, and no way to what is left out either.
    if (expected !== "allow") expect(file("fs.write", "/tmp/link", "exact", at)).toBe(expected);
  });

  test("reading them is open, but for mirror's own home", () => {
    expect(file("fs.read", `${repo}/.mirror/mirror.yaml`)).toBe("allow");
    expect(file("fs.read", `${repo}/.git/config`)).toBe("allow");
    expect(file("fs.read", "/home/ada/.local/state/mirror/keys/gate.pem")).toBe("deny builtin/mirror-home");
  });

  test("a directory or a wildcard that holds one is denied, the whole repository asked", () => {
    expect(file("fs.delete", repo, "tree")).toMatch(/^deny/);
    expect(file("fs.delete", `${repo}/.c*`, "glob")).toBe("deny builtin/hook-settings");
    expect(file("fs.delete", `${repo}/*`, "glob")).toBe("allow");
    expect(file("fs.delete", `${repo}/src`, "tree")).toBe("allow");
    expect(file("fs.write", `${repo}/.git`, "tree")).toBe("deny builtin/git-internals");
    expect(file("fs.write", repo, "tree")).toMatch(/^ask builtin/);
    expect(file("fs.read", "/home/ada", "tree")).toBe("ask builtin/mirror-home");
    expect(file("fs.read", repo, "tree")).toBe("allow");
  });

  test("an unknown path is asked by the gate, not denied", () => {
    expect(file("fs.write", "$f", "unknown")).toBe("deny gate/opaque");
    const decision = decideWith(loosest, effect("fs.write", path("$f", "unknown")), "{fs.write: ask}");
    expect(decision.reasons.map((reason) => `${reason.verdict} ${reason.rule}`)).toEqual(["ask gate/opaque"]);
  });
});

describe("commands that guard the guard", () => {
  test.each([
    ["mirror policy approve", "deny builtin/mirror-command"],
    ["mirror init", "deny builtin/mirror-command"],
    ["mirror", "deny builtin/mirror-command"],
    ["/usr/local/bin/mirror agent add x", "deny builtin/mirror-command"],
    ["npx @mirroros/mirror trust pin", "deny builtin/mirror-command"],
    ["node dist/bin/mirror.mjs repair", "deny builtin/mirror-command"],
    ["mirror status", "allow"],
    ["mirror log --json", "allow"],
    ["mirror policy plan x", "allow"],
    ["mirror policy propose x", "allow"],
    ["mirror --version", "allow"],
    ["node dist/bin/mirror.mjs lint", "allow"],
    ["mirror-hook claude-code coder", "deny builtin/mirror-hook"],
    ["sh hooks/mirror-hook x", "deny builtin/mirror-hook"],
    ["curl --unix-socket /run/mirror/s http://x/", "deny builtin/mirror-hook"],
    ["pkill -f mirror", "deny builtin/mirror-hook"],
    ["curl https://mirror.example.com/", "allow"],
    ["git update-ref refs/heads/main x", "deny builtin/ledger-refs"],
    ["git symbolic-ref HEAD refs/heads/x", "deny builtin/ledger-refs"],
    ["git symbolic-ref -d HEAD", "deny builtin/ledger-refs"],
    ["git symbolic-ref --short HEAD", "allow"],
    ["git replace a b", "deny builtin/ledger-refs"],
    ["git push origin +refs/mirror/ledger/x", "deny builtin/ledger-refs"],
    ["git push origin :mirror/ledger/x", "deny builtin/ledger-refs"],
    ["git push origin refs/*:refs/*", "deny builtin/ledger-refs"],
    ["git fetch origin refs/mirror/ledger/x", "deny builtin/ledger-refs"],
    ["git push --mirror", "deny builtin/every-ref"],
    ["git push origin mirror/policy/x", "allow"],
    ["git config core.hooksPath /tmp/x", "deny builtin/git-settings"],
    ["git config --global alias.x !sh", "deny builtin/git-settings"],
    ["git config --edit", "deny builtin/git-settings"],
    ["git config set core.hooksPath x", "deny builtin/git-settings"],
    ["git config --comment --get core.hooksPath x", "deny builtin/git-settings"],
    ["git config -- alias.x --get", "deny builtin/git-settings"],
    ["git config --get core.hooksPath", "allow"],
    ["git config --global --list", "allow"],
    ["git config user.name", "allow"],
    ["claude -p hi", "allow"],
    ["claude --bare -p hi", "deny builtin/unguarded-agent"],
    ["claude --settings x.json", "deny builtin/unguarded-agent"],
    ["claude --dangerously-skip-perm", "deny builtin/unguarded-agent"],
    ["npx @anthropic-ai/claude-code --bare", "deny builtin/unguarded-agent"],
    ["git status", "allow"],
  ])("`%s`: %s", (text, expected) => {
    expect(command(text)).toBe(expected);
  });

  test("what only may be one of them asks", () => {
    expect(command([open([null]), "init"])).toBe("ask builtin/mirror-command");
    expect(command(["git", "push", open([null])])).toMatch(/^ask builtin/);
    expect(command(["git", "config", open([null]), "x"])).toBe("deny builtin/git-settings");
    expect(command([open([null, "/eslint"]), "."])).toBe("allow");
  });

  test("are found below whatever runs them", () => {
    const inner = effect("shell.exec", { kind: "command" }, { command: 1 });
    const decision = decideWith(loosest, analysis(["make all", "mirror policy approve"], [inner]));
    expect(decision.reasons[0]?.rule).toBe("builtin/mirror-command");
  });
});

test("every built-in rule denies, gives its reason, and has no way to be opaque", () => {
  for (const rule of builtinRules) {
    expect(rule).toMatchObject({ verdict: "deny", allowsOpaque: false });
    expect(rule.reason).toMatch(/^[a-z]/);
  }
  expect(new Set(builtinRules.map((rule) => rule.id)).size).toBe(builtinRules.length);
});
