// The life of a policy change with two people: ada's key is mirror's own (OpenPGP), bob signs with SSH by his git set-up.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { atTerminal, Bob, cloneOf, hasTerminal, sharedRepository, twoOfTwo } from "../fixtures/two-people.ts";

const denyDocker = `version: 1
id: net
rules:
  - { id: no-docker, verdict: deny, action: shell.exec, command: ["docker ..."], match: [docker ps] }
`;

function fileWith(text: string): string {
  const path = join(scratchDirectory(), "given.yaml");
  writeFileSync(path, text);
  return path;
}

test("propose, approve, approve, merge: it holds when both have signed, and not before", async () => {
  const { repository, bob, owner } = twoOfTwo();
  expect((await repository.bash("docker ps")).decision).toBe("allow");
  repository.write("mine.txt", "not yet committed\n");
  const before = repository.git("status", "--porcelain");
  const made = JSON.parse(
    repository.ok("policy", "propose", "no-docker", "--from-file", fileWith(denyDocker), "--json"),
  );
  expect(made).toMatchObject({ branch: "mirror/policy/no-docker", agent: null });
  expect(repository.git("status", "--porcelain")).toBe(before);
  const early = repository.mirror("policy", "merge", "no-docker");
  expect([early.code, early.stderr]).toEqual([
    1,
    expect.stringMatching(/policies has 1 of 2 \(1 more of bob\)/),
  ]);
  expect(repository.ok("policy", "approve", "no-docker")).toMatch(/still needed: policies has 1 of 2 .*bob/);
  const tip = repository.git("rev-parse", "mirror/policy/no-docker");
  expect(repository.ok("policy", "approve", "no-docker")).toContain("had approved");
  expect(repository.git("rev-parse", "mirror/policy/no-docker")).toBe(tip);
  expect((await repository.bash("docker ps")).decision).toBe("allow");
  expect(bob.ok("policy", "approve", "mirror/policy/no-docker")).toContain("Next: mirror policy merge");
  expect(JSON.parse(bob.ok("policy", "show", "no-docker", "--json"))).toMatchObject({
    state: "ready",
    approvedBy: [owner, "bob"].sort(),
    changes: [{ path: "policies/net.yaml", what: "added" }],
  });
  expect(bob.ok("policy", "merge", "no-docker")).toMatch(/epoch 3, approved by/);
  // The rule is in force only for agents that are bound to its policy.
  repository.ok(
    "policy",
    "propose",
    "bind",
    "--from-file",
    fileWith(bindingOf(repository)),
    "--as",
    "agents/coder.yaml",
  );
  const bound = repository.mirror("policy", "merge", "bind");
  expect([bound.code, bound.stderr]).toEqual([1, expect.stringContaining("policies has 1 of 2")]);
  bob.ok("policy", "approve", "bind");
  repository.ok("policy", "merge", "bind");
  expect((await repository.bash("docker ps")).decision).toBe("deny");
  expect(
    JSON.parse(repository.ok("policy", "log", "--json")).map(
      ({ approvedBy }: { approvedBy: string[] }) => approvedBy,
    ),
  ).toEqual([[owner, "bob"].sort(), [owner, "bob"].sort(), [owner], [owner], []]);
  expect(repository.ok("policy", "list")).toMatch(/no-docker +merged/);
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});

function bindingOf(repository: Governed): string {
  return repository
    .git("show", "main:.mirror/agents/coder.yaml")
    .replace(/policies:[\s\S]*?- base/, (all) => `${all}\n${/^( *)- base/m.exec(all)?.[1] ?? "  "}- net`);
}

