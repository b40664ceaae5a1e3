// A server with hooks/pre-receive: real pushes, over file://, that are taken and refused.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Governed, governedRepository } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { sharedRepository } from "../fixtures/two-people.ts";

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Puts the hook on a server, with `mirror` on its PATH. */
function installHook(url: string): void {
  const programs = scratchDirectory();
  mkdirSync(programs, { recursive: true });
  const program = join(programs, "mirror");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${file("dist/bin/mirror.mjs")}' "$@"\n`);
  chmodSync(program, 0o755);
  const hook = join(fileURLToPath(url), "hooks/pre-receive");
  writeFileSync(
    hook,
    `#!/bin/sh\nPATH='${programs}':$PATH\nexport PATH\nexec '${file("hooks/pre-receive")}'\n`,
  );
  chmodSync(hook, 0o755);
}

/** Pushes; gives why it was refused, or null. */
function push(from: Governed, ...args: string[]): string | null {
  try {
    from.git("push", "-q", "origin", ...args);
    return null;
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error);
  }
}

test("unapproved policy, a rewritten branch and a ledger that does not verify are refused; all else is taken", async () => {
  const { owner, url } = sharedRepository();
  installHook(url);
  const approved = owner.git("rev-parse", "main");
  owner.commit({ files: { "work.txt": "plain work\n" } });
  expect(push(owner, "main")).toBeNull();
  // A change of policy by a plain commit, also one that is signed by nobody and merged.
  const policy = ".mirror/policies/base.yaml";
  owner.commit({ files: { [policy]: `${owner.git("show", `main:${policy}`)}\n# looser\n` } });
  expect(push(owner, "main")).toMatch(
    /refs\/heads\/main is refused: \w+ carries a policy set that is not approved: policies has 0 of 1/,
  );
  expect(push(owner, "main:refs/heads/feature")).toBeNull();
  owner.git("reset", "-q", "--hard", "HEAD~1");
  // The same, approved and merged.
  const given = join(scratchDirectory(), "base.yaml");
  writeFileSync(given, `${owner.git("show", `main:${policy}`)}\n# a comment\n`);
  owner.ok("policy", "propose", "comment", "--from-file", given);
  expect(push(owner, "mirror/policy/comment")).toBeNull();
  owner.ok("policy", "merge", "comment");
  expect(push(owner, "main")).toBeNull();
  // Somebody's branch with a genesis of their own changes nothing for the policy branch.
  const stranger = governedRepository();
  stranger.ok("init", "--no-passphrase");
  stranger.git("push", "-q", url, "main:refs/heads/stranger");
  owner.commit({ files: { "more.txt": "more work\n" } });
  expect(push(owner, "main")).toBeNull();
  // History taken back, and the branch deleted.
  expect(push(owner, "--force", `${approved}:refs/heads/main`)).toMatch(/only goes forward/);
  expect(push(owner, "--delete", "main")).toMatch(/must not be deleted|deletion of the current branch/);
  // The ledger: whole, then cut back, then with a byte of it changed.
  for (const command of ["git status", "ls"]) await owner.bash(command);
  owner.ok("daemon", "stop");
  const ledger = owner.ledger();
  expect(push(owner, `${ledger}:${ledger}`)).toBeNull();
  expect(push(owner, "--force", `${ledger}~1:${ledger}`)).toMatch(/only goes forward/);
  expect(push(owner, "--delete", ledger)).toMatch(/must not be deleted/);
  const forged = owner.git("commit-tree", `${ledger}^{tree}`, "-p", ledger, "-m", "a receipt of mine");
  expect(push(owner, `${forged}:${ledger}`)).toMatch(/it does not verify/);
  expect(push(owner, `${ledger}:refs/mirror/ledger/stranger`)).toMatch(/the gate stranger is not enrolled/);
});
