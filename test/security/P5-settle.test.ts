// Two approved sets that leave one epoch, and the signer who says which holds (TRUST P5, Mirror-Settle).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

// No copy without this rule is tried: P5-forks.test.ts takes it out of the walk; here the command that settles is shown.

function merged(repository: Governed, name: string, base: string): string {
  const file = join(scratchDirectory(), "given.yaml");
  const rule = `  - { id: ${name}, verdict: deny, action: shell.exec, command: ["${name}"], match: ["${name}"] }\n`;
  writeFileSync(file, `${repository.git("show", `${base}:.mirror/policies/base.yaml`)}\n${rule}`);
  repository.ok("policy", "propose", name, "--from-file", file);
  repository.ok("policy", "approve", name);
  return `mirror/policy/${name}`;
}

test("nothing is allowed until the fork is settled; then the named set holds and the other never does", async () => {
  const repository = boundRepository();
  const base = repository.git("rev-parse", "main");
  await repository.bash("git status");
  const [left, right] = [merged(repository, "left", base), merged(repository, "right", base)];
  // As two clones did that knew nothing of each other.
  const merge = (branch: string, into: string): string => {
    repository.git("switch", "-q", "-c", into, base);
    repository.git("merge", "-q", "--no-ff", "-m", `Merge ${branch}`, branch);
    return repository.git("rev-parse", "HEAD");
  };
  const [one, other] = [merge(left, "one"), merge(right, "other")];
  repository.git("switch", "-q", "main");
  repository.git("update-ref", "refs/remotes/origin/main", other);
  repository.git("reset", "-q", "--hard", one);
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
