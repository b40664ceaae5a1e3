// A server with hooks/pre-receive: real pushes, over file:// and through git's own server for HTTP, that are taken and
// refused. One governed repository, one server; each test goes on where the one before it left off.
import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { hasHttpBackend, installPreReceive, serveOverHttp } from "../fixtures/git-server.ts";
import { type Governed, governedRepository } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { sharedRepository } from "../fixtures/two-people.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";

const policy = ".mirror/policies/base.yaml";
let owner: Governed;
let bare: string;
let ledger: string;

beforeAll(async () => {
  const shared = sharedRepository();
  owner = shared.owner;
  bare = fileURLToPath(shared.url);
  installPreReceive(bare);
  if (hasHttpBackend)
    owner.git("remote", "add", "http", `${await serveOverHttp(join(bare, ".."))}/shared.git`);
  for (const command of ["git status", "ls"]) await owner.bash(command);
  owner.ok("daemon", "stop");
  ledger = owner.ledger();
}, 60_000);

/** Pushes, not waiting in this process, which may be the server; gives what the pusher reads, or null if it was taken. */
async function push(remote: string, ...args: string[]): Promise<string | null> {
  try {
    const { directory: cwd, environment: env } = owner;
    await promisify(execFile)("git", ["push", "-q", remote, ...args], { cwd, env });
    return null;
  } catch (error) {
    // Git pads each line of the hook's for the terminal.
    return String((error as { stderr?: unknown }).stderr ?? error).replace(/ +$/gm, "");
  }
}

const remotes = hasHttpBackend ? ["origin", "http"] : ["origin"];
const onServer = (ref: string): string =>
  execFileSync("git", ["-C", bare, "rev-parse", ref]).toString().trim();

/** Makes a commit object on nothing but what it is told: nothing of the work tree moves. */
function commitOn(parent: string, tree: string, message: string): string {
  return owner.git("commit-tree", tree, "-p", parent, "-m", message);
}

/** A commit on `parent` whose base policy has a line more. */
function withPolicyLine(parent: string, line: string): string {
  const index = { environment: { GIT_INDEX_FILE: join(scratchDirectory(), "index") } };
  const text = `${owner.git("show", `${parent}:${policy}`)}\n${line}\n`;
  const blob = owner.gitWith({ input: text }, "hash-object", "-w", "--stdin");
  owner.gitWith(index, "read-tree", parent);
  owner.gitWith(index, "update-index", "--cacheinfo", `100644,${blob},${policy}`);
  return commitOn(parent, owner.gitWith(index, "write-tree"), "looser");
}

/** An approved change of the policy set, merged on main here. */
function mergeApproved(name: string): void {
  const given = join(scratchDirectory(), "base.yaml");
  writeFileSync(given, `${owner.git("show", `main:${policy}`)}\n# ${name}\n`);
  owner.ok("policy", "propose", name, "--from-file", given);
  owner.ok("policy", "merge", name);
}

test.skipIf(!hasHttpBackend)("this git has its server for HTTP (else only file:// is tried)", async () => {
  expect(await push("http", "--dry-run", "main")).toBeNull();
});

test("plain work, an approved merge, its proposal and a branch that is not the policy branch are taken", async () => {
  for (const [index, remote] of remotes.entries()) {
    // Unpacked into the quarantine, and kept in it as a pack.
    execFileSync("git", ["-C", bare, "config", "receive.unpackLimit", index === 0 ? "1" : "100"]);
    owner.commit({ files: { "work.txt": `plain work ${remote}\n` } });
    mergeApproved(`comment-${remote}`);
    expect(await push(remote, "main", `mirror/policy/comment-${remote}`)).toBeNull();
    expect(onServer("main")).toBe(owner.git("rev-parse", "main"));
    // What is not approved may be looked at on a branch; and a proposal may go (docs/trust.md P6).
    expect(await push(remote, `${withPolicyLine("main", "# looser")}:refs/heads/${remote}`)).toBeNull();
    expect(await push(remote, "--delete", `mirror/policy/comment-${remote}`)).toBeNull();
  }
});

