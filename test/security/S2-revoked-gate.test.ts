import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boundRepository, type Governed } from "../fixtures/governed-repository.ts";
import * as ledgers from "../fixtures/ledgers.ts";
import { mirrorWithout, moduleWithout } from "../fixtures/without-rule.ts";

// TRUST S2: revoking a gate records its last accepted sequence and head. Whoever has its key can go on signing; none of
// that counts.
const unseen = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", {
  file: "src/ledger/verify.ts",
  text: "if (revoked === null || seq < revoked.seq) return;",
  by: "return;",
});

describe("the ledger of a revoked gate", () => {
  test("S2: receipts past the last that counts, and another one in its place, are found; not without the rule", async () => {
    for (const [mirror, ok] of [
      [ledgers, false],
      [unseen, true],
    ] as const) {
      const world = await mirror.ledgerWorld();
      const { ledger } = await mirror.filledLedger(world, 4);
      await ledger.close();
      const at = (seq: number): string => world.scratch.git("rev-parse", `${world.ref}~${4 - seq}`);
      const verdict = async (seq: number, head: string) =>
        await mirror.verify(world, { revoked: { seq, head } });
      expect((await verdict(4, at(4))).ok).toBe(true);
      for (const [found, message] of [
        [await verdict(1, at(1)), "receipt 2 does not count"],
        [await verdict(4, at(2)), "the last that counts"],
      ] as const) {
        expect(found.ok).toBe(ok);
        if (ok) continue;
        expect(found.problems[0]).toMatchObject({
          code: "revoked",
          message: expect.stringContaining(message),
        });
      }
    }
  });

  test("one that ends before the last that counts has lost some", async () => {
    const world = await ledgers.ledgerWorld();
    const { ledger } = await ledgers.filledLedger(world, 2);
    await ledger.close();
    const revoked = { seq: 5, head: "0".repeat(40) };
    expect((await ledgers.verify(world, { revoked })).problems).toMatchObject([
      { code: "revoked", message: expect.stringContaining("ends with receipt 2, expected 5") },
    ]);
  });
});

const receiptsOf = (repository: Governed): number =>
  JSON.parse(repository.mirror("verify", "--json").stdout).receipts;

test("S2: a revoked gate decides nothing; what it writes all the same does not count; a new one takes its place", async () => {
  const repository = boundRepository();
  expect((await repository.bash("git status")).decision).toBe("allow");
  expect(repository.mirror("gate", "revoke", "other")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("no gate `other` is enrolled"),
  });
  const asked = JSON.parse(repository.ok("gate", "revoke", "--merge", "--json"));
  expect(asked.merged).toMatchObject({ branch: `mirror/policy/gate-revoke-${asked.gate}` });
  const receipts = receiptsOf(repository);
  expect(asked.last.seq).toBe(receipts - 1);
  const { decision, reason } = await repository.bash("git status");
  expect([decision, reason]).toEqual(["deny", expect.stringMatching(/is revoked.*mirror uninstall/s)]);
  expect(repository.ok("trust", "list")).toContain(`revoked after receipt ${asked.last.seq}`);
  expect(repository.mirror("verify")).toMatchObject({ code: 0 });
  expect(receiptsOf(repository)).toBe(receipts);
  const status = JSON.parse(repository.mirror("status", "--json").stdout);
  expect(status.problems).toContainEqual(expect.stringContaining("is revoked"));

  // Somebody else's mirror goes on with the key.
  repository.mirror("daemon", "stop");
  const careless = await mirrorWithout({
    file: "src/app/gate-policy.ts",
    text: "this.#mustNotBeRevoked(view);",
    by: "",
  });
  const again = [careless, "agent", "add", "coder", "--client", "claude-code"];
  execFileSync(process.execPath, again, { cwd: repository.directory, env: repository.environment });
  expect((await repository.bash("git status")).decision).toBe("allow");
  repository.mirror("daemon", "stop");
  const verified = JSON.parse(repository.mirror("verify", "--json").stdout);
  expect(verified.ok).toBe(false);
  expect(verified.problems[0]).toMatchObject({ code: "revoked" });

  const { signers } = JSON.parse(repository.ok("trust", "list", "--json"));
  repository.ok("uninstall");
  const made = JSON.parse(repository.ok("init", "--fingerprint", signers[0].keys[0].fingerprint, "--json"));
  expect(made.gate).not.toBe(asked.gate);
  repository.ok("agent", "add", "coder", "--client", "claude-code");
  expect((await repository.bash("git status")).decision).toBe("allow");
});

test("S2: a gate that has seen that it is revoked does not forget it: not by a restart in a repository that was taken back", async () => {
  const forgets = await mirrorWithout({
    file: "src/app/gate-policy.ts",
    text: "if (last !== undefined) this.#state.pin.advanceLineage(last.child, last.commit);",
    by: "",
  });
  for (const [options, expected] of [
    [{}, "deny"],
    [{ binary: forgets }, "allow"],
  ] as const) {
    const repository = boundRepository(options);
    await repository.bash("git status");
    const before = repository.git("rev-parse", "main");
    repository.ok("gate", "revoke", "--merge");
    expect((await repository.bash("git status")).reason).toContain("is revoked");
    repository.mirror("daemon", "stop");
    repository.git("reset", "-q", "--hard", before);
    // Caches may go at any time; they would remember it, too.
    rmSync(join(repository.state(), "caches"), { recursive: true });
    expect((await repository.bash("git status")).decision).toBe(expected);
  }
});
