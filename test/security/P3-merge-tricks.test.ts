// An approved branch, brought in by every way git has: only a merge commit that holds exactly what was approved moves the
// policy set (TRUST P3, P4). Driven through the real program and stock git.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { proposeRule, standing } from "../fixtures/changes.ts";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";

// The removed-rule copies of P3 and P4 stand in their own files; here it is git's ways that are many, not the rules.

function approvedProposal(repository: Governed): { readonly base: string; readonly branch: string } {
  const branch = proposeRule(repository, "deploy-it", "allow");
  repository.ok("policy", "approve", branch);
  return { base: repository.git("rev-parse", "main"), branch };
}

test("squash, fast-forward, ours, an evil merge, a plain signed merge, a tag and a note bring nothing in", () => {
  const repository = boundRepository();
  const { base, branch } = approvedProposal(repository);
  const tricks: Record<string, () => void> = {
    squash: () => {
      repository.git("merge", "-q", "--squash", branch);
      repository.git("commit", "-q", "-m", "squashed");
    },
    "fast-forward": () => repository.git("merge", "-q", "--ff-only", branch),
    "the approved commit alone, picked": () => repository.git("cherry-pick", branch, "--allow-empty"),
    ours: () => repository.git("merge", "-q", "--no-ff", "-s", "ours", "-m", "merged", branch),
    "an evil merge": () => {
      repository.git("merge", "-q", "--no-ff", "--no-commit", branch);
      const policy = ".mirror/policies/base.yaml";
      repository.write(policy, repository.git("show", `${branch}:${policy}`).replaceAll("deploy-it", "rm"));
      repository.git("commit", "-q", "-am", "Merge");
    },
    "a merge with less of it": () => {
      repository.git("merge", "-q", "--no-ff", "--no-commit", branch);
      repository.git("rm", "-q", ".mirror/tests/base.yaml");
      repository.git("commit", "-q", "-am", "Merge");
    },
    "a tag that says it": () => {
      repository.git("switch", "-q", "-c", "side", base);
      repository.write(
        ".mirror/mirror.yaml",
        `${repository.git("show", "main:.mirror/mirror.yaml")}\n# looser\n`,
      );
      repository.git("commit", "-q", "-am", "side");
      repository.git(
        "tag",
        "-a",
        "approved",
        "-m",
        `approved\n\n${repository.ok("policy", "statement", "side")}`,
      );
      repository.git("notes", "add", "-m", repository.ok("policy", "statement", "side"));
      repository.git("switch", "-q", "main");
      repository.git("merge", "-q", "--no-ff", "-m", "merged", "side");
    },
  };
  for (const [how, trick] of Object.entries(tricks)) {
    repository.git("switch", "-q", "main");
    repository.git("reset", "-q", "--hard", base);
    trick();
    const { epoch, said } = standing(repository);
    // Whoever did it learns that it does not hold, and what would bring it in.
    expect([how, epoch, said]).toEqual([how, 1, expect.stringContaining("mirror policy merge")]);
  }
});

test("an octopus that holds what was approved is a merge commit like any other", () => {
  const repository = boundRepository();
  const { base, branch } = approvedProposal(repository);
  repository.git("switch", "-q", "-c", "feature", base);
  repository.commit({ files: { "feature.txt": "x\n" } });
  repository.git("switch", "-q", "main");
  repository.commit({ files: { "main.txt": "x\n" } });
  repository.git("merge", "-q", "-m", "octopus", "feature", branch);
  expect(repository.git("log", "-1", "--format=%P").split(" ")).toHaveLength(3);
  expect(standing(repository).epoch).toBe(2);
});

test("what was taken back comes back by no re-merge, no replay and no older branch", () => {
  const repository = boundRepository();
  const { base, branch } = approvedProposal(repository);
  repository.git("branch", "kept", branch);
  repository.ok("policy", "merge", branch);
  const file = join(scratchDirectory(), "base.yaml");
  writeFileSync(file, repository.git("show", `${base}:.mirror/policies/base.yaml`));
  repository.ok("policy", "propose", "back", "--from-file", file);
  repository.ok("policy", "merge", "back");
  expect(standing(repository).epoch).toBe(3);
  const approved = repository.git("rev-parse", "main");
  const set = repository.git("rev-parse", "main:.mirror");
  for (const again of [
    () => repository.git("revert", "--no-edit", "-m", "1", "HEAD"),
    () => repository.git("reset", "-q", "--hard", "main~1"),
    () => repository.git("checkout", "-q", "kept"),
    () => {
      repository.git("merge", "-q", "--no-ff", "--no-commit", "-s", "ours", "kept");
      repository.git("checkout", "-q", "kept", "--", ".mirror");
      repository.git(
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        repository.git("log", "-1", "--format=%B", "kept"),
      );
    },
  ]) {
    repository.git("switch", "-q", "main");
    repository.git("reset", "-q", "--hard", approved);
    again();
    const { epoch, digest } = standing(repository);
    expect(epoch).toBe(3);
    repository.git("reset", "-q", "--hard", approved);
    expect(digest).toBe(standing(repository).digest);
  }
  expect(repository.git("rev-parse", "main:.mirror")).toBe(set);
});