test("on the policy branch, what is not approved, not there any more or behind is refused", async () => {
  const main = owner.git("rev-parse", "main");
  const isRefused = (why: string, hint: string): RegExp =>
    new RegExp(`^remote: mirror: refs/heads/main is refused: ${why}\nremote:   ${hint}$`, "m");
  const takeBack =
    "take the change back \\(git revert\\), make it with `mirror policy propose`, and bring it in with `mirror policy merge`";
  const loose = withPolicyLine(main, "# looser");
  const fastForward = owner.git("commit-tree", `${main}^{tree}`, "-p", main, "-m", "nothing");
  const cases: [string[], RegExp][] = [
    [
      [`${loose}:refs/heads/main`],
      isRefused(
        `${loose.slice(0, 12)} carries a policy set that is not approved: policies has 0 of 1 \\(1 more of \\w+\\)`,
        takeBack,
      ),
    ],
    [
      [`${withPolicyLine(main, "]")}:refs/heads/main`],
      isRefused(
        `\\w+ carries a policy set that has mistakes, expected the approved one: policies/base.yaml:\\d+.*`,
        takeBack,
      ),
    ],
    [
      [`${commitOn(main, owner.git("mktree"), "no more rules")}:refs/heads/main`],
      isRefused("\\w+ carries no .mirror/, expected the approved policy set", "put it back as it was: .*"),
    ],
    // Back behind an approved change: by force, and by a commit that carries the older set.
    [
      ["--force", `${main}~1:refs/heads/main`],
      isRefused(
        "it only goes forward, and \\w+ does not lead back to \\w+, where it stands there",
        "fetch it, .*",
      ),
    ],
    [
      [`${commitOn(main, `${main}~1^{tree}`, "an older set")}:refs/heads/main`],
      isRefused("\\w+ carries a policy set that is not approved: policies has 0 of 1 .*", takeBack),
    ],
    [
      ["--delete", "main"],
      isRefused("it must not be deleted: every gate reads .*", "leave it out of the push"),
    ],
    // One that is bad among several: none is taken.
    [
      [`${fastForward}:refs/heads/fine`, `${loose}:refs/heads/main`, `${main}:refs/tags/fine`],
      isRefused("\\w+ carries a policy set that is not approved: .*", takeBack),
    ],
  ];
  for (const [index, [args, expected]] of cases.entries()) {
    for (const remote of index === 0 || index === cases.length - 1 ? remotes : remotes.slice(-1))
      expect(await push(remote, ...args)).toMatch(expected);
  }
  expect(onServer("main")).toBe(main);
  const refs = execFileSync("git", ["-C", bare, "for-each-ref"]).toString();
  expect(refs).not.toMatch(/fine/);
  // That a set may not go was no rule once: nothing said then who may sign.
  const without = join(scratchDirectory(), "without.git");
  execFileSync("git", ["clone", "-q", "--bare", bare, without]);
  installPreReceive(
    without,
    await mirrorWithout({
      file: "src/app/policy/moved-ref.ts",
      text: "if (!stood) return null;",
      by: "return null;",
    }),
  );
  expect(await push(without, `${commitOn(main, owner.git("mktree"), "no more")}:refs/heads/main`)).toBeNull();
});

test("the server may name another branch as the policy branch, and takes nothing where mirror is not there", async () => {
  const loose = withPolicyLine("main", "# looser");
  execFileSync("git", ["-C", bare, "config", "mirror.policyBranch", "refs/heads/policy"]);
  expect(await push("origin", `${loose}:refs/heads/policy`)).toMatch(
    /refs\/heads\/policy is refused: \w+ carries a/,
  );
  execFileSync("git", ["-C", bare, "config", "--unset", "mirror.policyBranch"]);
  const lacking = join(scratchDirectory(), "lacking.git");
  owner.git("init", "-q", "--bare", lacking);
  copyFileSync(new URL("../../hooks/pre-receive", import.meta.url), join(lacking, "hooks/pre-receive"));
  expect(await push(lacking, "main")).toMatch(
    /found no `mirror` on the PATH[\s\S]*pre-receive hook declined/,
  );
});

test("approved, and merged by no merge commit: refused, and said so", async () => {
  owner.git("checkout", "-q", "--detach", "main");
  const given = join(scratchDirectory(), "base.yaml");
  writeFileSync(given, `${owner.git("show", `main:${policy}`)}\n# forwarded\n`);
  owner.ok("policy", "propose", "forwarded", "--from-file", given);
  owner.ok("policy", "approve", "forwarded");
  expect(await push("origin", "mirror/policy/forwarded:main")).toMatch(
    /approved and that no merge commit brings in\nremote: {3}take it back, and bring the branch in with `mirror policy merge`/,
  );
  owner.git("checkout", "-q", "main");
});