test("what cannot be proposed says so and makes no branch", () => {
  const repository = boundRepository();
  const refused = (code: number, why: RegExp, ...args: string[]): void => {
    const found = repository.mirror("policy", "propose", ...args);
    expect([found.code, found.stderr]).toEqual([code, expect.stringMatching(why)]);
  };
  refused(2, /nothing is said/, "x");
  refused(2, /no name/, "Not A Name", "--remove", "policies/base.yaml");
  refused(2, /no `policies\/none\.yaml`/, "x", "--remove", "policies/none.yaml");
  refused(2, /cannot be read \(ENOENT\)/, "x", "--from-file", "/nowhere.yaml");
  refused(2, /says of no policy which it is/, "x", "--from-file", fileWith("rules: []\n"));
  refused(1, /policies\/net\.yaml:4:\d+/, "x", "--from-file", fileWith(denyDocker.replace("deny", "never")));
  refused(
    1,
    /policies\/net\.yaml:4/,
    "x",
    "--from-file",
    fileWith(denyDocker.replace("docker ps", "podman ps")),
  );
  expect(repository.git("for-each-ref", "refs/heads/mirror")).toBe("");
  repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
  refused(2, /there is a branch `mirror\/policy\/x` already/, "x", "--from-file", fileWith(denyDocker));
});

test("without a branch, plan, test and lint speak of the work tree; with one, of the proposal", () => {
  const repository = boundRepository();
  const none = JSON.parse(repository.ok("policy", "plan", "--json"));
  expect(none).toMatchObject({ verdict: "none", head: { branch: null, commit: null } });
  repository.write(".mirror/policies/net.yaml", denyDocker);
  repository.write(
    ".mirror/agents/coder.yaml",
    repository.git("show", "HEAD:.mirror/agents/coder.yaml").replace("- base", "- base\n  - net"),
  );
  const plan = repository.ok("policy", "plan");
  expect(plan).toContain(".mirror/ in the work tree, on epoch");
  expect(plan).toMatch(/docker/);
  repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
  expect(repository.ok("policy", "lint", "x")).toMatch(/^good: 2 policies/);
  repository.write(".mirror/policies/net.yaml", denyDocker.replace("deny", "never"));
  expect(repository.mirror("policy", "lint")).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("policies/net.yaml:4:"),
  });
  expect(repository.mirror("policy", "lint", "x").code).toBe(0);
});

test.runIf(hasTerminal)(
  "at a terminal propose opens the policies in the editor, and again after a mistake",
  () => {
    const repository = boundRepository();
    const editor = join(repository.home, "editor");
    // The first time a mistake, the second time what mends it.
    const script = `#!/bin/sh
grep -q 'verdict: never' "$1" && exec sed -i 's/verdict: never/verdict: deny/' "$1"
printf '  - { id: no-docker, verdict: never, action: shell.exec, command: ["docker ..."] }\\n' >>"$1"
`;
    writeFileSync(editor, script, { mode: 0o755 });
    const at = { ...repository, environment: { ...repository.environment, VISUAL: editor } };
    const { code, screen } = atTerminal(at, "\n", "policy", "propose", "x");
    expect(screen).toContain("Edit again?");
    expect(screen).toContain("mirror/policy/x");
    expect(code).toBe(0);
    expect(repository.ok("policy", "diff", "x")).toContain("+  - { id: no-docker, verdict: deny");
    const nothing = { ...at, environment: { ...at.environment, VISUAL: "true" } };
    expect(atTerminal(nothing, "", "policy", "propose", "y").screen).toContain("nothing is changed");
    const fails = { ...at, environment: { ...at.environment, VISUAL: "false" } };
    expect(atTerminal(fails, "", "policy", "propose", "y").screen).toContain(
      "the editor (false) ended with 1",
    );
  },
);

test("an approval goes onto a branch, never onto a bare commit", () => {
  const repository = boundRepository();
  repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
  const id = repository.git("rev-parse", "mirror/policy/x");
  const refused = repository.mirror("policy", "approve", id);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is no branch")]);
  expect(repository.git("for-each-ref", "--format=%(refname)", "refs/heads")).not.toContain(id);
});

test("an agent may propose, and its proposal says so", () => {
  const repository = boundRepository();
  const environment = { CLAUDECODE: "1" };
  const args = ["policy", "propose", "mine", "--from-file", fileWith(denyDocker)];
  expect(repository.mirrorWith({ environment }, ...args).stdout).toContain(
    "marked as an agent's (claude-code)",
  );
  expect(repository.git("log", "-1", "--format=%B", "mirror/policy/mine")).toContain(
    "Proposed by an agent: claude-code",
  );
});

