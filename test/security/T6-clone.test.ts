import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { chooseCandidate } from "../../src/app/join.ts";
import { governedRepository } from "../fixtures/governed-repository.ts";
import { cloneOf, type Shared, sharedRepository } from "../fixtures/two-people.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";

// TRUST T6 in a clone: whoever can push to the repository can put a root of their own into it, serve an old state, or
// hide history. `init` shows every root, takes only the one the person names, and never believes less than the whole.

/** A mirror that pins without adopting what it showed, and passes over what it cannot see. */
const careless = (): Promise<string> =>
  mirrorWithout(
    { file: "src/app/join.ts", text: "lineage: await begin(paths),", by: "lineage: view.lineage," },
    {
      file: "src/policy-store/from-genesis.ts",
      text: "if (commit.missing !== null) throw unseen(repository, commit.missing);",
      by: "if (commit.missing !== null) continue;",
    },
  );

/** Somebody with write access begins a policy of their own on another branch, and a tree that no policy may be. */
function plantGenesis({ url, owner }: Shared): { readonly genesis: string; readonly fingerprint: string } {
  const mallory = governedRepository({ commits: [] });
  mallory.git("fetch", "-q", url, "main");
  mallory.git("checkout", "-q", "-b", "feature", owner.git("rev-list", "--max-parents=0", "main"));
  const begun = JSON.parse(mallory.ok("init", "--no-passphrase", "--json"));
  mallory.git("push", "-q", url, "feature");
  mallory.git("checkout", "-q", "-b", "odd", "HEAD^");
  mallory.write("target", "x\n");
  const link = mallory.gitWith({ input: "../target" }, "hash-object", "-w", "--stdin");
  mallory.git("update-index", "--add", "--cacheinfo", `120000,${link},.mirror/trust.yaml`);
  mallory.git("commit", "-q", "-m", `odd\n\nMirror-Genesis: v1 sha256:${"0".repeat(64)}`);
  mallory.git("push", "-q", url, "odd");
  return { genesis: begun.genesis, fingerprint: begun.owner.fingerprint };
}

test("a forged genesis on another branch: both are shown, and only the one that is named is taken", () => {
  const shared = sharedRepository();
  const forged = plantGenesis(shared);
  const clone = cloneOf(shared.url);
  const shown = clone.mirror("init");
  expect(shown.code).toBe(1);
  for (const { genesis, fingerprint } of [shared, forged]) {
    expect(shown.stderr).toContain(genesis);
    expect(shown.stderr).toContain(fingerprint);
  }
  // The owner's key does not make the other commit good, nor the other way round.
  const mixed = clone.mirror("init", "--genesis", forged.genesis, "--fingerprint", shared.fingerprint);
  expect([mixed.code, mixed.stderr]).toEqual([1, expect.stringContaining(forged.fingerprint)]);
  expect(existsSync(clone.mirrorHome)).toBe(false);
  const joined = JSON.parse(clone.ok("init", "--fingerprint", shared.fingerprint, "--json"));
  expect(joined).toMatchObject({ genesis: shared.genesis, epoch: 1 });
  expect(clone.mirror("trust", "pin", forged.genesis, "--fingerprint", forged.fingerprint).code).toBe(2);

  // Without the rule the attack works: nothing but the person's word tells the forged root from the owner's.
  const trusting = cloneOf(shared.url);
  trusting.ok("trust", "pin", forged.genesis, "--fingerprint", forged.fingerprint);
  expect(JSON.parse(trusting.ok("status", "--json"))).toMatchObject({ policy: { genesis: forged.genesis } });
});

test("a fingerprint that is wrong, cut short or in another case is refused, and both are named", () => {
  const openpgp = { fingerprint: "41CB59D62FE3D06A5ECE9E5EB0FA86755B6FECD4", genesis: "a".repeat(40) };
  const ssh = { fingerprint: "SHA256:o1nZ9a3jK0f1uPqGmSxY7hQm2l8sXrWcV5bT4eD6FgA", genesis: "b".repeat(40) };
  const candidates = [openpgp, ssh].map(({ fingerprint, genesis }) => ({
    lineage: { genesis, epoch: 0, lineage: "", digest: "" },
    signer: "ada",
    fingerprint,
    time: "2026-01-01T00:00:00.000Z",
  }));
  const choose = (fingerprint: string): string | undefined =>
    chooseCandidate(candidates, { genesis: null, fingerprint })?.lineage.genesis;
  expect(choose(openpgp.fingerprint)).toBe(openpgp.genesis);
  expect(choose("41cb 59d6 2fe3 d06a 5ece  9e5e b0fa 8675 5b6f ecd4")).toBe(openpgp.genesis);
  expect(choose(ssh.fingerprint)).toBe(ssh.genesis);
  for (const wrong of [
    "",
    "0".repeat(40),
    openpgp.fingerprint.slice(-16),
    `${openpgp.fingerprint}0`,
    ssh.fingerprint.toLowerCase(),
    ssh.fingerprint.slice(0, -1),
    ssh.fingerprint.slice("SHA256:".length),
  ]) {
    expect(() => choose(wrong)).toThrowError(
      new RegExp(`${wrong}.*${openpgp.fingerprint}.*${ssh.fingerprint}`),
    );
  }
});

