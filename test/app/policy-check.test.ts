// What a change means, said to people and to CI.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

/** Proposes the policy `base` with a rule added, or what `change` makes of it. */
function propose(repository: Governed, name: string, change: (text: string) => string): void {
  const file = join(scratchDirectory(), "base.yaml");
  writeFileSync(file, change(repository.git("show", "main:.mirror/policies/base.yaml")));
  repository.ok("policy", "propose", name, "--from-file", file);
}

const rule = (id: string, verdict: string, command: string): string =>
  `\n  - { id: ${id}, verdict: ${verdict}, action: shell.exec, command: ["${command} ..."], match: ["${command} x"] }\n`;

test("plan: what narrows, with an example the gate really answers so, and the ledger's own calls", async () => {
  const repository = boundRepository();
  for (const command of ["docker ps", "ls", "docker ps -a"]) await repository.bash(command);
  propose(repository, "no-docker", (text) => text + rule("no-docker", "deny", "docker"));
  const plan = JSON.parse(repository.ok("policy", "plan", "no-docker", "--json"));
  expect(plan).toMatchObject({
    verdict: "narrows",
    unknown: [],
    head: {
      branch: "mirror/policy/no-docker",
      commit: repository.git("rev-parse", "mirror/policy/no-docker"),
    },
    base: { epoch: 1, commit: repository.git("rev-parse", "main") },
    replay: { decisions: 3, flipped: 2 },
  });
  for (const { agent, action, from, to, direction, witness } of plan.changes) {
    expect([agent, action, to, direction]).toEqual(["coder", "shell.exec", "deny", "narrows"]);
    expect(["allow", "ask"]).toContain(from);
    expect(witness.text).toMatch(/`docker/);
  }
  expect(plan.replay.examples.map(({ text }: { text: string }) => text)).toEqual([
    "runs `docker ps -a`",
    "runs `docker ps`",
  ]);
  expect(repository.mirror("policy", "plan", "no-docker", "--exit-code")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/2 would come out another way[\s\S]*allow -> deny/),
  });
  expect(repository.ok("policy", "plan", "no-docker", "--markdown")).toMatch(
    /\| coder \| shell\.exec \| allow → deny \|/,
  );
  repository.ok("policy", "merge", "no-docker");
  expect((await repository.bash("docker ps")).decision).toBe("deny");
});

test("plan: what widens asks CI for a look; names, order and comments change nothing", () => {
  const repository = boundRepository();
  propose(repository, "wide", (text) => text + rule("deploy", "allow", "deploy-it"));
  const wide = repository.mirror("policy", "plan", "wide", "--exit-code", "--json");
  expect([wide.code, JSON.parse(wide.stdout).verdict]).toEqual([1, "widens"]);
  propose(
    repository,
    "renamed",
    (text) => `# another comment\n${text.replace("id: own-books", "id: our-books")}`,
  );
  const renamed = repository.mirror("policy", "plan", "renamed", "--exit-code", "--json");
  expect([renamed.code, JSON.parse(renamed.stdout)]).toMatchObject([0, { verdict: "none", changes: [] }]);
  expect(repository.ok("policy", "plan", "renamed")).toContain("that is proven");
});

test("plan says in their own terms what is no rule", () => {
  const repository = boundRepository();
  const key = join(scratchDirectory(), "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  repository.ok("trust", "add", "bob", "--ssh-key", `${key}.pub`, "--role", "policies", "--threshold", "2");
  const plan = JSON.parse(repository.ok("policy", "plan", "trust-add-bob", "--json"));
  expect(plan).toMatchObject({ verdict: "none", judgement: { widens: true, roles: [{ role: "trust" }] } });
  expect(plan.terms).toEqual([
    expect.stringMatching(/^bob becomes a signer, by SHA256:/),
    expect.stringMatching(/^the role policies takes 2 of \w+, bob, for .*; it took 1 of \w+, for/),
  ]);
  expect(repository.ok("policy", "plan", "trust-add-bob")).toContain("bob becomes a signer");
});

test("test: examples and tables of a proposal, and the rules that no case reaches", () => {
  const repository = boundRepository();
  propose(repository, "x", (text) => text + rule("unreached", "deny", "docker"));
  const tested = JSON.parse(repository.ok("policy", "test", "x", "--json"));
  expect(tested.problems).toEqual([]);
  expect(tested.unreached.map(({ rule: name }: { rule: string }) => name)).toContain("base/unreached");
  expect(repository.ok("policy", "test", "x", "--coverage")).toMatch(
    /base\.yaml:\d+:\d+: no case reaches base\/unreached/,
  );
  repository.write(".mirror/policies/base.yaml", "version: 1\nid: base\nrules: 7\n");
  const broken = repository.mirror("policy", "test");
  expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining("base.yaml:3:8")]);
});

test("check: a clone without any state tells whether a change will take effect", () => {
  const repository = boundRepository();
  const base = repository.git("rev-parse", "main");
  propose(repository, "x", (text) => text + rule("no-docker", "deny", "docker"));
  const environment = { MIRROR_HOME: join(scratchDirectory(), "none") };
  const check = (head: string) => {
    const ran = repository.mirrorWith(
      { environment },
      "policy",
      "check",
      "--base",
      base,
      "--head",
      head,
      "--json",
    );
    return [ran.code, JSON.parse(ran.stdout)];
  };
  expect(check("main")).toMatchObject([0, { state: "unchanged", verdict: "none" }]);
  expect(check("mirror/policy/x")).toMatchObject([
    1,
    { state: "unapproved", verdict: "narrows", missing: [expect.any(String)] },
  ]);
  repository.ok("policy", "approve", "x");
  expect(check("mirror/policy/x")).toMatchObject([0, { state: "approved" }]);
  // A squash loses the approvals with the commits.
  repository.git("switch", "-q", "-c", "squashed", "main");
  repository.git("merge", "-q", "--squash", "mirror/policy/x");
  repository.git("commit", "-q", "-m", "squashed");
  expect(check("squashed")).toMatchObject([1, { state: "unapproved", approvedBy: [] }]);
  expect(
    repository.mirrorWith({ environment }, "policy", "check", "--base", base, "--head", "squashed").stdout,
  ).toContain("mirror init --policy-branch");
  // What a git host makes of the approved branch: a merge commit that nobody we know signed, with a header of its own.
  repository.git("switch", "-q", "-c", "hosted", "main");
  const merge = ["merge", "-q", "--no-ff", "-m", "Merge pull request #7", "mirror/policy/x"];
  repository.git("-c", "i18n.commitEncoding=ISO-8859-1", ...merge);
  expect(check("hosted")).toMatchObject([0, { state: "effective", approvedBy: [expect.any(String)] }]);
  expect(repository.ok("policy", "log")).toContain("Merge pull request #7");
  repository.write(".mirror/policies/base.yaml", "version: 1\nid: base\nrules: 7\n");
  repository.git("commit", "-q", "-am", "broken");
  expect(check("hosted")).toMatchObject([
    1,
    { state: "broken", problems: [expect.stringContaining("base.yaml:3:8")] },
  ]);
  const nowhere = repository.mirrorWith(
    { environment },
    "policy",
    "check",
    "--base",
    "nowhere",
    "--head",
    "main",
  );
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining("`nowhere` is no commit here")]);
});
