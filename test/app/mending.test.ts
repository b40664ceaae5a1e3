import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { begunRepository, boundRepository, governedRepository } from "../fixtures/governed-repository.ts";

describe("what goes wrong around the gate", () => {
  test("a policy set whose adoption could not be written decides nothing until it could", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    repository.ok("status");
    const lock = join(repository.directory, ".git", `${repository.ledger()}.lock`);
    writeFileSync(lock, "");
    repository.mirror("agent", "add", "second", "--client", "claude-code");
    const held = await repository.bash("git status");
    rmSync(lock, { force: true });
    if (held.decision !== "deny") expect(held.decision).toBe("allow");
    expect((await repository.bash("git status")).decision).toBe("allow");
    expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
    expect(JSON.parse(repository.ok("log", "--json", "--limit", "1").trim())).toMatchObject({ epoch: 2 });
  });

  test.each([
    ["deleted", (ledger: string) => ["update-ref", "-d", ledger]],
    ["cut off", (ledger: string) => ["update-ref", ledger, `${ledger}~1`]],
  ])("verify, log and status do not take a ledger that was %s for whole", async (_how, attack) => {
    const repository = boundRepository();
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    repository.git(...attack(repository.ledger()));
    const verify = repository.mirror("verify", "--json");
    expect(verify.code).toBe(4);
    expect(JSON.parse(verify.stdout)).toMatchObject({ ok: false, problems: [{ code: "ledger-diverged" }] });
    expect(repository.mirror("verify").code).toBe(4);
    expect(repository.mirror("log").code).toBe(1);
    expect(repository.mirror("status").code).toBe(1);
  });

  test("many callers while bindings change leave a daemon that stops", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    const calls = Array.from({ length: 12 }, (_, n) => repository.bash(`echo ${n}`));
    repository.ok("agent", "add", "a", "--client", "claude-code");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    await Promise.all(calls);
    expect(repository.ok("daemon", "stop")).toContain("stopped");
  });

  test("a stray entry beside the states, and a work tree of init that is gone, stop nothing", async () => {
    const repository = governedRepository();
    const linked = join(repository.directory, "..", "linked");
    repository.git("worktree", "add", "-q", "-b", "topic", linked);
    repository.mirrorWith({ cwd: linked }, "init", "--no-passphrase", "--policy-branch", "mirror/main");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    writeFileSync(join(repository.mirrorHome, "repos/.DS_Store"), "x");
    mkdirSync(join(repository.mirrorHome, "repos/half-made"));
    repository.git("worktree", "remove", "--force", linked);
    expect((await repository.bash("git status")).decision).toBe("allow");
    expect(repository.ok("status")).toContain("epoch 1");
  });

  test("settings that are a link, closed to others, stay both", () => {
    const repository = begunRepository();
    const kept = join(repository.home, "settings.json");
    writeFileSync(kept, '{"env":{"KEY":"x"}}\n', { mode: 0o600 });
    mkdirSync(join(repository.directory, ".claude"));
    symlinkSync(kept, join(repository.directory, ".claude/settings.local.json"));
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    expect(readFileSync(kept, "utf8")).toContain("mirror-hook");
    expect(statSync(kept).mode & 0o777).toBe(0o600);
  });

  test("settings that cannot be understood are refused before anything is signed, and status says so", () => {
    const repository = boundRepository();
    const head = repository.git("rev-parse", "HEAD");
    repository.write(".claude/settings.local.json", "{ broken\n");
    const ran = repository.mirror("agent", "add", "second", "--client", "claude-code");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/settings\.local\.json/);
    expect(repository.git("rev-parse", "HEAD")).toBe(head);
    const status = repository.mirror("status");
    expect([status.code, status.stdout]).toEqual([1, expect.stringContaining("settings.local.json")]);
    rmSync(join(repository.directory, ".claude/settings.local.json"));
    expect(repository.ok("status")).toContain("no settings file carries the hooks of coder");
  });

  test("sockets that were tidied away come back by themselves", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    const sockets = readFileSync(join(repository.state(), "sockets.at"), "utf8").trim();
    rmSync(sockets, { recursive: true });
    for (let look = 0; look < 100 && !existsSync(join(sockets, "coder.sock")); look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await repository.bash("git status")).decision).toBe("allow");
    expect(dirname(sockets)).toMatch(/mirror-\d+$/);
  });

  test("odd addresses and branch names are no obstacle", () => {
    const repository = governedRepository();
    repository.git("switch", "-q", "-c", "1.0");
    const environment = { GIT_AUTHOR_EMAIL: "nobody", GIT_COMMITTER_EMAIL: "nobody", EMAIL: "nobody" };
    repository.git("config", "user.email", "nobody");
    const ran = repository.mirrorWith({ environment }, "init", "--no-passphrase");
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain("on 1.0");
    const other = governedRepository();
    other.write(".mirror/mirror.yaml", "version: 1\npolicy_branch: main\notherwise: {}\n");
    const refused = other.mirror("init", "--no-passphrase", "--policy-branch", "mirror/main");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--policy-branch main")]);
  });
});