test("a remote that serves an older policy branch: a clone that saw the newer one stays there, and a fresh one moves on", async () => {
  const { owner, url, fingerprint } = sharedRepository();
  const old = owner.git("rev-parse", "main");
  owner.ok("agent", "add", "second", "--client", "claude-code");
  owner.git("push", "-q", "origin", "main");
  const [before, without] = [cloneOf(url), cloneOf(url, { binary: await careless() })];
  for (const clone of [before, without])
    expect(clone.ok("init", "--fingerprint", fingerprint)).toContain("at epoch 2");
  owner.git("push", "-q", "--force", "origin", `${old}:main`);
  // Not one call was decided yet; the gate has adopted what the person was shown all the same.
  for (const clone of [before, without]) {
    clone.git("fetch", "-q", "origin");
    clone.git("reset", "-q", "--hard", "origin/main");
  }
  expect(JSON.parse(before.ok("status", "--json"))).toMatchObject({ policy: { epoch: 2 } });
  expect(JSON.parse(without.ok("status", "--json"))).toMatchObject({ policy: { epoch: 1 } });

  const after = cloneOf(url);
  expect(after.ok("init", "--fingerprint", fingerprint)).toContain("at epoch 1");
  owner.git("push", "-q", "--force", "origin", "main");
  after.git("pull", "-q");
  expect(JSON.parse(after.ok("status", "--json"))).toMatchObject({ policy: { epoch: 2 } });
});

test("a history that is cut off: nothing is begun and nothing pinned until it is whole", async () => {
  const { owner, url, fingerprint } = sharedRepository();
  owner.commit({ files: { "more.txt": "1\n" } });
  owner.git("push", "-q", "origin", "main");
  const clone = cloneOf(url, { fetch: ["--depth", "1"] });
  for (const args of [[], ["--no-passphrase"], ["--fingerprint", fingerprint]]) {
    const ran = clone.mirror("init", ...args);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("shallow");
    expect(ran.stderr).toContain("git fetch --unshallow");
  }
  // The genesis is there again, what lies between is not.
  clone.git(
    "fetch",
    "-q",
    "origin",
    owner.git("rev-list", "--max-parents=1", "--grep=Mirror-Genesis", "main"),
  );
  clone.git("branch", "genesis", "FETCH_HEAD");
  const holed = clone.mirror("init", "--fingerprint", fingerprint);
  expect([holed.code, holed.stderr]).toEqual([1, expect.stringContaining("git fetch --unshallow")]);
  expect(existsSync(clone.mirrorHome)).toBe(false);
  // Without the rule the attack works: the root is pinned as if no change had ever been approved.
  const without = cloneOf(url, { fetch: ["--depth", "1"], binary: await careless() });
  without.git("fetch", "-q", clone.directory, "genesis:genesis");
  expect(without.ok("init", "--fingerprint", fingerprint)).toContain("at epoch 0");

  clone.git("fetch", "-q", "--unshallow", "origin");
  expect(clone.ok("init", "--fingerprint", fingerprint)).toContain("at epoch 1");
});

// Without this rule nothing worse happens in one step: the gate that is begun meets the same fork, and denies (P5).
test("two approved policy sets that leave one epoch: both are named, and neither is taken", () => {
  const { owner, url, fingerprint } = sharedRepository();
  const parent = owner.git("rev-parse", "main");
  owner.ok("agent", "add", "left", "--client", "claude-code");
  const left = owner.git("rev-parse", "main");
  owner.git("push", "-q", "origin", "main:left");
  owner.git("reset", "-q", "--hard", parent);
  owner.git("update-ref", "-d", "refs/remotes/origin/left");
  owner.ok("agent", "add", "right", "--client", "claude-code");
  const right = owner.git("rev-parse", "main");
  owner.git("push", "-q", "origin", "main");
  const clone = cloneOf(url);
  // On another branch it is no step of this history (P4); checked out, it is.
  expect(clone.mirror("init", "--json").stdout).toContain('"epoch":2');
  clone.git("checkout", "-q", "--detach", "origin/left");
  const ran = clone.mirror("init", "--fingerprint", fingerprint);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("epoch 1");
  for (const commit of [left, right]) expect(ran.stderr).toContain(commit.slice(0, 12));
  expect(existsSync(clone.mirrorHome)).toBe(false);
});
