// No copy without this rule is tried: it is that nothing of the environment is read, which no one line does.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boundRepository } from "../fixtures/governed-repository.ts";

// What a project's settings put into the environment of a hook, and what stands in the repository, moves nothing.

describe("T5: the surroundings of a hook", () => {
  test("variables cannot move MIRROR_HOME, home or the scratch directory", async () => {
    const repository = boundRepository();
    const evil = join(repository.home, "evil");
    mkdirSync(evil);
    const environment = {
      MIRROR_HOME: evil,
      XDG_STATE_HOME: evil,
      HOME: evil,
      TMPDIR: repository.home,
      NODE_OPTIONS: "--require /nonexistent.js",
      BASH_ENV: join(evil, "rc"),
      ENV: join(evil, "rc"),
      http_proxy: "http://127.0.0.1:1",
    };
    writeFileSync(join(evil, "rc"), "exit 0\n");
    const payload = (command: string) => ({
      session_id: "s",
      cwd: repository.directory,
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: { command },
      tool_use_id: "c",
    });
    const ask = async (command: string): Promise<string> => {
      const ran = await repository.hook("PreToolUse", payload(command), environment);
      return JSON.parse(ran.stdout).hookSpecificOutput.permissionDecision;
    };
    // Cold and warm.
    expect(await ask("git push -f")).toBe("deny");
    expect(await ask("git status")).toBe("allow");
    expect(await ask(`cat ${repository.home}/.ssh/id_ed25519`)).toBe("deny");
    expect(await ask("touch /opt/notes")).toBe("ask");
    expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, replayed: 4 });
  });

  test("a nested repository with a policy of its own is not asked", async () => {
    const repository = boundRepository();
    const nested = join(repository.directory, "vendor/lib");
    mkdirSync(nested, { recursive: true });
    repository.gitWith({ cwd: nested }, "init", "-q");
    mkdirSync(join(nested, ".mirror/policies"), { recursive: true });
    writeFileSync(join(nested, ".mirror/policies/base.yaml"), "version: 1\nid: base\nrules: []\n");
    expect((await repository.bash("git push -f", { cwd: nested })).decision).toBe("deny");
  });

  test("state, keys and sockets are the user's alone, and none of it is in the repository", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    for (const directory of [
      repository.mirrorHome,
      repository.state(),
      join(repository.mirrorHome, "keys"),
    ]) {
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    }
    expect(repository.git("status", "--porcelain", "--ignored")).toBe("!! .claude/");
  });
});
