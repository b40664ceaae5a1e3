import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boundRepository } from "../fixtures/governed-repository.ts";

test("a policy change on a branch, merged with the owner's approval, holds from the next call on", async () => {
  const repository = boundRepository();
  expect((await repository.bash("docker ps")).decision).toBe("allow");
  repository.git("switch", "-q", "-c", "mirror/policy/no-docker");
  const path = join(repository.directory, ".mirror/policies/base.yaml");
  const rule =
    '  - id: no-docker\n    verdict: deny\n    action: shell.exec\n    command: "docker ..."\n    match: ["docker ps"]\n';
  writeFileSync(path, readFileSync(path, "utf8").replace("rules:\n", `rules:\n${rule}`));
  repository.git("commit", "-q", "-am", "No containers");
  repository.git("switch", "-q", "main");
  expect((await repository.bash("docker ps")).decision).toBe("allow");
  expect(repository.ok("policy", "merge", "mirror/policy/no-docker")).toContain("epoch 2");
  expect((await repository.bash("docker ps")).decision).toBe("deny");
  expect(repository.git("status", "--porcelain")).toBe("");
  expect(repository.git("log", "-1", "--format=%P").split(" ")[1]).toBe(
    repository.git("rev-parse", "mirror/policy/no-docker"),
  );
  expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
});

test("what changes more than .mirror, or breaks its own examples, is not merged", () => {
  const repository = boundRepository();
  const path = join(repository.directory, ".mirror/policies/base.yaml");
  repository.git("switch", "-q", "-c", "wide");
  writeFileSync(path, `${readFileSync(path, "utf8")}\n# a comment\n`);
  repository.write("other.txt", "x\n");
  repository.git("add", ".");
  repository.git("commit", "-q", "-m", "wide");
  const wide = repository.mirror("policy", "merge", "wide");
  expect([wide.code, wide.stderr]).toEqual([2, expect.stringContaining("more than .mirror/")]);
  repository.git("switch", "-q", "-c", "broken", "main");
  writeFileSync(
    path,
    readFileSync(path, "utf8")
      .replace('match: ["git push --mirror"', 'match: ["git status"')
      .replace('match: ["git push origin +main"', 'match: ["git status"'),
  );
  repository.git("commit", "-q", "-am", "broken");
  const broken = repository.mirror("policy", "merge", "broken");
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/policies\/base\.yaml:\d+:\d+/);
  expect(repository.mirror("policy", "merge", "main").code).toBe(2);
});

test("a branch that began before the approved policy set would take it back: it is refused until it is rebased", () => {
  const repository = boundRepository();
  const path = join(repository.directory, ".mirror/policies/base.yaml");
  repository.git("switch", "-q", "-c", "mirror/policy/behind");
  writeFileSync(path, `${readFileSync(path, "utf8")}\n# a comment\n`);
  repository.git("commit", "-q", "-am", "a comment");
  repository.git("switch", "-q", "main");
  repository.ok("agent", "add", "second", "--client", "claude-code");
  const behind = repository.mirror("policy", "merge", "mirror/policy/behind");
  expect([behind.code, behind.stderr]).toEqual([2, expect.stringContaining("git rebase main")]);
  repository.git("rebase", "-q", "main", "mirror/policy/behind");
  repository.git("switch", "-q", "main");
  expect(repository.ok("policy", "merge", "mirror/policy/behind")).toContain("epoch 3");
  expect(repository.git("ls-tree", "--name-only", "main", ".mirror/agents/")).toContain("second.yaml");
});
