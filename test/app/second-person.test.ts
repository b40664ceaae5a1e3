import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Governed } from "../fixtures/governed-repository.ts";
import { atTerminal, cloneOf, hasTerminal, sharedRepository } from "../fixtures/two-people.ts";

const has = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;

const verify = (at: Governed): Record<string, unknown> => JSON.parse(at.ok("verify", "--json"));
const gateOf = (at: Governed): string => JSON.parse(at.ok("status", "--json")).gate;

test("from a clone to an enrolled gate: shown, pinned, unknown, requested, approved, good", async () => {
  const { owner, url, fingerprint, genesis } = sharedRepository();
  const clone = cloneOf(url);
  const branches = clone.git("for-each-ref", "refs/heads", "refs/remotes");

  const shown = clone.mirror("init", "--json");
  expect(shown.code).toBe(1);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    outcome: "begun-elsewhere",
    candidates: [{ fingerprint, lineage: { genesis } }],
    view: { lineage: { epoch: 1 }, agents: [{ id: "coder" }], owners: [{ fingerprints: [fingerprint] }] },
  });
  // At a terminal the person is asked, and anything but yes is a no.
  if (hasTerminal) expect(atTerminal(clone, "\n", "init").code).toBe(1);
  expect(existsSync(clone.mirrorHome)).toBe(false);

  const joined = clone.ok("init", "--fingerprint", fingerprint);
  expect(joined).toContain("at epoch 1");
  expect(joined).toContain("mirror agent add coder --client claude-code");
  expect(joined).toContain("mirror gate request");
  expect(clone.ok("init")).toContain("governed already");
  const gate = gateOf(clone);
  expect(gate).not.toBe(gateOf(owner));
  expect(clone.git("for-each-ref", "refs/heads", "refs/remotes")).toBe(branches);

  // Without any key that signs: the binding is there already.
  clone.ok("agent", "add", "coder", "--client", "claude-code");
  expect((await clone.bash("git status")).decision).toBe("allow");
  expect((await clone.bash("git push -f")).decision).toBe("deny");
  const unknown = verify(clone);
  expect(unknown).toMatchObject({ ok: true, receipts: 4, signatures: 0, unknown: 4, replayed: 2 });
  expect(unknown["warnings"]).toMatchObject([{ code: "not-enrolled" }]);
  expect(clone.ok("verify")).toContain("0 good signatures, 4 unknown");

  const request = JSON.parse(clone.ok("gate", "request", "--json"));
  expect(request).toMatchObject({ outcome: "requested", gate, isSigned: false });
  const again = JSON.parse(clone.ok("gate", "request", "--json"));
  expect(again).toMatchObject({ outcome: "standing", commit: request.commit });
  expect(clone.git("status", "--porcelain")).toBe("");
  expect(clone.git("diff", "--name-only", "origin/main", request.branch).split("\n")).toEqual([
    expect.stringMatching(`^.mirror/keys/${gate}\\.`),
    ".mirror/trust.yaml",
  ]);
  clone.git("push", "-q", "origin", request.branch);

  // The owner's branch has moved on meanwhile, and they never had the branch themselves.
  owner.commit({ files: { "more.txt": "more\n" } });
  owner.git("fetch", "-q", "origin");
  expect(owner.ok("policy", "merge", request.branch)).toContain("epoch 2");
  expect(owner.git("status", "--porcelain")).toBe("");
  owner.git("push", "-q", "origin", "main");

  clone.git("pull", "-q");
  expect(clone.git("show", "HEAD:more.txt")).toBe("more");
  expect((await clone.bash("git log")).decision).toBe("allow");
  const good = verify(clone);
  expect(good).toMatchObject({
    ok: true,
    receipts: 6,
    signatures: 6,
    unknown: 0,
    problems: [],
    warnings: [],
  });
  expect(JSON.parse(clone.ok("gate", "request", "--json"))).toMatchObject({ outcome: "enrolled" });

  // Stock git, on the owner's side, with the keys of the policy set alone.
  const ref = clone.ledger();
  clone.git("push", "-q", "origin", ref);
  owner.git("fetch", "-q", "origin", `${ref}:${ref}`);
  expect(verify(owner)).toMatchObject({ ok: true, warnings: [] });
  if (has("gpg")) {
    const key = join(owner.directory, `.mirror/keys/${gate}.asc`);
    spawnSync("gpg", ["--batch", "--quiet", "--import", key], { env: owner.environment });
    owner.git("verify-commit", ...owner.git("rev-list", ref).split("\n"));
  }
});

test("linked work trees share one gate; two clones under one MIRROR_HOME have their own, and it goes on after its state was taken away", async () => {
  const { url, fingerprint } = sharedRepository();
  const [one, two] = [cloneOf(url), cloneOf(url)];
  const shared = { environment: { MIRROR_HOME: one.mirrorHome } };
  if (hasTerminal) {
    const { code, screen } = atTerminal(one, "yes\n", "init");
    expect(screen).toMatch(new RegExp(`trust role +[a-z-]+ +${fingerprint}`));
    expect(screen).toMatch(/every step from the genesis verified[\s\S]*Pinned [0-9a-f]{12} at epoch 1/);
    expect(code).toBe(0);
  } else one.ok("init", "--fingerprint", fingerprint);
  one.ok("agent", "add", "coder", "--client", "claude-code");
  await one.bash("git status");
  const gate = gateOf(one);
  const linked = join(one.directory, "..", "linked");
  one.git("worktree", "add", "-q", "-b", "topic", linked);
  expect(one.mirrorWith({ cwd: linked }, "init").stdout).toContain(`governed already, since`);
  expect(JSON.parse(one.mirrorWith({ cwd: linked }, "status", "--json").stdout).gate).toBe(gate);

  // The second clone has the first one's ledger, and its key is in the same MIRROR_HOME: neither makes it its gate.
  two.git("fetch", "-q", one.directory, "refs/mirror/ledger/*:refs/mirror/ledger/*");
  const joined = JSON.parse(two.mirrorWith(shared, "init", "--fingerprint", fingerprint, "--json").stdout);
  expect(joined).toMatchObject({ outcome: "joined", isNewGate: true });
  expect(joined.gate).not.toBe(gate);
  one.git("fetch", "-q", two.directory, "refs/mirror/ledger/*:refs/mirror/ledger/*");
  expect((await one.bash("git log")).decision).toBe("allow");
  expect(verify(one)).toMatchObject({ ok: true, receipts: 4 });
  expect(JSON.parse(two.mirrorWith(shared, "verify", "--json").stdout)).toMatchObject({
    ok: true,
    receipts: 2,
  });

  // What `uninstall` leaves: keys and ledger.
  one.ok("daemon", "stop");
  const head = one.git("rev-parse", `refs/mirror/ledger/${gate}`);
  for (const name of readdirSync(join(one.mirrorHome, "repos"))) {
    const directory = join(one.mirrorHome, "repos", name);
    const record = JSON.parse(readFileSync(join(directory, "repository.json"), "utf8"));
    if (record.gate === gate) rmSync(directory, { recursive: true });
  }
  const back = JSON.parse(one.ok("init", "--fingerprint", fingerprint, "--json"));
  expect(back).toMatchObject({ gate, isNewGate: false, epoch: 1 });
  expect(one.git("rev-parse", `refs/mirror/ledger/${gate}`)).toBe(head);
  one.ok("agent", "add", "coder", "--client", "claude-code");
  expect((await one.bash("git diff")).decision).toBe("allow");
  expect(verify(one)).toMatchObject({ ok: true, receipts: 5 });
});
