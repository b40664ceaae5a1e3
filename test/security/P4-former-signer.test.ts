// A signer who was removed keeps their key, and what they could approve once: an old epoch, from which they grow a line of
// their own and settle on it (TRUST P4, P5). A gate that has gone on does not follow. Whoever walks from the genesis, a new
// clone or a server that keeps no state, would: so nothing may bring such a line into the policy branch.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { settlementStatement } from "../../src/trust/statement.ts";
import { mergeOf, proposeRule, standing } from "../fixtures/changes.ts";
import { installPreReceive } from "../fixtures/git-server.ts";
import type { Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { Bob, cloneOf, sharedRepository } from "../fixtures/two-people.ts";
import { type Cut, mirrorWithout } from "../fixtures/without-rule.ts";

const policyOf = (repository: Governed): { epoch: number; lineage: string } =>
  JSON.parse(repository.ok("status", "--json")).policy;

test("P4: a former signer's longer line is followed by no gate, and gets into no policy branch", async () => {
  const { owner, url, fingerprint } = sharedRepository();
  const theirs = cloneOf(url);
  const bob = new Bob(theirs);
  owner.ok("trust", "add", "bob", "--ssh-key", bob.publicKey, "--merge");
  owner.git("push", "-q", "origin", "main");
  theirs.git("pull", "-q", "origin", "main");
  theirs.ok("init", "--fingerprint", fingerprint);
  const parent = policyOf(theirs);

  owner.ok("trust", "remove", "bob", "--merge");
  owner.git("push", "-q", "origin", "main");
  expect((await owner.bash("git status")).decision).toBe("allow");
  const pinned = standing(owner);
  expect(pinned.epoch).toBe(3);

  // Bob, who has seen nothing of that, goes on from where he was a signer: two steps, and his word that the first holds.
  bob.ok("policy", "merge", proposeRule(theirs, "mine", "allow"));
  const child = policyOf(theirs);
  bob.ok("policy", "merge", proposeRule(theirs, "more-of-mine", "allow"));
  bob.git(
    ...["commit", "-q", "--allow-empty", "-m", "settle", "-m"],
    settlementStatement(parent.epoch, parent.lineage, child.lineage),
  );
  const his = theirs.git("rev-parse", "main");
  theirs.git("push", "-q", "origin", `${his}:refs/heads/his`);
  owner.git("fetch", "-q", "origin");

  // What everybody sees of it is a merge that leaves `.mirror/` as it is.
  const evil = mergeOf(owner, "main", "main", his);
  const takeOver = mergeOf(owner, his, evil, his);
  owner.git("branch", "evil", evil);
  owner.git("checkout", "-q", "--detach", takeOver);
  const { epoch, digest, said } = standing(owner);
  expect({ epoch, digest }).toEqual({ epoch: 3, digest: pinned.digest });
  expect(said).toMatch(/an approval by .* of another line \(\w{12}\), expected epoch 3 of this one/);
  expect(said).toMatch(new RegExp(`commit ${takeOver.slice(0, 12)}, checked out here, carries policy set`));
  expect((await owner.bash("mine")).decision).not.toBe("allow");
  owner.git("checkout", "-q", "main");

  const check = ["policy", "check", "--base", "main", "--head", "evil"];
  const refused = owner.mirror(...check);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(
      /another line .* after epoch 2 found \w{12}, approved by bob, expected \w{12}, approved by/,
    ),
  ]);
  const bare = fileURLToPath(url);
  installPreReceive(bare);
  expect(() => owner.git("push", "-q", "origin", `${takeOver}:main`)).toThrow(
    /another line of approved policy sets/,
  );

  // Without the rule the server takes it, and after that everything of his.
  const cut: Cut = {
    file: "src/app/policy/check.ts",
    text: "mustBeSame(whole.adopted, [...standing.adopted, ...reached.adopted], head);",
    by: "",
  };
  const without = `${scratchDirectory()}/without.git`;
  execFileSync("git", ["clone", "-q", "--bare", bare, without]);
  const binary = await mirrorWithout(cut);
  installPreReceive(without, binary);
  owner.git("push", "-q", without, `${takeOver}:main`);
  const clone = cloneOf(`file://${without}`);
  clone.ok("init", "--fingerprint", fingerprint);
  expect(policyOf(clone)).toMatchObject({ epoch: 4 });
  expect(clone.git("show", "main:.mirror/policies/base.yaml")).toContain("more-of-mine");
});
