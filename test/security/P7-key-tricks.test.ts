// Keys that change hands, end, or have others below them: through the whole command, stock git and gpg (TRUST P7, S1, S2).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitSignedBy, mergeOf, proposeRule, standing } from "../fixtures/changes.ts";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { Bob, twoOfTwo } from "../fixtures/two-people.ts";
import { gpgHome } from "../trust/real-keys.ts";

// Copies without these rules stand in P7-thresholds and S2-expiry-and-revocation.

const shown = (repository: Governed, branch: string) =>
  JSON.parse(repository.ok("policy", "show", branch, "--json"));

test("P7: a key that was moved to another signer approves for that one, from then on; what it said before counts for nobody", () => {
  const { repository, bob, owner } = twoOfTwo();
  const branch = proposeRule(repository, "deploy-it", "allow");
  bob.ok("policy", "approve", branch);
  expect(shown(repository, branch).approvedBy).toEqual(["bob"]);
  // While bob has it, nobody else can have it, too.
  const shared = repository.mirror("trust", "add", "carol", "--ssh-key", bob.publicKey, "--role", "policies");
  expect([shared.code, shared.stderr]).toEqual([1, expect.stringMatching(/carol.*bob|bob.*carol/)]);
  repository.ok("trust", "remove", "bob", "--threshold", "1", "--merge");
  const carol = ["--ssh-key", bob.publicKey, "--role", "policies", "--threshold", "2", "--merge"];
  repository.ok("trust", "add", "carol", ...carol);
  const { epoch } = standing(repository);
  // The owner approves, too, and somebody merges: bob's word was for an epoch that is gone.
  const again = repository.git("rev-parse", branch);
  const set = mergeOf(repository, again, "main", again);
  repository.git("update-ref", "refs/remotes/origin/main", set);
  expect(standing(repository)).toMatchObject({ epoch });
  repository.git("update-ref", "-d", "refs/remotes/origin/main");
  expect(shown(repository, branch)).toMatchObject({ state: "stuck", approvedBy: [] });
  const fresh = proposeRule(repository, "anew", "allow");
  bob.ok("policy", "approve", fresh);
  repository.ok("policy", "approve", fresh);
  expect(shown(repository, fresh).approvedBy).toEqual(["carol", owner].sort());
});

test("S2: a key that had ended, and a sub-key that its file does not have, approve nothing; one that it has is its owner's", () => {
  const gpg = gpgHome();
  const then = ["--faked-system-time", "20260101T000000"];
  gpg.gpg(...then, "--quick-gen-key", "Dan <dan@example.org>", "ed25519", "sign", "2026-02-01");
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg.gpg("--list-keys", "--with-colons"))?.[1] ?? "";
  const subkeys = (): string[] =>
    [...gpg.gpg(...then, "--list-keys", "--with-colons").matchAll(/^fpr:+([0-9A-F]{40}):/gm)].map(
      (match) => match[1] ?? "",
    );
  gpg.gpg(...then, "--quick-add-key", fingerprint, "ed25519", "sign", "2026-02-01");
  const [, known = ""] = subkeys();
  const file = join(scratchDirectory(), "dan.asc");
  writeFileSync(file, gpg.gpg(...then, "--armor", "--export", fingerprint));
  // What the signers do not see: the key lives on, and has another one below it.
  gpg.gpg(...then, "--quick-add-key", fingerprint, "ed25519", "sign", "never");
  const secret = subkeys().find((each) => each !== fingerprint && each !== known) ?? "";
  gpg.gpg(...then, "--quick-set-expire", fingerprint, "0");
  gpg.gpg(...then, "--quick-set-expire", fingerprint, "0", "*");

  const repository = boundRepository();
  repository.ok("trust", "add", "dan", "--openpgp-key", file, "--role", "policies", "--merge");
  const branch = proposeRule(repository, "deploy-it", "allow");
  const message = `policy: approve it\n\n${repository.ok("policy", "statement", branch)}`;
  const approval = { tree: branch, parents: [branch], message };
  const signed = (at: string, key: string): string =>
    commitSignedBy(repository, approval, (payload) =>
      gpg.gpgWith(payload, "--faked-system-time", at, "-bsau", `${key}!`),
    );
  const merged = (tip: string) => {
    repository.git("update-ref", "refs/remotes/origin/main", mergeOf(repository, branch, "main", tip));
    return standing(repository);
  };
  for (const [at, key, why] of [
    ["20260301T000000", fingerprint, /its key had expired/],
    ["20260301T000000", known, /its key had expired/],
    ["20260115T000000", secret, /expected a key of a signer.s/],
    ["20990101T000000", fingerprint, /its key had expired|in the future/],
  ] as const) {
    const { epoch, said } = merged(signed(at, key));
    expect([key, epoch, said]).toEqual([key, 2, expect.stringMatching(why)]);
  }
  expect(merged(signed("20260115T000000", known))).toMatchObject({ epoch: 3 });
});

test("P7: two people who each have two keys are two", () => {
  const { repository, bob } = twoOfTwo();
  const second = new Bob(repository);
  repository.ok("trust", "add", "bob", "--ssh-key", second.publicKey, "--role", "policies", "--merge");
  const branch = proposeRule(repository, "deploy-it", "allow");
  bob.ok("policy", "approve", branch);
  // `mirror` would not write it; plain git does, twice, and once more with the same signature.
  const statement = repository.ok("policy", "statement", branch);
  second.git("checkout", "-q", branch);
  for (const name of ["again", "and again"])
    second.git("commit", "-q", "--allow-empty", "-m", name, "-m", statement.trim());
  second.git("cherry-pick", "--allow-empty", "--no-gpg-sign", "HEAD~1");
  second.git("checkout", "-q", "main");
  const { approvedBy, state } = shown(repository, branch);
  expect({ approvedBy, state }).toEqual({ approvedBy: ["bob"], state: "open" });
  repository.git("update-ref", "refs/remotes/origin/main", mergeOf(repository, branch, "main", branch));
  const { epoch, said } = standing(repository);
  expect([epoch, said]).toEqual([3, expect.stringMatching(/policies has 1 of 2 \(1 more of /)]);
});
