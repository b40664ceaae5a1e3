// Trees that git's own commands would not write, and that a fetch brings all the same: on a merge of somebody's they must
// stop nothing, and as a proposal they must be refused by name (TRUST P1).
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { mergeOf, proposeRule, standing } from "../fixtures/changes.ts";
import { boundRepository } from "../fixtures/governed-repository.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";

test("P1: what cannot be a policy set is none, whoever merges it, and keeps nobody from adopting one", async () => {
  const repository = boundRepository();
  const branch = proposeRule(repository, "deploy-it", "allow");
  repository.ok("policy", "approve", branch);
  const id = (name: string): string => repository.git("rev-parse", name);
  const raw = (tree: string): Buffer =>
    execFileSync("git", ["cat-file", "tree", tree], {
      cwd: repository.directory,
      env: repository.environment,
    });
  const written = (tree: Uint8Array): string =>
    repository.gitWith({ input: tree }, "hash-object", "-t", "tree", "-w", "--literally", "--stdin");
  const entry = (mode: string, name: string | Buffer, of: string): Buffer =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(of, "hex")]);
  const [root, mirror, policies] = ["main^{tree}", "main:.mirror", "main:.mirror/policies"].map(id) as [
    string,
    string,
    string,
  ];
  const file = id("main:.mirror/policies/base.yaml");
  /** The root tree with another `.mirror`, of whatever mode and name. */
  const rooted = (of: string, mode = "40000", name: string | Buffer = ".mirror"): string => {
    const old = entry("40000", ".mirror", mirror);
    const all = raw(root);
    const at = all.indexOf(old);
    return written(
      Buffer.concat([all.subarray(0, at), entry(mode, name, of), all.subarray(at + old.length)]),
    );
  };
  const beside = (mode: string, name: string | Buffer): string =>
    rooted(written(Buffer.concat([raw(mirror), entry(mode, name, file)])));
  const policy = (...more: Buffer[]): string => {
    const old = entry("40000", "policies", policies);
    const all = raw(mirror);
    const at = all.indexOf(old);
    const tree = written(Buffer.concat([raw(policies), ...more]));
    return rooted(
      written(
        Buffer.concat([all.subarray(0, at), entry("40000", "policies", tree), all.subarray(at + old.length)]),
      ),
    );
  };
  const twin = (name: string | Buffer): string =>
    written(Buffer.concat([raw(root), entry("40000", name, mirror)]));
  const odd: Readonly<Record<string, readonly [tree: string, why: RegExp]>> = {
    "a link": [rooted(file, "120000"), /`.mirror` with mode `120000`/],
    "a submodule": [rooted(id("main"), "160000"), /`.mirror` with mode `160000`/],
    "a file": [rooted(file, "100644"), /`.mirror` with mode `100644`/],
    "a file that says it is a directory": [rooted(file), /the blob \w{40} in place of a tree/],
    "another case": [twin(".Mirror"), /`.Mirror` beside it/],
    "a blank at the end": [twin(".mirror "), /`.mirror ` beside it/],
    "dots at the end": [twin(".mirror.."), /`.mirror..` beside it/],
    "a wide letter": [twin(".ｍirror"), /beside it/],
    "a link in it": [beside("120000", "zz"), /a symbolic link/],
    "a submodule in it": [beside("160000", "zz"), /a submodule/],
    "an old mode": [beside("100664", "zz"), /has mode `100664`/],
    "a name that is none": [beside("100644", "zz/base.yaml"), /is no name for an entry/],
    "bytes for a name": [beside("100644", Buffer.from([0xff])), /is not UTF-8/],
    "the directory itself": [policy(entry("40000", ".", policies)), /is no name for an entry/],
    "a file twice": [policy(entry("100644", "base.yaml", file)), /is not in git's order/],
    "a tree that is cut off": [rooted(written(raw(mirror).subarray(0, -3))), /is cut off/],
    "a policy with a blank at the end": [
      policy(entry("100644", "base.yaml ", file)),
      /has no place in a policy set/,
    ],
    "a policy composed otherwise": [
      policy(entry("100644", "caf\u0065\u0301.yaml", file)),
      /has no place in a policy set/,
    ],
    "a directory of another case": [
      rooted(written(Buffer.concat([entry("40000", "Policies", policies), raw(mirror)]))),
      /Policies.*has no place in a policy set/,
    ],
  };
  const merges = Object.values(odd).map(([tree]) => {
    const args = ["commit-tree", tree, "-p", "main", "-p", "main~1", "-m", "odd"];
    return repository.git(...args);
  });
  for (const [index, commit] of merges.entries())
    repository.git("update-ref", `refs/heads/mirror/policy/odd-${index}`, commit);
  const listed: { branch: string; state: string; problems: string[] }[] = JSON.parse(
    repository.ok("policy", "list", "--json"),
  );
  for (const [index, [which, [, why]]] of Object.entries(odd).entries()) {
    const { state, problems } = listed.find((each) => each.branch === `mirror/policy/odd-${index}`) ?? {
      state: "",
      problems: [],
    };
    expect([which, state, problems.join("; ")]).toEqual([which, "stuck", expect.stringMatching(why)]);
  }
  expect(listed.find((each) => each.branch === branch)?.state).toBe("ready");

  // Somebody without a key brings it in, beside all of these: the walk looks into each merge for the approved set.
  const before = repository.git("rev-parse", "main");
  repository.git("update-ref", "refs/remotes/origin/main", mergeOf(repository, "main", "main", ...merges));
  repository.git("update-ref", "refs/remotes/other/main", branch);
  const stopped = await mirrorWithout({
    file: "src/git/mirror-tree.ts",
    text: 'if (!isMirrorError(error, "corrupt-object")) throw error;',
    by: 'if (isMirrorError(error, "corrupt-object")) throw error;',
  });
  const status = (binary: string): string => {
    try {
      return execFileSync(process.execPath, [binary, "status"], {
        cwd: repository.directory,
        env: repository.environment,
        encoding: "utf8",
      });
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout);
    }
  };
  expect(status(stopped)).toMatch(/problem +malformed tree/);
  expect(standing(repository)).toMatchObject({
    epoch: 1,
    said: expect.stringContaining("no merge commit holds it yet"),
  });
  repository.git("update-ref", "refs/remotes/other/main", mergeOf(repository, branch, "main", branch));
  expect(standing(repository)).toMatchObject({ epoch: 2 });
  expect((await repository.bash("git status")).decision).toBe("allow");

  // On the policy branch itself: named, with what to do.
  repository.git(
    "update-ref",
    "refs/heads/main",
    repository.git("commit-tree", odd["another case"]?.[0] ?? "", "-p", before, "-m", "odd"),
  );
  expect(standing(repository).said).toMatch(
    /on main carries what is no policy set \(.*`.Mirror` beside it.*git checkout \w{12} -- .mirror/,
  );
  const refused = repository.mirror("policy", "void");
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringMatching(/commit \w{12}: .*`.Mirror` beside it, expected .*\n.*docs\/trust.md P1/),
  ]);
});
