import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isRunning } from "../../src/ledger/writer-lock.ts";
import { boundRepository, type Governed, governedRepository } from "../fixtures/governed-repository.ts";

/** All that is a person's own: what git says of work tree, index, branches and configuration. */
function surroundings(repository: Governed): readonly string[] {
  return [
    repository.git("status", "--porcelain", "--ignored"),
    repository.git("config", "--list", "--local"),
    readFileSync(join(repository.directory, ".git/info/exclude"), "utf8"),
    repository.git("for-each-ref", "refs/heads/topic"),
    repository.git("stash", "list"),
    readdirSync(join(repository.directory, ".git/hooks")).join(),
  ];
}

function fingerprint(repository: Governed): string {
  return /--fingerprint ([0-9A-F]{40})/.exec(repository.mirror("init").stderr)?.[1] ?? "";
}

describe("mirror uninstall", () => {
  test("takes back everything but ledger, policy and keys; the surroundings are as before", async () => {
    const repository = governedRepository();
    const { directory, home, mirrorHome } = repository;
    const linked = join(directory, "../linked");
    repository.git("worktree", "add", "-q", "-b", "topic", linked);
    const mine =
      '{\r\n\t"model": "opus",\r\n\t"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "./mine"}]}]}\r\n}';
    repository.write(".claude/settings.local.json", mine);
    const theirs =
      '{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"/bin/sh \'/x/bin/mirror-hook\' claude-code other \'/x/repos/1\' PreToolUse"}]}]}}\n';
    mkdirSync(join(home, ".claude"));
    writeFileSync(join(home, ".claude/settings.json"), theirs);
    repository.write("README.md", "edited\n");
    repository.write("staged.txt", "staged\n");
    repository.git("add", "staged.txt");
    const before = surroundings(repository);
    repository.ok("init", "--no-passphrase", "--policy-branch", "mirror/main");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    expect((await repository.bash("git status")).decision).toBe("allow");
    const settings = readFileSync(join(directory, ".claude/settings.local.json"), "utf8");
    const state = repository.state();
    const sockets = readFileSync(join(state, "sockets.at"), "utf8").trim();
    const { pid } = JSON.parse(repository.ok("daemon", "status", "--json"));
    const said = repository.ok("uninstall");
    expect(said).toMatch(/pin of .* is gone with its state\. It stood at epoch 1, receipt 2 [0-9a-f]{40}/);
    expect(surroundings(repository)).toEqual(before);
    expect(readFileSync(join(directory, ".claude/settings.local.json"), "utf8")).toBe(mine);
    expect(readFileSync(join(home, ".claude/settings.json"), "utf8")).toBe(theirs);
    expect(existsSync(join(linked, ".claude"))).toBe(false);
    expect([existsSync(state), existsSync(sockets), readdirSync(mirrorHome)]).toEqual([
      false,
      false,
      ["keys"],
    ]);
    expect(readdirSync(join(mirrorHome, "keys"))).toHaveLength(3);
    expect(isRunning(pid)).toBe(false);
    // The receipt that only the journal held is in the ledger, which stands.
    expect(repository.git("rev-list", "--count", repository.ledger())).toBe("3");
    const refs = repository.git("for-each-ref");
    expect(JSON.parse(repository.ok("uninstall", "--json"))).toMatchObject({ changed: false, settings: [] });
    expect(repository.git("for-each-ref")).toBe(refs);
    // A client that still runs with the old settings is refused.
    writeFileSync(join(directory, ".claude/settings.local.json"), settings);
    expect((await repository.bash("git status")).decision).not.toBe("allow");
    writeFileSync(join(directory, ".claude/settings.local.json"), mine);
    // Again: the same gate, and its ledger goes on.
    expect(repository.ok("init", "--fingerprint", fingerprint(repository))).toContain("as before");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    expect((await repository.bash("git status")).decision).toBe("allow");
    expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({
      ok: true,
      receipts: 4,
      signatures: 4,
    });
  });

  test("keeps what is not its own: an ignored line that was there, a program that another repository uses", () => {
    const repository = governedRepository();
    const exclude = join(repository.directory, ".git/info/exclude");
    writeFileSync(exclude, "/.claude/settings.local.json\n*.log");
    repository.ok("init", "--no-passphrase");
    repository.ok("agent", "add", "coder", "--client", "claude-code", "--scope", "user");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    const other = governedRepository();
    const shared = { cwd: other.directory, environment: { MIRROR_HOME: repository.mirrorHome } };
    expect(repository.mirrorWith(shared, "init").code).toBe(0);
    // An owner key that others use does not go by --yes.
    const done = JSON.parse(repository.ok("uninstall", "--purge", "--yes", "--json"));
    expect(done.settings.map(({ scope }: { scope: string }) => scope).sort()).toEqual(["local", "user"]);
    expect(done).toMatchObject({ excluded: [], notes: [expect.stringContaining("owner.asc stays")] });
    expect(readFileSync(exclude, "utf8")).toBe("/.claude/settings.local.json\n*.log");
    expect(existsSync(join(repository.home, ".claude"))).toBe(false);
    expect(existsSync(join(repository.mirrorHome, "bin/mirror-hook"))).toBe(true);
    expect(repository.mirrorWith(shared, "status").code).toBe(0);
    expect(repository.mirrorWith(shared, "uninstall").code).toBe(0);
    expect(readdirSync(repository.mirrorHome)).toEqual(["keys"]);
  });

  test("--purge asks, and takes the keys, also after an uninstall without it", () => {
    const repository = boundRepository();
    const asked = repository.mirror("uninstall", "--purge");
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining("--yes")]);
    expect(repository.ok("status")).toContain("epoch 1");
    repository.ok("uninstall");
    expect(readdirSync(join(repository.mirrorHome, "keys"))).toHaveLength(3);
    const done = JSON.parse(repository.ok("uninstall", "--purge", "--yes", "--json"));
    expect(done.purged).toHaveLength(3);
    expect(existsSync(repository.mirrorHome)).toBe(false);
    expect(repository.git("for-each-ref", "refs/mirror/ledger/")).not.toBe("");
  });

  test("refuses, with nothing changed, where receipts would be lost or settings are not understood", async () => {
    const repository = boundRepository();
    const { ledger, directory } = repository;
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    const file = join(directory, ".claude/settings.local.json");
    const settings = readFileSync(file, "utf8");
    repository.git("update-ref", ledger(), `${ledger()}~1`);
    const diverged = repository.mirror("uninstall");
    expect([diverged.code, diverged.stderr]).toEqual([1, expect.stringContaining("mirror repair")]);
    expect(readFileSync(file, "utf8")).toBe(settings);
    repository.ok("repair");
    writeFileSync(file, "{ broken\n");
    expect(repository.mirror("uninstall").stderr).toContain("settings.local.json");
    expect(existsSync(join(repository.state(), "pin.json"))).toBe(true);
  });
});
