// Bob may approve alone. Everything that stock git and ssh-keygen can sign with his key, and that is not his word for this
// policy set on this lineage, is brought forward as his approval (TRUST P3, S1), and then merged by somebody without a key.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitSignedBy, mergeOf, proposeRule, standing } from "../fixtures/changes.ts";
import { boundRepository } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { Bob } from "../fixtures/two-people.ts";

// The copies without these rules stand in P3-approval-replay, P3-plain-signed-merge and S1-ssh-signature-strict; here it is
// the ways that are many. The last one, which is an approval, shows that the others fail by what they are.

test("P3: nothing that bob signed for another purpose approves", () => {
  const repository = boundRepository();
  const bob = new Bob(repository);
  const other = proposeRule(repository, "older", "allow");
  const onAnotherBase = repository.ok("policy", "statement", other);
  repository.ok("trust", "add", "bob", "--ssh-key", bob.publicKey, "--role", "policies", "--merge");
  repository.ok("policy", "withdraw", other);

  const branch = proposeRule(repository, "deploy-it", "allow");
  const statement = repository.ok("policy", "statement", branch).trim();
  const another = proposeRule(repository, "harmless", "deny");
  const notThis = repository.ok("policy", "statement", another).trim();
  bob.ok("policy", "approve", another);
  const before = standing(repository);
  expect(before).toMatchObject({ epoch: 2, said: "" });

  const sign =
    (namespace: string) =>
    (data: Buffer): string => {
      const file = join(scratchDirectory(), "data");
      writeFileSync(file, data);
      execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", namespace, "-f", join(bob.home, "key"), file], {
        stdio: "pipe",
      });
      return execFileSync("cat", [`${file}.sig`], { encoding: "utf8" });
    };
  const signatureOf = (kind: "commit" | "tag", name: string): string => {
    const raw = repository.git("cat-file", kind, name).replaceAll("\n ", "\n");
    return /-----BEGIN SSH SIGNATURE-----.*?-----END SSH SIGNATURE-----\n?/s.exec(`${raw}\n`)?.[0] ?? "";
  };
  bob.git("tag", "-s", "approved", branch, "-m", `approve\n\n${statement}`);
  const message = `policy: approve it\n\n${statement}\n`;
  const approval = { tree: branch, parents: [branch], message };
  const commit = (what: Partial<typeof approval>, by: (payload: Buffer) => string): string =>
    commitSignedBy(repository, { ...approval, ...what }, by);
  const certificate = `certificate version 0.1\npusher bob <bob@example.org> 1767225600 +0000\n\n${"0".repeat(40)} ${repository.git("rev-parse", branch)} refs/heads/main\n`;

  const git = sign("git");
  const tricks: Readonly<Record<string, readonly [made: () => string, said: RegExp]>> = {
    "a signed tag's signature": [() => commit({}, () => signatureOf("tag", "approved")), /bad signature/],
    "a push certificate's signature": [
      () => commit({}, () => git(Buffer.from(certificate))),
      /bad signature/,
    ],
    "the signature of his other approval": [
      () => commit({}, () => signatureOf("commit", another)),
      /bad signature/,
    ],
    "the very text signed as a file": [() => commit({}, sign("file")), /namespace/],
    "the very text signed as mail": [() => commit({}, sign("email")), /namespace/],
    "his statement for another set": [
      () => commit({ message: `x\n\n${notThis}\n` }, git),
      /holds another, so it approves nothing/,
    ],
    "his statement on another base": [
      () => commit({ message: `x\n\n${onAnotherBase}` }, git),
      /expected a key of a signer.s/,
    ],
    "both statements at once": [
      () => commit({ message: `x\n\n${statement}\n${notThis}\n` }, git),
      /not exactly one of each/,
    ],
    "his approval of another set, merged in": [() => mergeOf(repository, branch, branch, another), /^$/],
    "an ordinary commit of his": [() => commit({ message: "tidy\n" }, git), /^$/],
    "an ordinary merge of his, which hides it": [
      () => {
        repository.git("switch", "-q", "-c", "feature", "main");
        repository.git("checkout", "-q", branch, "--", ".mirror");
        repository.commit({ message: "feature", files: { "feature.txt": "x\n" } });
        repository.git("switch", "-q", "main");
        const kept = repository.git("rev-parse", "main");
        bob.git("merge", "-q", "--no-ff", "-m", "Merge feature", "feature");
        const merge = repository.git("rev-parse", "main");
        expect(signatureOf("commit", merge)).not.toBe("");
        repository.git("reset", "-q", "--hard", kept);
        return merge;
      },
      /^$/,
    ],
    "a merge of his tag, which git puts in the header": [
      () => {
        const kept = repository.git("rev-parse", "main");
        bob.git("-c", "commit.gpgsign=false", "merge", "-q", "--no-ff", "-m", message, "approved");
        const merge = repository.git("rev-parse", "main");
        expect(repository.git("cat-file", "commit", merge)).toContain("\nmergetag ");
        repository.git("reset", "-q", "--hard", kept);
        return merge;
      },
      /mergetag/,
    ],
  };
  const merged = (...tips: readonly string[]) => {
    repository.git("update-ref", "refs/remotes/origin/main", mergeOf(repository, branch, "main", ...tips));
    return standing(repository);
  };
  // All at once: if one of them were an approval, that would be enough.
  const tips = Object.entries(tricks).map(([which, [made, expected]]) => ({ which, tip: made(), expected }));
  const { epoch, said } = merged(...tips.map(({ tip }) => tip));
  expect(epoch).toBe(2);
  for (const { which, tip, expected } of tips) {
    const named = said.split("\n").find((line) => line.startsWith(`commit ${tip.slice(0, 12)}`)) ?? "";
    expect([which, named]).toEqual([which, expect.stringMatching(expected)]);
  }
  expect(merged(commit({}, git))).toMatchObject({ epoch: 3 });
});
