// Two approved sets that leave one epoch, and the signer who says which holds (TRUST P5, Mirror-Settle).
import { expect, test } from "vitest";
import { mergeOf, proposeRule, standing } from "../fixtures/changes.ts";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { Bob, cloneOf, sharedRepository } from "../fixtures/two-people.ts";

// No copy without this rule is tried: P5-forks.test.ts takes it out of the walk; here the command that settles is shown.

function approvedRule(repository: Governed, name: string): string {
  const branch = proposeRule(repository, name);
  repository.ok("policy", "approve", branch);
  return branch;
}

/** Two merges of what was approved, as two clones made them that knew nothing of each other. */
function fork(repository: Governed): { readonly one: string; readonly other: string } {
  const base = repository.git("rev-parse", "main");
  const [left, right] = [approvedRule(repository, "left"), approvedRule(repository, "right")];
  const merge = (branch: string, into: string): string => {
    repository.git("switch", "-q", "-c", into, base);
    repository.git("merge", "-q", "--no-ff", "-m", `Merge ${branch}`, branch);
    return repository.git("rev-parse", "HEAD");
  };
  const [one, other] = [merge(left, "one"), merge(right, "other")];
  repository.git("switch", "-q", "main");
  repository.git("update-ref", "refs/remotes/origin/main", other);
  repository.git("reset", "-q", "--hard", one);
  return { one, other };
}

test("where trust takes two, both must say the same; somebody without the role says nothing", async () => {
  const repository = boundRepository();
  const [bob, cyn] = [new Bob(repository), new Bob(repository)];
  repository.ok("trust", "add", "cyn", "--ssh-key", cyn.publicKey, "--role", "memory", "--merge");
  repository.ok(
    "trust",
    "add",
    "bob",
    "--ssh-key",
    bob.publicKey,
    "--role",
    "trust",
    "--threshold",
    "2",
    "--merge",
  );
  const { other } = fork(repository);
  const refused = cyn.mirror("trust", "settle", other);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("cyn has not the trust role")]);
  expect(repository.ok("trust", "settle", other)).toContain("The trust role takes more signers");
  expect((await repository.bash("git status")).decision).toBe("deny");
  expect(bob.ok("trust", "settle", other)).toContain("Settled by");
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect((await repository.bash("right")).decision).toBe("deny");
});

test("nothing is allowed until the fork is settled; then the named set holds and the other never does", async () => {
  const repository = boundRepository();
  await repository.bash("git status");
  const { one, other } = fork(repository);
  const forked = await repository.bash("git status");
  expect([forked.decision, forked.reason]).toEqual([
    "deny",
    expect.stringContaining("mirror trust settle <commit>"),
  ]);
  const wrong = repository.mirror("trust", "settle", "0000");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("names 0 of the approved sets")]);
  expect(repository.ok("trust", "settle", other.slice(0, 12))).toContain("epoch 2");
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect((await repository.bash("right")).decision).toBe("deny");
  const status = JSON.parse(repository.ok("status", "--json"));
  expect(status.policy.epoch).toBe(2);
  expect(repository.git("show", "main:.mirror/policies/base.yaml")).toContain("id: right");
  // The other one, merged again or checked out, changes nothing.
  repository.git("merge", "-q", "-s", "ours", "-m", "both", one);
  expect(JSON.parse(repository.ok("status", "--json")).policy.digest).toBe(status.policy.digest);
  expect(repository.mirror("trust", "settle", one)).toMatchObject({ code: 2 });
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});

test("somebody without a key merges what was approved and left: this gate goes on; who comes later waits for a signer", async () => {
  const { owner, url, fingerprint } = sharedRepository();
  const [left, right, late] = ["left", "right", "late"].map((name) => approvedRule(owner, name));
  owner.ok("policy", "merge", left ?? "");
  const merged = owner.git("rev-parse", "main");
  expect((await owner.bash("left")).decision).toBe("deny");
  const { digest } = standing(owner);
  // A merge of the other one on a tree that stays as it was: nothing is seen of it in `.mirror/`.
  const other = mergeOf(owner, right ?? "", "main", right ?? "");
  owner.git("reset", "-q", "--hard", mergeOf(owner, "main", "main", other));
  owner.git("push", "-q", "origin", "main");
  expect(standing(owner)).toMatchObject({ epoch: 2, digest });
  expect((await owner.bash("git status")).decision).toBe("allow");
  const clone = cloneOf(url);
  const refused = clone.mirror("init", "--fingerprint", fingerprint);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/two approved .* leave epoch 1.*by.*mirror trust settle/s),
  ]);
  expect(owner.mirror("policy", "check", "--base", "main", "--head", "main").stderr).toContain(
    "mirror trust settle",
  );
  // It once was that nobody could settle what no gate of theirs stood at any more.
  const back = owner.mirror("trust", "settle", other);
  expect([back.code, back.stderr]).toEqual([2, expect.stringContaining("settle on the one that it holds")]);
  expect(owner.ok("trust", "settle", merged)).toContain("epoch 2");
  expect(standing(owner)).toMatchObject({ epoch: 2, digest });
  expect(owner.mirror("trust", "settle", merged)).toMatchObject({ code: 2 });
  owner.git("push", "-q", "origin", "main");
  clone.git("pull", "-q", "origin", "main");
  clone.ok("init", "--fingerprint", fingerprint);
  expect(standing(clone)).toMatchObject({ epoch: 2, digest });

  // A void settles by itself: what was withdrawn and kept stops nobody.
  owner.ok("policy", "void");
  owner.git(
    "reset",
    "-q",
    "--hard",
    mergeOf(owner, "main", "main", mergeOf(owner, late ?? "", "main", late ?? "")),
  );
  owner.git("push", "-q", "origin", "main");
  const again = cloneOf(url);
  again.ok("init", "--fingerprint", fingerprint);
  expect(standing(again)).toMatchObject({ epoch: 3, digest });
});