test("the call of an agent to approve or merge is denied, whatever its policy allows", async () => {
  const repository = boundRepository();
  repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
  for (const command of [
    "mirror policy approve x",
    "npx mirror policy merge x",
    "mirror trust add eve --ssh-key k.pub",
  ])
    expect((await repository.bash(command)).decision).toBe("deny");
});

describe("once the policy set has moved", () => {
  test("an approval counts for nothing, and the branch is stuck until it is brought up to date", () => {
    const { repository, bob } = twoOfTwo();
    repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
    repository.ok("policy", "approve", "x");
    repository.ok(
      "trust",
      "add",
      "carol",
      "--ssh-key",
      new Bob(repository).publicKey,
      "--role",
      "memory",
      "--merge",
    );
    expect(JSON.parse(repository.ok("policy", "show", "x", "--json"))).toMatchObject({
      state: "stuck",
      problems: [expect.stringContaining("before the policy set of epoch")],
    });
    expect(bob.mirror("policy", "approve", "x")).toMatchObject({ code: 2 });
    repository.git("switch", "-q", "mirror/policy/x");
    repository.git("rebase", "-q", "main");
    repository.git("switch", "-q", "main");
    expect(JSON.parse(repository.ok("policy", "show", "x", "--json"))).toMatchObject({
      state: "open",
      approvedBy: [],
    });
  });

  test("void moves it without a change, and withdraw says who had approved", () => {
    const { repository, bob } = twoOfTwo();
    repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
    bob.ok("policy", "approve", "x");
    repository.git("branch", "kept", "mirror/policy/x");
    expect(repository.ok("policy", "withdraw", "x")).toMatch(/bob had approved it[\s\S]*mirror policy void/);
    expect(repository.git("for-each-ref", "refs/heads/mirror/policy/x")).toBe("");
    expect(repository.ok("policy", "void")).toContain("epoch 3");
    // Whoever kept the branch finds bob's approval worth nothing.
    repository.git("branch", "mirror/policy/again", "kept");
    expect(JSON.parse(repository.ok("policy", "show", "again", "--json"))).toMatchObject({ approvedBy: [] });
  });
});

test("where trust takes two, each says that earlier approvals are void, on a branch", () => {
  const { repository, bob } = twoOfTwo();
  repository.ok(
    "trust",
    "add",
    "bob",
    "--ssh-key",
    new Bob(repository).publicKey,
    "--role",
    "trust",
    "--merge",
  );
  repository.ok("trust", "threshold", "trust", "2", "--merge");
  const waiting = JSON.parse(repository.ok("policy", "void", "--json"));
  expect(waiting).toMatchObject({ outcome: "waiting", missing: [expect.stringContaining("bob")] });
  expect(repository.mirror("policy", "void")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`mirror policy approve ${waiting.branch}`),
  });
  const epoch = JSON.parse(repository.ok("status", "--json")).policy.epoch;
  expect(repository.mirror("policy", "merge", waiting.branch).code).toBe(1);
  bob.ok("policy", "approve", waiting.branch);
  expect(repository.ok("policy", "merge", waiting.branch)).toContain(`epoch ${epoch + 1}`);
  // A branch that changes nothing and on which nobody said so is still refused.
  repository.git("branch", "same", "main");
  for (const command of ["approve", "merge"]) {
    const refused = repository.mirror("policy", command, "same");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("approved already")]);
  }
});