test("a stranger's branch with a policy of its own changes nothing, and does not get into the policy branch", async () => {
  const stranger = governedRepository();
  stranger.ok("init", "--no-passphrase");
  stranger.git("push", "-q", bare, "main:refs/heads/stranger");
  owner.commit({ files: { "more.txt": "more work\n" } });
  expect(await push("origin", "main")).toBeNull();
  owner.git("fetch", "-q", "origin", "stranger");
  const [main, theirs] = [owner.git("rev-parse", "main"), owner.git("rev-parse", "FETCH_HEAD")];
  const merge = owner.git("commit-tree", `${main}^{tree}`, "-p", main, "-p", theirs, "-m", "Merge");
  expect(await push("origin", `${merge}:main`)).toMatch(
    /refs\/heads\/main is refused: 2 commits here begin a policy set: \w+, \w+\nremote: {3}keep the history/,
  );
});

test("a ledger is taken whole, and along with the policy set that enrols it; never back, never without its proofs", async () => {
  const isRefused = (ref: string, why: string): RegExp =>
    new RegExp(`^remote: mirror: ${ref} is refused: ${why}\nremote:   \\S.*$`, "m");
  const [tip, tree, before] = ["", "^{tree}", "~1"].map((of) => owner.git("rev-parse", ledger + of));
  const raw = owner.git("cat-file", "commit", tip ?? "");
  const written = (text: string): string =>
    owner.gitWith({ input: `${text}\n` }, "hash-object", "-w", "-t", "commit", "--stdin");
  const key = join(scratchDirectory(), "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const message = raw.slice(raw.indexOf("\n\n") + 2);
  const signing = ["-c", "gpg.format=ssh", "-c", `user.signingKey=${key}`];
  const signature = /^gpgsig [\s\S]*?-----END [^\n]*\n/m;
  const [theirs = ""] = signature.exec(owner.git("cat-file", "commit", before ?? "")) ?? [];
  const forgeries = {
    "it is not signed": owner.git("commit-tree", tree ?? "", "-p", before ?? "", "-m", message),
    "it is signed by `SHA256:.*`, which is no key of this gate": owner.git(
      ...[...signing, "commit-tree", "-S", tree ?? "", "-p", before ?? "", "-m", message],
    ),
    "its signature is bad: it does not match": written(raw.replace("\n\n", "\n\nallow ")),
    "its signature is bad": written(raw.replace(signature, theirs)),
  };
  const last = remotes.at(-1) ?? "";
  expect(await push(last, `${tree}:${ledger}`)).toMatch(
    isRefused(ledger, "it does not verify: commit \\w+: the commit cannot be .*"),
  );
  expect(await push("origin", `${before}:${ledger}`)).toBeNull();
  for (const [why, forged] of Object.entries(forgeries)) {
    expect(await push(last, `${forged}:${ledger}`)).toMatch(
      isRefused(ledger, `it does not verify: commit ${forged.slice(0, 12)}: ${why}.*`),
    );
  }
  expect(await push(last, `${ledger}:${ledger}`)).toBeNull();
  expect(await push(last, "--force", `${before}:${ledger}`)).toMatch(
    isRefused(ledger, "it only goes forward, .*"),
  );
  expect(await push(last, "--delete", ledger)).toMatch(isRefused(ledger, "it must not be deleted: .*"));
  const other = "refs/mirror/ledger/stranger";
  expect(await push(last, `${ledger}:${other}`)).toMatch(
    isRefused(other, "the gate stranger is not enrolled in .*"),
  );
  // A server that knows nothing yet.
  rmSync(bare, { recursive: true });
  owner.git("init", "-q", "--bare", "-b", "main", bare);
  execFileSync("git", ["-C", bare, "config", "http.receivepack", "true"]);
  installPreReceive(bare);
  expect(await push(last, `${ledger}:${ledger}`)).toMatch(
    isRefused(ledger, "refs/heads/main has no policy set here that could say which gates are enrolled"),
  );
  expect(await push(last, "main", `${ledger}:${ledger}`)).toBeNull();
  expect(onServer(ledger)).toBe(tip);
});
