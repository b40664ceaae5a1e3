import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { begunRepository, boundRepository, governedRepository } from "../fixtures/governed-repository.ts";

describe("mirror agent add", () => {
  test("brings the binding in by a signed merge commit and installs every hook", () => {
    const repository = begunRepository();
    const genesis = repository.git("rev-parse", "HEAD");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    const parents = repository.git("log", "-1", "--format=%P").split(" ");
    expect(parents[0]).toBe(genesis);
    expect(parents).toHaveLength(2);
    const message = repository.git("log", "-1", "--format=%B");
    expect(message).toMatch(/^Mirror-Approve: v1 sha256:[0-9a-f]{64}$/m);
    expect(message).toMatch(/^Mirror-Base: 0 [0-9a-f]{64}$/m);
    expect(repository.git("cat-file", "commit", "HEAD")).toContain("gpgsig");
    expect(repository.git("status", "--porcelain")).toBe("");
    const settings = JSON.parse(
      readFileSync(join(repository.directory, ".claude/settings.local.json"), "utf8"),
    );
    expect(Object.keys(settings.hooks).sort()).toEqual([
      "PostToolUse",
      "PostToolUseFailure",
      "PreToolUse",
      "SessionEnd",
      "SessionStart",
      "SubagentStart",
      "SubagentStop",
    ]);
    expect(settings.hooks.PreToolUse[0]).toMatchObject({
      matcher: "*",
      hooks: [{ type: "command", onFailure: "block" }],
    });
    expect(readFileSync(join(repository.directory, ".git/info/exclude"), "utf8")).toContain(
      "/.claude/settings.local.json",
    );
  });

  test("keeps what stands in the settings, and reaches every linked work tree", () => {
    const repository = governedRepository();
    const linked = join(repository.directory, "..", "linked");
    repository.git("worktree", "add", "-q", "-b", "topic", linked);
    repository.ok("init", "--no-passphrase");
    const file = join(repository.directory, ".claude/settings.local.json");
    repository.write(
      ".claude/settings.local.json",
      '{\n    "model": "opus",\n    "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "./mine"}]}]}\n}\n',
    );
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    const settings = JSON.parse(readFileSync(file, "utf8"));
    expect(settings.model).toBe("opus");
    expect(settings.hooks.PreToolUse).toHaveLength(2);
    expect(settings.hooks.PreToolUse[0].hooks[0].command).toBe("./mine");
    expect(existsSync(join(linked, ".claude/settings.local.json"))).toBe(true);
    repository.ok("agent", "remove", "coder");
    const after = JSON.parse(readFileSync(file, "utf8"));
    expect(after.hooks.PreToolUse).toEqual([
      { matcher: "Bash", hooks: [{ type: "command", command: "./mine" }] },
    ]);
    expect(existsSync(join(linked, ".claude/settings.local.json"))).toBe(false);
  });

  test("leaves staged and unstaged work alone, and refuses to overwrite edits below .mirror", () => {
    const repository = begunRepository();
    repository.write("README.md", "edited\n");
    repository.write("staged.txt", "staged\n");
    repository.git("add", "staged.txt");
    const before = repository.git("status", "--porcelain");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    expect(repository.git("status", "--porcelain")).toBe(before);
    repository.write(".mirror/agents/second.yaml", "mine\n");
    const head = repository.git("rev-parse", "HEAD");
    const ran = repository.mirror("agent", "add", "second", "--client", "claude-code");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("agents/second.yaml");
    expect(repository.git("rev-parse", "HEAD")).toBe(head);
    expect(readFileSync(join(repository.directory, ".mirror/agents/second.yaml"), "utf8")).toBe("mine\n");
  });

  test("lists, shows and removes", async () => {
    const repository = boundRepository();
    expect(JSON.parse(repository.ok("agent", "list", "--json"))).toMatchObject([
      { id: "coder", clients: ["claude-code"], policies: ["base"] },
    ]);
    expect(repository.ok("agent", "show", "coder")).toContain("id: coder");
    expect(repository.mirror("agent", "show", "nobody").code).toBe(1);
    expect((await repository.bash("git status")).decision).toBe("allow");
    const settings = readFileSync(join(repository.directory, ".claude/settings.local.json"), "utf8");
    repository.ok("agent", "remove", "coder");
    expect(existsSync(join(repository.directory, ".claude/settings.local.json"))).toBe(false);
    // A client that still runs with the old settings is denied.
    mkdirSync(join(repository.directory, ".claude"), { recursive: true });
    writeFileSync(join(repository.directory, ".claude/settings.local.json"), settings);
    expect((await repository.bash("git status")).decision).toBe("deny");
  });

  test("the installed hook depends on no file in the work tree", () => {
    const repository = boundRepository();
    const settings = JSON.parse(
      readFileSync(join(repository.directory, ".claude/settings.local.json"), "utf8"),
    );
    const command: string = settings.hooks.PreToolUse[0].hooks[0].command;
    expect(command).toContain(join(repository.mirrorHome, "bin/mirror-hook"));
    expect(command).not.toContain(repository.directory);
    expect(statSync(join(repository.mirrorHome, "bin/mirror-hook")).mode & 0o777).toBe(0o700);
  });

  test("scope project holds no absolute path and needs the login's own MIRROR_HOME", () => {
    const repository = begunRepository();
    const ran = repository.mirror("agent", "add", "coder", "--client", "claude-code", "--scope", "project");
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("--scope local");
  });

  test("a second agent in the same client's settings takes them over, and is told so", () => {
    const repository = boundRepository();
    const page = repository.ok("agent", "add", "second", "--client", "claude-code");
    expect(page).toContain("carried the hooks of coder");
  });

  test("scope user binds this repository wherever the client runs", () => {
    const repository = begunRepository();
    repository.ok("agent", "add", "coder", "--client", "claude-code", "--scope", "user");
    expect(readFileSync(join(repository.home, ".claude/settings.json"), "utf8")).toContain(
      repository.state(),
    );
  });

  test("scope user follows CLAUDE_CONFIG_DIR, and doctor finds the hooks there and nowhere else", () => {
    const repository = begunRepository();
    const moved = { environment: { CLAUDE_CONFIG_DIR: join(repository.home, "moved") } };
    const add = ["agent", "add", "coder", "--client", "claude-code", "--scope", "user"];
    expect(repository.mirrorWith(moved, ...add)).toMatchObject({ code: 0 });
    expect(existsSync(join(repository.home, "moved/settings.json"))).toBe(true);
    expect(existsSync(join(repository.home, ".claude/settings.json"))).toBe(false);
    const missing = "no settings file of claude-code carries the hooks of coder";
    expect(repository.mirrorWith(moved, "doctor").stdout).not.toContain(missing);
    expect(repository.mirror("doctor").stdout).toContain(missing);
  });
});
