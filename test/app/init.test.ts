import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { begunRepository, governedRepository } from "../fixtures/governed-repository.ts";
import { cloneOf, sharedRepository } from "../fixtures/two-people.ts";

describe("mirror init", () => {
  test("records the template as one signed commit and leaves all other work as it was", () => {
    const repository = governedRepository();
    repository.write("staged.txt", "staged\n");
    repository.git("add", "staged.txt");
    repository.write("README.md", "edited\n");
    repository.write("new.txt", "untracked\n");
    const before = repository.git("status", "--porcelain");
    const head = repository.git("rev-parse", "HEAD");
    const page = repository.ok("init", "--no-passphrase");
    expect(page).toContain("Nothing was pushed");
    expect(repository.git("rev-parse", "HEAD^")).toBe(head);
    expect(repository.git("status", "--porcelain")).toBe(before);
    const changed = repository.git("diff", "--name-only", "HEAD^", "HEAD").split("\n");
    expect(changed.every((path) => path.startsWith(".mirror/"))).toBe(true);
    expect(changed).toContain(".mirror/policies/base.yaml");
    expect(changed).toContain(".mirror/trust.yaml");
    expect(repository.git("log", "-1", "--format=%(trailers:key=Mirror-Genesis)")).toMatch(
      /^Mirror-Genesis: v1 sha256:[0-9a-f]{64}/,
    );
    expect(repository.git("cat-file", "commit", "HEAD")).toContain("gpgsig -----BEGIN PGP SIGNATURE-----");
  });

  test("--template takes one that there is, and only where there is no policy yet", () => {
    const repository = governedRepository();
    const unknown = repository.mirror("init", "--no-passphrase", "--template", "duo");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("solo, team, strict");
    repository.write(".mirror/mirror.yaml", "version: 1\npolicy_branch: main\n");
    const standing = repository.mirror("init", "--no-passphrase", "--template", "strict");
    expect(standing.code).toBe(2);
    expect(standing.stderr).toContain("--template is for a repository without a policy set: there is");
    expect(repository.git("rev-list", "--count", "HEAD")).toBe("1");

    const { owner, url, fingerprint } = sharedRepository("strict");
    expect(owner.git("show", "main:.mirror/mirror.yaml")).toContain("unenrolled: deny\n");
    const again = owner.mirror("init", "--template", "solo");
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("governed already");
    const clone = cloneOf(url);
    const joined = clone.mirror("init", "--template", "solo", "--fingerprint", fingerprint);
    expect(joined.code).toBe(2);
    expect(joined.stderr).toContain("comes from the genesis that is here");
    expect(existsSync(join(clone.mirrorHome, "repos"))).toBe(false);
  });

  test("the template team begins with one signer, says so, and takes two as soon as there are two", () => {
    const owner = governedRepository();
    const page = owner.ok("init", "--no-passphrase", "--template", "team");
    expect(page).toContain("mirror trust add <id> --ssh-key <file> --merge");
    const short = "fewer signers than are wanted: trust (1 of 2), policies (1 of 2)";
    expect(page).toContain(short);
    expect(owner.ok("status")).toContain(short);
    expect(owner.mirror("doctor").stdout).toContain(short);

    const key = join(owner.home, "bob");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "bob", "-f", key]);
    const refused = owner.mirror("trust", "add", "bob", "--ssh-key", `${key}.pub`, "--threshold", "1");
    expect(refused.stderr).toContain("found a threshold of 1 for 2 signers, expected 2: `wanted` says so");
    owner.ok("trust", "add", "bob", "--ssh-key", `${key}.pub`, "--merge");
    const roles = owner.ok("trust", "list");
    expect(roles).toMatch(/trust +2 of \S+, bob /);
    expect(roles).toMatch(/policies +2 of \S+, bob /);
    expect(roles).toMatch(/agents +1 of \S+, bob /);
    expect(owner.ok("status")).not.toContain("wanted");
    // A binding that permits more is a matter of policies, and takes two as well.
    const alone = owner.mirror("agent", "add", "coder", "--client", "claude-code");
    expect(alone.code).toBe(1);
    expect(alone.stderr).toContain("bob");
  });

  test("a second run says what is there and changes nothing", () => {
    const repository = begunRepository();
    const head = repository.git("rev-parse", "HEAD");
    const again = repository.mirror("init", "--no-passphrase");
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("governed already");
    expect(repository.git("rev-parse", "HEAD")).toBe(head);
  });

  test("without a terminal and without a word about the passphrase it exits 2 and makes nothing", () => {
    const repository = governedRepository();
    const ran = repository.mirror("init");
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("--no-passphrase");
    expect(existsSync(join(repository.directory, ".mirror"))).toBe(false);
  });

  test("takes a passphrase from the file MIRROR_PASSPHRASE_FILE names, and needs it again to sign", () => {
    const repository = governedRepository();
    const file = join(repository.home, "passphrase");
    writeFileSync(file, "correct horse\n", { mode: 0o600 });
    const environment = { MIRROR_PASSPHRASE_FILE: file };
    expect(repository.mirrorWith({ environment }, "init").code).toBe(0);
    const without = repository.mirror("agent", "add", "coder", "--client", "claude-code");
    expect(without.code).toBe(2);
    const wrong = join(repository.home, "wrong");
    writeFileSync(wrong, "incorrect\n", { mode: 0o600 });
    const refused = repository.mirrorWith(
      { environment: { MIRROR_PASSPHRASE_FILE: wrong } },
      "agent",
      "add",
      "coder",
      "--client",
      "claude-code",
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("passphrase");
    const added = repository.mirrorWith({ environment }, "agent", "add", "coder", "--client", "claude-code");
    expect(added.stderr).toBe("");
    expect(added.code).toBe(0);
  });

  test("works where no commit exists yet", () => {
    const repository = governedRepository({ commits: [] });
    repository.ok("init", "--no-passphrase");
    expect(repository.git("rev-list", "--count", "main")).toBe("1");
  });

  test("with a detached HEAD the policy gets a branch of its own", () => {
    const repository = governedRepository();
    repository.git("checkout", "--quiet", "--detach");
    const head = repository.git("rev-parse", "HEAD");
    expect(repository.ok("init", "--no-passphrase")).toContain("on mirror/main");
    expect(repository.git("rev-parse", "HEAD")).toBe(head);
    expect(repository.git("ls-tree", "--name-only", "mirror/main")).toBe(".mirror");
    expect(repository.git("status", "--porcelain")).toBe("");
  });

  test("--policy-branch keeps the policy on a branch that nobody checks out", () => {
    const repository = governedRepository();
    const head = repository.git("rev-parse", "HEAD");
    repository.ok("init", "--no-passphrase", "--policy-branch", "mirror/main");
    expect(repository.git("rev-parse", "HEAD")).toBe(head);
    expect(existsSync(join(repository.directory, ".mirror"))).toBe(false);
    expect(repository.ok("agent", "add", "coder", "--client", "claude-code")).toContain("coder is bound");
    expect(repository.git("rev-list", "--count", "mirror/main")).toBe("3");
    const refused = governedRepository().mirror(
      "init",
      "--no-passphrase",
      "--policy-branch",
      "mirror/policy",
    );
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("mirror/main");
  });

  test("works in a linked work tree", () => {
    const repository = governedRepository();
    const linked = join(repository.directory, "..", "linked");
    repository.git("worktree", "add", "-q", "-b", "topic", linked);
    const ran = repository.mirrorWith({ cwd: linked }, "init", "--no-passphrase");
    expect(ran.stderr).toBe("");
    expect(repository.gitWith({ cwd: linked }, "status", "--porcelain")).toBe("");
    expect(existsSync(join(linked, ".mirror/trust.yaml"))).toBe(true);
    expect(repository.mirror("status").stdout).toContain("epoch 0");
  });

  test("an unsigned .mirror that passes lint becomes the first policy set", () => {
    const repository = governedRepository();
    const own =
      'version: 1\nid: base\nrules:\n  - id: look\n    verdict: allow\n    action: fs.read\n    path: ["**"]\n';
    repository.write(".mirror/mirror.yaml", "version: 1\npolicy_branch: main\notherwise: {}\n");
    repository.write(".mirror/policies/base.yaml", own);
    repository.ok("init", "--no-passphrase");
    expect(repository.git("show", "HEAD:.mirror/policies/base.yaml")).toBe(own.trimEnd());
    expect(repository.git("status", "--porcelain")).toBe("");
  });

  test("an unsigned .mirror with mistakes is refused with file, line and column", () => {
    const repository = governedRepository();
    repository.write(".mirror/mirror.yaml", "version: 1\npolicy_branch: main\notherwise: {}\n");
    repository.write(
      ".mirror/policies/base.yaml",
      "version: 1\nid: base\nrules:\n  - id: x\n    verdit: allow\n    action: fs.read\n",
    );
    const ran = repository.mirror("init", "--no-passphrase");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/policies\/base\.yaml:5:5.*verdit/);
  });

  test("an owner's SSH key is found in the global git set-up, and the gate's key is of its kind", () => {
    const repository = governedRepository();
    const key = join(repository.home, "id_ed25519");
    repository.gitWith({}, "config", "--file", join(repository.home, ".gitconfig"), "gpg.format", "ssh");
    repository.gitWith(
      {},
      "config",
      "--file",
      join(repository.home, ".gitconfig"),
      "user.signingKey",
      `${key}.pub`,
    );
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", key]);
    const environment = { GIT_CONFIG_GLOBAL: join(repository.home, ".gitconfig") };
    const ran = repository.mirrorWith({ environment }, "init");
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toContain("ssh SHA256:");
    expect(repository.git("cat-file", "commit", "HEAD")).toContain("gpgsig -----BEGIN SSH SIGNATURE-----");
    expect(
      repository
        .git("ls-files", ".mirror/keys")
        .split("\n")
        .every((file) => file.endsWith(".pub")),
    ).toBe(true);
  });

  test("works in a shallow clone", async () => {
    const origin = governedRepository({ commits: [{}, {}, {}] });
    const repository = governedRepository({ commits: [] });
    repository.git("fetch", "-q", "--depth", "1", `file://${origin.directory}`, "main");
    repository.git("reset", "-q", "--hard", "FETCH_HEAD");
    repository.ok("init", "--no-passphrase");
    repository.ok("agent", "add", "coder", "--client", "claude-code");
    expect((await repository.bash("git status")).decision).toBe("allow");
  });

  test("works in a directory with a space and a quote in its name, and two set-ups never meet", async () => {
    const repository = governedRepository();
    const odd = join(repository.directory, "..", "sp ace'd");
    repository.gitWith({ cwd: repository.home }, "init", "-q", "-b", "main", odd);
    const environment = { MIRROR_HOME: join(repository.home, "other home") };
    for (const args of [
      ["init", "--no-passphrase"],
      ["agent", "add", "coder", "--client", "claude-code"],
    ]) {
      expect(repository.mirrorWith({ environment }, "-C", odd, ...args)).toMatchObject({
        code: 0,
        stderr: "",
      });
    }
    const settings = JSON.parse(readFileSync(join(odd, ".claude/settings.local.json"), "utf8"));
    const payload = {
      session_id: "s",
      cwd: odd,
      hook_event_name: "PreToolUse",
      tool_name: "Bash",
      tool_input: { command: "ls" },
    };
    const answer = execFileSync("sh", ["-c", settings.hooks.PreToolUse[0].hooks[0].command], {
      cwd: odd,
      input: JSON.stringify(payload),
      encoding: "utf8",
    });
    expect(answer).toContain('"permissionDecision":"allow"');
    repository.mirrorWith({ environment }, "-C", odd, "daemon", "stop");
    expect(repository.mirror("-C", odd, "status").stderr).toContain("mirror init");
    expect(repository.mirror("status").code).toBe(1);
  });

  test.each([
    ["a bare repository", ["--bare"], /bare/],
    ["a sha256 repository", ["--object-format=sha256"], /sha256/],
  ])("%s is refused clearly", (_name, init, message) => {
    const repository = governedRepository({ commits: [], init });
    const ran = repository.mirror("init", "--no-passphrase");
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(message);
  });

  test("private keys are the user's alone, below MIRROR_HOME/keys", () => {
    const repository = governedRepository();
    repository.ok("init", "--no-passphrase");
    const keys = join(repository.mirrorHome, "keys");
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    const key = join(keys, "owner.asc");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readFileSync(key, "utf8")).toContain("PRIVATE KEY BLOCK");
    expect(repository.git("grep", "-c", "PUBLIC KEY", "HEAD", "--", ".mirror/keys").split("\n")).toHaveLength(
      2,
    );
  });
});
