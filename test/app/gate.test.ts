import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boundRepository } from "../fixtures/governed-repository.ts";

interface Entry {
  readonly seq: number;
  readonly kind: string;
  readonly agent: string | null;
  readonly decision: string | null;
  readonly tool: string | null;
  readonly epoch: number;
  readonly commit: string;
  readonly reasons: readonly { readonly rule: string }[];
  readonly outcome: { readonly of: number | null; readonly status: string } | null;
}

function entries(repository: { ok(...args: string[]): string }, ...args: string[]): Entry[] {
  return repository
    .ok("log", "--json", ...args)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("a call through the installed hook", () => {
  test("is decided by the template and leaves a receipt in git log", async () => {
    const repository = boundRepository();
    repository.write(".env", "TOKEN=x\n");
    expect((await repository.bash("git status")).decision).toBe("allow");
    expect((await repository.bash("git push origin main")).decision).toBe("ask");
    const denied = await repository.bash("git push --force origin main");
    expect(denied.decision).toBe("deny");
    expect(denied.reason).toContain("base/");
    expect((await repository.call("Read", { file_path: join(repository.directory, ".env") })).decision).toBe(
      "deny",
    );
    const found = entries(repository, "--kind", "decision");
    expect(found.map(({ decision }) => decision)).toEqual(["deny", "deny", "ask", "allow"]);
    const subjects = repository.git("log", "--format=%an %s", repository.ledger()).split("\n");
    expect(subjects[1]).toMatch(/^coder deny +shell\.exec +git push --force origin main/);
    expect(found[0]?.commit).toBe(repository.git("rev-parse", repository.ledger()));
  });

  test("every edit of .mirror, hook settings and git internals is denied, whatever tool", async () => {
    const repository = boundRepository();
    const file = (path: string): string => join(repository.directory, path);
    const tries: [string, unknown][] = [
      ["Write", { file_path: file(".mirror/policies/base.yaml"), content: "" }],
      ["Edit", { file_path: file(".claude/settings.local.json"), old_string: "a", new_string: "b" }],
      ["Write", { file_path: join(repository.home, ".claude/settings.json"), content: "{}" }],
      ["Bash", { command: "echo '{}' > .claude/settings.json" }],
      ["Bash", { command: "sed -i s/deny/allow/ .mirror/policies/base.yaml" }],
      ["Bash", { command: "cp x .git/hooks/pre-commit" }],
      ["Bash", { command: "rm -rf .mirror" }],
      ["Bash", { command: "git config core.hooksPath /tmp/x" }],
      ["Bash", { command: `cat ${repository.mirrorHome}/keys/owner.asc` }],
      ["Bash", { command: "git update-ref refs/mirror/ledger/x HEAD" }],
      ["Bash", { command: "mirror agent add evil --client claude-code" }],
    ];
    for (const [tool, input] of tries) {
      const { decision } = await repository.call(tool, input);
      expect([JSON.stringify(input), decision]).toEqual([JSON.stringify(input), "deny"]);
    }
  });

  test("a subagent is recorded as such, and has no more than its agent", async () => {
    const repository = boundRepository();
    const subagent = { agent_id: "a1", agent_type: "general-purpose" };
    expect((await repository.bash("git status", subagent)).decision).toBe("allow");
    expect(
      (await repository.bash("git push -f", { agent_id: "a2", agent_type: "Evil\nType" })).decision,
    ).toBe("deny");
    expect(entries(repository, "--kind", "decision").map(({ agent }) => agent)).toEqual([
      "coder/unknown",
      "coder/general-purpose",
    ]);
  });

  test("an outcome names its decision; a second one is a gap", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    const outcome = {
      session_id: repository.session,
      cwd: repository.directory,
      hook_event_name: "PostToolUse",
      tool_name: "Bash",
      tool_input: { command: "git status" },
      tool_response: { stdout: "" },
      tool_use_id: "call_1",
      duration_ms: 7,
    };
    expect((await repository.hook("PostToolUse", outcome)).stdout.trim()).toBe("{}");
    await repository.hook("PostToolUse", outcome);
    const found = entries(repository);
    const decision = found.find(({ kind }) => kind === "decision");
    expect(found[0]?.kind).toBe("gap");
    expect(found[1]?.outcome).toMatchObject({ of: decision?.seq, status: "ok" });
  });

  test("a new approved policy set takes effect at the next call, an unapproved one never", async () => {
    const repository = boundRepository();
    expect((await repository.bash("git status")).decision).toBe("allow");
    const path = join(repository.directory, ".mirror/policies/base.yaml");
    writeFileSync(path, readFileSync(path, "utf8").replace(/verdict: deny/g, "verdict: allow"));
    repository.git("commit", "-q", "-am", "looser");
    expect((await repository.bash("git push --force")).decision).toBe("deny");
    expect(repository.mirror("agent", "add", "second", "--client", "claude-code").stderr).toContain(
      "expected the approved one of epoch 1",
    );
    repository.git("reset", "-q", "--hard", "HEAD^");
    repository.ok("agent", "add", "second", "--client", "claude-code");
    await repository.bash("git status");
    expect(entries(repository, "--limit", "1")[0]?.epoch).toBe(2);
    expect(entries(repository, "--kind", "adopt").map(({ epoch }) => epoch)).toEqual([2, 1]);
  });

  test("malformed input and unknown tools are never allowed", async () => {
    const repository = boundRepository();
    for (const payload of ["", "{", "[]", '{"tool_name":1}', '{"hook_event_name":"PreToolUse"}']) {
      const ran = await repository.hook("PreToolUse", payload);
      expect([payload, JSON.parse(ran.stdout).hookSpecificOutput.permissionDecision]).toEqual([
        payload,
        "deny",
      ]);
    }
    expect((await repository.call("Teleport", { where: "out" })).decision).not.toBe("allow");
  });

  test("the daemon may die at any time: the next call is decided and nothing is lost", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    const { pid } = JSON.parse(repository.ok("daemon", "status", "--json"));
    process.kill(pid, "SIGKILL");
    expect(await repository.bash("git diff")).toMatchObject({ decision: "allow" });
    expect(entries(repository, "--kind", "decision")).toHaveLength(2);
    expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
  });

  test("readers fold the journal themselves when the daemon is dead", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    const { pid } = JSON.parse(repository.ok("daemon", "status", "--json"));
    process.kill(pid, "SIGKILL");
    expect(entries(repository, "--kind", "decision")).toHaveLength(1);
  });

  test("calls at once all get their receipt, in one chain", async () => {
    const repository = boundRepository();
    await Promise.all(Array.from({ length: 24 }, (_, n) => repository.bash(`echo ${n}`)));
    expect(entries(repository, "--kind", "decision", "--limit", "100")).toHaveLength(24);
    const ledger = repository.ledger();
    const seqs = repository
      .git("log", "--format=%(trailers:key=Mirror-Seq,valueonly,separator=)", ledger)
      .split("\n");
    expect(seqs.map(Number)).toEqual(seqs.map((_, index) => seqs.length - 1 - index));
    execFileSync("git", ["fsck", "--strict", "--no-dangling"], { cwd: repository.directory, stdio: "pipe" });
  });

  test("an agent that is not bound is denied by name", async () => {
    const repository = boundRepository();
    const settings = join(repository.directory, ".claude/settings.local.json");
    writeFileSync(
      settings,
      readFileSync(settings, "utf8").replaceAll("claude-code coder", "claude-code ghost"),
    );
    const { decision, reason } = await repository.bash("git status");
    expect(decision).toBe("deny");
    expect(reason).toContain("ghost");
  });

  test("works from a linked work tree, and without perl and curl", async () => {
    const repository = boundRepository();
    const linked = join(repository.directory, "..", "linked");
    repository.git("worktree", "add", "-q", "-b", "topic", linked);
    const body = (cwd: string) => ({
      session_id: "s",
      cwd,
      hook_event_name: "PreToolUse",
      tool_name: "Write",
      tool_input: { file_path: join(cwd, "a.txt"), content: "a" },
      tool_use_id: "call_w",
    });
    const inside = await repository.hook("PreToolUse", body(linked));
    expect(JSON.parse(inside.stdout).hookSpecificOutput.permissionDecision).toBe("allow");
    expect(repository.ok("status")).toContain("linked");
    const shim = join(repository.mirrorHome, "bin/mirror-hook");
    writeFileSync(shim, readFileSync(shim, "utf8").replace(/^(PERL|CURL)=.*$/gm, "$1='/nonexistent'"));
    expect((await repository.bash("git status")).decision).toBe("allow");
  });

  test("state that is gone is a deny that names the repair", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    rmSync(join(repository.state(), "pin.json"));
    const { decision, reason } = await repository.bash("git status");
    expect(decision).toBe("deny");
    expect(reason).toContain("mirror repair");
    expect(repository.ok("repair")).toContain("pin");
    expect((await repository.bash("git status")).decision).toBe("allow");
  });
});
