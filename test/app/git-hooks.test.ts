// hooks/pre-push and hooks/commit-msg, run by git itself: what they say, and that they stop nothing.
import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { objectionsToWords } from "../../src/app/policy/commit-words.ts";
import { approvalStatement, settlementStatement } from "../../src/trust/statement.ts";
import { mirrorOnPath } from "../fixtures/git-server.ts";
import type { Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";
import { sharedRepository } from "../fixtures/two-people.ts";

const policy = ".mirror/policies/base.yaml";
let owner: Governed;
let path: string;

function installHooks(directory: string): void {
  for (const hook of ["pre-push", "commit-msg"]) {
    const shipped = fileURLToPath(new URL(`../../hooks/${hook}`, import.meta.url));
    copyFileSync(shipped, join(directory, ".git/hooks", hook));
  }
}

beforeAll(async () => {
  owner = sharedRepository().owner;
  path = `${mirrorOnPath()}:${owner.environment["PATH"]}`;
  await owner.bash("git status");
  owner.ok("daemon", "stop");
  installHooks(owner.directory);
}, 60_000);

beforeEach(() => {
  owner.git("checkout", "-q", "-B", "main", "origin/main");
});

/** Runs git with the hooks and `mirror`, by which it must not fail; gives what is said on stderr, empty for nothing. */
function said(...args: string[]): string {
  const env = { ...owner.environment, PATH: path };
  const { status, stderr } = spawnSync("git", args, { cwd: owner.directory, env, encoding: "utf8" });
  expect([args, status, stderr]).toEqual([args, 0, stderr]);
  return stderr;
}

/** Adds a line to a file, which is committed already. */
function addLine(file: string, line: string): void {
  writeFileSync(join(owner.directory, file), `${owner.git("show", `HEAD:${file}`)}\n${line}\n`);
}

const warning = (about: string, why: string): RegExp =>
  new RegExp(`^mirror: warning: ${about}: ${why}\n {2}\\S.*\n$`);

test("commit-msg: policy that is changed on the policy branch itself, however the index came about", () => {
  const begun = owner.git("rev-parse", "main");
  const direct = warning("this commit", "it changes .mirror/ on main itself, where only the merge of .*");
  addLine(policy, "# looser");
  expect(said("commit", "-qam", "all of it")).toMatch(direct);
  addLine("README.md", "more");
  addLine(policy, "# more");
  expect(said("commit", "-qm", "one of them", "README.md")).toBe("");
  expect(said("commit", "-qm", "the other", policy)).toMatch(direct);
  expect(said("commit", "-q", "--amend", "-m", "in other words")).toBe("");
  // Back to what is approved; a fact; and on a branch of its own.
  owner.git("checkout", "-q", "origin/main", "--", policy);
  expect(said("commit", "-qm", "as it was")).toBe("");
  owner.write(".mirror/memory/a.md", "a fact\n");
  owner.git("add", ".mirror");
  expect(said("commit", "-qm", "a fact")).toBe("");
  owner.git("checkout", "-q", "-b", "proposal", "origin/main");
  addLine(policy, "# on a branch");
  expect(said("commit", "-qam", "a proposal")).toBe("");
  // A merge is judged when it is pushed.
  owner.git("checkout", "-q", "main");
  expect(said("merge", "-q", "--no-ff", "-m", "unseen", "proposal")).toBe("");
  expect(said("push", "-q", "origin", "main")).toMatch(
    warning("refs/heads/main", "\\w+ carries a policy set that is not approved: policies has 0 of 1 .*"),
  );
  owner.git("push", "-q", "--no-verify", "--force", "origin", `${begun}:main`);
  owner.git("fetch", "-q", "origin");
});

test("commit-msg: lines of mirror's that will not count", () => {
  const [genesis, lineage, digest] = ["a".repeat(40), "1".repeat(64), "2".repeat(64)];
  const holds = { genesis, epoch: 3, lineage, digest };
  const now = approvalStatement(digest, 3, lineage);
  const objections = (...paragraphs: string[]): string[] =>
    objectionsToWords(paragraphs.join("\n\n"), holds, digest).map(({ why }) => why);
  const scissors = `# ${"-".repeat(24)} >8 ${"-".repeat(24)}`;
  expect(objections("all approved", now)).toEqual([]);
  expect(objections("plain", "Signed-off-by: Ada <ada@example.org>\nSee Mirror-Approve.")).toEqual([]);
  // What git takes out: its comments, and the change itself below the scissors.
  expect(objections("written", now, `# Mirror-Foo: a comment\n${scissors}\n Mirror-Bar: x`)).toEqual([]);
  expect(objections("settled", settlementStatement(3, lineage, digest))).toEqual([]);
  const nothing = [
    expect.stringMatching(/^its Mirror-Approve and Mirror-Base lines approve nothing: expected each/),
  ];
  expect(objections("by hand", "mirror-approve : yes")).toEqual(nothing);
  expect(objections("not at the end", now, "Thanks to all.")).toEqual(nothing);
  expect(objections("twice", `${now}\n${now}`)).toEqual(nothing);
  const old = [
    expect.stringMatching(/^its Mirror-Base line names epoch \d \(.*, and epoch 3 \(1{12}\) holds/),
  ];
  expect(objections("old", approvalStatement(digest, 2, lineage))).toEqual(old);
  expect(objections("elsewhere", approvalStatement(digest, 3, digest))).toEqual(old);
  expect(objections("another", approvalStatement(lineage, 3, lineage))).toEqual([
    "its Mirror-Approve line names policy set 111111111111, and the commit carries 222222222222: it approves nothing",
  ]);
  expect(objections("both", "Mirror-Settle: 1\nMirror-Receipt: mine")).toEqual([
    expect.stringMatching(/^its Mirror-Settle line settles nothing: expected one/),
    expect.stringMatching(/^its `mirror-receipt:` line counts for nothing/),
  ]);
  // And so says git.
  const approved = owner.ok("policy", "statement").trim();
  expect(said("commit", "-q", "--allow-empty", "-m", "good", "-m", approved)).toBe("");
  expect(said("commit", "-q", "--allow-empty", "-m", "bad", "-m", approved, "-m", "Thanks.")).toMatch(
    warning("this commit", "its Mirror-Approve and Mirror-Base lines approve nothing: .*"),
  );
});

test("pre-push: what would be lost, what would not take effect, and what stays here", () => {
  const { genesis } = JSON.parse(owner.ok("status", "--json")).policy;
  const ledger = owner.ledger();
  // The set is approved and goes there: the ledger does not.
  const given = join(scratchDirectory(), "base.yaml");
  writeFileSync(given, `${owner.git("show", `main:${policy}`)}\n# a comment\n`);
  owner.ok("policy", "propose", "comment", "--from-file", given);
  expect(said("push", "-q", "origin", "mirror/policy/comment")).toBe("");
  owner.ok("policy", "merge", "comment");
  expect(said("push", "-q", "origin", "main")).toBe(
    `mirror: hint: ${ledger}: the policy set goes there, and this clone's ledger does not\n  git push origin ${ledger} shares its receipts, if you want that\n`,
  );
  expect(said("push", "-q", "origin", "main:refs/heads/copy", `${ledger}:${ledger}`)).toBe("");
  // A change of policy beside other work; also from before the policy set that holds now.
  owner.git("checkout", "-q", "-b", "feature", genesis);
  expect(said("push", "-q", "origin", "feature")).toBe("");
  addLine(policy, "# needed");
  addLine("README.md", "more");
  said("commit", "-qam", "a feature");
  expect(said("push", "-q", "origin", "feature", `${genesis}:refs/heads/old`)).toMatch(
    warning(
      "refs/heads/feature",
      "it changes policy \\(.mirror/policies/base.yaml\\) along with other files, .*",
    ),
  );
  // Back, and away.
  owner.git("checkout", "-q", "main");
  expect(said("push", "-q", "--force", "origin", "main~1:main")).toMatch(
    warning("refs/heads/main", "it only goes forward, .*"),
  );
  expect(said("push", "-q", "--force", "origin", `${genesis}:${ledger}`)).toMatch(
    warning(ledger, "it only goes forward, .*"),
  );
  expect(said("push", "-q", "--delete", "origin", ledger, "feature")).toMatch(
    warning(ledger, "it must not be deleted: its receipts are the evidence"),
  );
});

test("they say nothing where mirror governs nothing, and where it is not installed", () => {
  const plain = scratchRepository();
  installHooks(plain.directory);
  plain.write(policy, "version: 1\n");
  plain.git("add", ".mirror");
  const bare = scratchDirectory();
  plain.git("init", "-q", "--bare", bare);
  const run = (environment: Record<string, string>, ...args: string[]): unknown => {
    const env = { ...plain.environment, ...environment };
    const { status, stderr } = spawnSync("git", args, { cwd: plain.directory, env, encoding: "utf8" });
    return { status, stderr };
  };
  const fine = { status: 0, stderr: "" };
  expect(run({ PATH: path }, "commit", "-qm", "Mirror-Approve: yes")).toEqual(fine);
  expect(run({ PATH: path }, "push", "-q", bare, "main")).toEqual(fine);
  // Governed, and no mirror there.
  addLine(policy, "# looser");
  expect(spawnSync("sh", ["-c", "command -v mirror"], { env: owner.environment }).status).not.toBe(0);
  const env = owner.environment;
  const commit = spawnSync("git", ["commit", "-qam", "x"], { cwd: owner.directory, env, encoding: "utf8" });
  expect([commit.status, commit.stderr]).toEqual([0, ""]);
});
