// The CI jobs in templates/ci run the commands that are in them, in a clone as a git host makes it.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { mirrorOnPath } from "../fixtures/git-server.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { cloneOf, sharedRepository } from "../fixtures/two-people.ts";

const template = (name: string): unknown =>
  parse(readFileSync(new URL(`../../templates/ci/${name}`, import.meta.url), "utf8"));

function lastCommands(): Record<string, string> {
  const github = template("github-actions.yml") as { jobs: { check: { steps: { run?: string }[] } } };
  const gitlab = template("gitlab-ci.yml") as { "mirror-policy": { script: string[] } };
  return {
    github: github.jobs.check.steps.at(-1)?.run ?? "",
    gitlab: gitlab["mirror-policy"].script.at(-1) ?? "",
  };
}

test("they fail while a change is not approved, and pass once it is", () => {
  const { owner, url } = sharedRepository();
  const base = owner.git("rev-parse", "main");
  const given = join(scratchDirectory(), "base.yaml");
  writeFileSync(given, `${owner.git("show", "main:.mirror/policies/base.yaml")}\n# a comment\n`);
  owner.ok("policy", "propose", "comment", "--from-file", given);
  const programs = mirrorOnPath();
  const codes = (): Record<string, number | null> => {
    owner.git("push", "-q", "--force", "origin", "mirror/policy/comment");
    const clone = cloneOf(url);
    // What a host checks out: the branch as it would be merged.
    clone.git("merge", "-q", "--no-ff", "-m", "Merge pull request", "origin/mirror/policy/comment");
    const head = clone.git("rev-parse", "HEAD");
    const env = {
      ...clone.environment,
      PATH: `${programs}:${clone.environment["PATH"]}`,
      BASE: base,
      CI_MERGE_REQUEST_DIFF_BASE_SHA: base,
      CI_COMMIT_SHA: head,
    };
    const entries = Object.entries(lastCommands()).map(([host, command]) => {
      const ran = spawnSync("bash", ["-euo", "pipefail", "-c", command], {
        cwd: clone.directory,
        env,
        encoding: "utf8",
      });
      return [host, ran.status];
    });
    return Object.fromEntries(entries);
  };
  expect(codes()).toEqual({ github: 1, gitlab: 1 });
  owner.ok("policy", "approve", "comment");
  expect(codes()).toEqual({ github: 0, gitlab: 0 });
});
