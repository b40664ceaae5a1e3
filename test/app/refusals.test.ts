// What mirror refuses, and what it reports of the policy's history: each names where, what was found, what was expected
// and what to do. Real ones, through the real binary, in one repository.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { whatToDo } from "../../src/app/policy-problem.ts";
import { mergeOf, standing } from "../fixtures/changes.ts";
import { mirrorOnPath } from "../fixtures/git-server.ts";
import { boundRepository } from "../fixtures/governed-repository.ts";

const policy = ".mirror/policies/base.yaml";

test("a refusal names the commit, what was found, what was expected, and what to do", () => {
  const repository = boundRepository();
  const main = repository.git("rev-parse", "main");
  const text = repository.git("show", `main:${policy}`);
  const short = (name: string): string => repository.git("rev-parse", name).slice(0, 12);
  /** Makes a branch with one commit, which writes these files; gives its short id. */
  const branch = (name: string, base: string, files: Readonly<Record<string, string>>): string => {
    repository.git("switch", "-q", "-c", name, base);
    repository.commit({ message: name, files });
    repository.git("switch", "-q", "main");
    return short(name);
  };
  /** What is said: why, perhaps mistakes, and at last what to do. */
  const refused = (...args: string[]): string => {
    const { code, stderr } = repository.mirror(...args);
    expect([args, code, stderr]).toEqual([args, expect.toBeOneOf([1, 2]), stderr]);
    expect(stderr).toMatch(/^mirror: .*\n( {2}.*\n)+$/);
    return stderr;
  };

  const bad = branch("bad", "main", { [policy]: `${text}\nverdit: 1\n` });
  expect(refused("policy", "approve", "bad")).toMatch(
    new RegExp(
      `the policy set of bad at ${bad} has a mistake\n {2}policies/base.yaml:\\d+:\\d+: found .*, expected .*\n {2}mend `,
    ),
  );
  branch("old", "main~1", { [policy]: `${text}\n# older\n` });
  expect(refused("policy", "approve", "old")).toMatch(
    /`old` began at \w{12}, before the .* epoch 1, expected a commit .*\n {2}.*: git rebase main old\n/,
  );
  branch("mixed", "main", { [policy]: `${text}\n# more\n`, "feature.txt": "x\n" });
  expect(refused("policy", "merge", "mixed")).toMatch(
    /`mixed` differs from main in more than .mirror\/: feature.txt\n {2}make a branch from main /,
  );
  expect(refused("trust", "settle", "old")).toMatch(
    new RegExp(
      `one approved policy set holds, epoch 1, commit ${short("main")}\n {2}.*\`mirror policy log\``,
    ),
  );
  expect(refused("policy", "check", "--base", "main~9", "--head", "main")).toMatch(
    /`main~9` is no commit here, expected .*\n {2}.*git fetch/,
  );

  repository.git("update-ref", "refs/remotes/one/mirror/policy/twice", "main");
  repository.git("update-ref", "refs/remotes/two/mirror/policy/twice", "bad");
  expect(refused("policy", "show", "twice")).toMatch(
    new RegExp(
      `\`twice\` is not the same .*: one/.* at \\w{12} and two/.* at ${bad}\n {2}name one of them, `,
    ),
  );
  expect(repository.ok("policy", "list")).toMatch(/^one\/.*twice +merged .*\ntwo\/.*twice +stuck /m);

  // The server's hook, with a policy branch that goes to what is broken, and where mirror is not there.
  const pushed = `${main} ${repository.git("rev-parse", "bad")} refs/heads/main\n`;
  const hook = (PATH: string): string => {
    const file = fileURLToPath(new URL("../../hooks/pre-receive", import.meta.url));
    const { directory: cwd, environment } = repository;
    const env = { ...environment, PATH, GIT_DIR: `${cwd}/.git` };
    const { status, stderr } = spawnSync("/bin/sh", [file], { cwd, env, input: pushed, encoding: "utf8" });
    expect([status, stderr]).not.toEqual([0, stderr]);
    return stderr;
  };
  expect(hook(`${mirrorOnPath()}:${repository.environment["PATH"]}`)).toMatch(
    new RegExp(
      `^mirror: refs/heads/main is refused: ${bad} carries .*, expected the approved one: .*\n {2}take .*\n$`,
    ),
  );
  expect(hook("/nowhere")).toMatch(
    /^mirror: the push is refused: .* found no `mirror` on the PATH .*\n {2}\S.*\n$/,
  );

  // What counts for nothing in the history: `status` names it by its commit.
  const statement = repository.ok("policy", "statement").trim();
  const said = (message: string): string =>
    repository.git("commit-tree", "main^{tree}", "-p", "main", "-m", `x\n\n${message}`);
  const elsewhere = statement.replace(/(?<=Mirror-Base: \d+ )\w{8}/, "00000000");
  const found: readonly [commit: string, code: keyof typeof whatToDo, why: RegExp][] = [
    [said(statement), "unsigned", /is not signed, expected a signature/],
    [said(statement.slice(0, 40)), "malformed-statement", /found a statement that is not exactly/],
    [said(elsewhere), "fork", /another line \(00000000\w{4}\), expected epoch 1 of this one \(/],
  ];
  const merge = mergeOf(repository, "main", "main", ...found.map(([commit]) => commit));
  repository.git("update-ref", "refs/remotes/origin/main", merge);
  const notes = standing(repository).said.split("\n");
  for (const [commit, code, why] of found) {
    const note = notes.find((each) => each.startsWith(`commit ${commit.slice(0, 12)}: `)) ?? "";
    expect([code, note]).toEqual([code, expect.stringMatching(why)]);
    expect(note).toMatch(/; [a-z].*$/);
    expect(note.endsWith(`; ${whatToDo[code]}`)).toBe(true);
  }
});
