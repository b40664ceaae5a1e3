import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratchRepository } from "../fixtures/scratch-repository.ts";

// Scope `project` holds no path of this machine. It finds the repository in a table of the login's own, so the login's
// home is what has to be made up here: another directory is mounted over it, in a namespace of its own.

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const login = userInfo().homedir;

function namespaced(
  home: string,
  args: readonly string[],
  run: { cwd: string; input?: string; env?: Record<string, string> },
) {
  const binds = ["--dev-bind", "/", "/", "--bind", home, login, "--chdir", run.cwd, "--die-with-parent"];
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: login,
    GIT_CONFIG_NOSYSTEM: "1",
    LC_ALL: "C",
    ...run.env,
  };
  return spawnSync("bwrap", [...binds, "--", ...args], { env, input: run.input ?? "", encoding: "utf8" });
}

const canMount = spawnSync("bwrap", ["--dev-bind", "/", "/", "true"]).status === 0 && homedir() !== "/";

test.runIf(canMount)(
  "T5: scope project holds no path, believes no variable, and denies a directory it does not know",
  () => {
    const repository = scratchRepository();
    const home = join(dirname(repository.directory), "login");
    const bin = join(home, "bin");
    mkdirSync(bin, { recursive: true });
    symlinkSync(join(root, "hooks/mirror-hook"), join(bin, "mirror-hook"));
    const path = `${join(login, "bin")}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
    const mirror = (...args: string[]) => {
      const command = [process.execPath, join(root, "dist/bin/mirror.mjs"), ...args];
      return namespaced(home, command, { cwd: repository.directory, env: { PATH: path } });
    };
    expect(mirror("init", "--no-passphrase").stderr).toBe("");
    const added = mirror("agent", "add", "coder", "--client", "claude-code", "--scope", "project");
    expect(added.stderr).toBe("");
    const settings = readFileSync(join(repository.directory, ".claude/settings.json"), "utf8");
    expect(settings).not.toContain(login);
    expect(settings).not.toContain(repository.directory);
    expect(settings).toContain("npm install -g @mirroros/mirror");
    const command: string = JSON.parse(settings).hooks.PreToolUse[0].hooks[0].command;
    const call = (text: string, env: Record<string, string> = {}, cwd = repository.directory) => {
      const payload = {
        session_id: "s",
        cwd,
        hook_event_name: "PreToolUse",
        tool_name: "Bash",
        tool_input: { command: text },
        tool_use_id: text,
      };
      const ran = namespaced(home, ["/bin/sh", "-c", command], {
        cwd,
        input: JSON.stringify(payload),
        env: { PATH: path, ...env },
      });
      return ran.status === 0
        ? JSON.parse(ran.stdout).hookSpecificOutput.permissionDecision
        : `exit ${ran.status} ${ran.stderr}`;
    };
    const project = { CLAUDE_PROJECT_DIR: repository.directory };
    try {
      expect(call("git status", project)).toBe("allow");
      expect(call("git status")).toBe("allow");
      expect(
        call("git push -f", {
          ...project,
          MIRROR_HOME: "/tmp/evil",
          XDG_STATE_HOME: "/tmp/evil",
          HOME: "/tmp/evil",
        }),
      ).toBe("deny");
      expect(call("git status", { CLAUDE_PROJECT_DIR: "/usr" }, "/usr")).toBe("deny");
      // A colleague without mirror is told in one sentence.
      expect(call("git status", { ...project, PATH: "/usr/bin:/bin" })).toContain("Install it");
    } finally {
      mirror("daemon", "stop");
    }
  },
);