test("signed with plain git by the printed lines, and merged by somebody without a key", async () => {
  const { owner, url } = sharedRepository();
  owner.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
  const statement = owner.ok("policy", "statement", "x");
  expect(statement).toMatch(/^Mirror-Approve: v1 sha256:[0-9a-f]{64}\nMirror-Base: 1 [0-9a-f]{64}\n$/);
  owner.ok("policy", "approve", "x");
  expect(owner.git("log", "-1", "--format=%B", "mirror/policy/x")).toContain(statement.trim());
  owner.git("push", "-q", "origin", "mirror/policy/x");
  const clone = cloneOf(url);
  clone.ok(
    "init",
    "--no-passphrase",
    "--fingerprint",
    JSON.parse(owner.ok("trust", "list", "--json")).signers[0].keys[0].fingerprint,
  );
  expect(clone.ok("policy", "list")).toMatch(/mirror\/policy\/x +ready/);
  const merged = JSON.parse(clone.ok("policy", "merge", "mirror/policy/x", "--json"));
  expect(merged).toMatchObject({ epoch: 2 });
  expect(clone.git("cat-file", "-p", merged.commit)).not.toMatch(/gpgsig|Mirror-Approve/);
  clone.git("push", "-q", "origin", "main");
  owner.git("pull", "-q", "origin", "main");
  expect(JSON.parse(owner.ok("status", "--json"))).toMatchObject({ policy: { epoch: 2 } });
});

describe("signers", () => {
  test("a key more, a key less, and nobody may be taken out whom a threshold needs", () => {
    const { repository, bob } = twoOfTwo();
    const refused = repository.mirror("trust", "remove", "bob");
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/trust\.yaml:\d+:\d+: found a threshold of 2 for 1/),
    ]);
    const second = new Bob(repository);
    repository.ok("trust", "add", "bob", "--ssh-key", second.publicKey, "--role", "policies", "--merge");
    const keysOf = () => JSON.parse(repository.ok("trust", "list", "--json")).signers[1].keys;
    expect(keysOf().map(({ file }: { file: string }) => file)).toEqual(["keys/bob.pub", "keys/bob-2.pub"]);
    repository.ok("trust", "remove", "bob", "--key", keysOf()[0].fingerprint, "--merge");
    repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
    const old = bob.mirror("policy", "approve", "x", "--as", "bob");
    expect([old.code, old.stderr]).toEqual([1, expect.stringContaining("not bob's")]);
    second.ok("policy", "approve", "x");
    repository.ok("policy", "withdraw", "x");
    repository.ok("trust", "remove", "bob", "--threshold", "1", "--merge");
    expect(repository.ok("trust", "list")).not.toContain("bob");
    expect(
      repository
        .ok("trust", "log")
        .split("\n")
        .filter((line) => line !== ""),
    ).toHaveLength(5);
  });

  test("a role takes one for what narrows and two for what widens, once a proposal has said so", () => {
    const { repository, bob } = twoOfTwo();
    expect(repository.mirror("trust", "threshold", "policies").code).toBe(2);
    const made = ["trust", "threshold", "policies", "1", "--widening", "2", "--merge"];
    expect(repository.ok(...made)).toContain("epoch");
    expect(repository.ok("trust", "list")).toContain("1 of ");
    repository.ok("policy", "propose", "narrow", "--from-file", fileWith(denyDocker));
    expect(repository.ok("policy", "merge", "narrow")).toContain("approved and merged");
    repository.ok("policy", "propose", "wide", "--from-file", fileWith(denyDocker.replace("deny", "allow")));
    const alone = repository.mirror("policy", "merge", "wide");
    expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining("bob")]);
    bob.ok("policy", "approve", "wide");
    expect(repository.ok("policy", "merge", "wide")).toContain("approved and merged");
  });

  test("one person's two keys are one approval", () => {
    const { repository, bob } = twoOfTwo();
    const second = new Bob(repository);
    repository.ok("trust", "add", "bob", "--ssh-key", second.publicKey, "--role", "policies", "--merge");
    repository.ok("policy", "propose", "x", "--from-file", fileWith(denyDocker));
    bob.ok("policy", "approve", "x");
    expect(second.ok("policy", "approve", "x")).toContain("had approved");
    expect(second.mirror("policy", "merge", "x").code).toBe(1);
  });

  test("a signer whom the proposal itself adds cannot approve it", () => {
    const repository = boundRepository();
    const bob = new Bob(repository);
    repository.ok("trust", "add", "bob", "--ssh-key", bob.publicKey);
    const refused = bob.mirror("policy", "approve", "trust-add-bob", "--as", "bob");
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("not bob's in .mirror/trust.yaml"),
    ]);
  });
});
