import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boundRepository, governedRepository } from "../fixtures/governed-repository.ts";

// The gate never chooses a root: only a person makes a pin, and the ledger's ref never goes back behind it.

describe("T6: the pin", () => {
  test.each([
    ["deleted", (ledger: string) => ["update-ref", "-d", ledger]],
    ["moved back", (ledger: string) => ["update-ref", ledger, `${ledger}~1`]],
    ["moved aside", (ledger: string) => ["update-ref", ledger, "HEAD"]],
  ])(
    "a ledger ref that was %s is a deny, with the daemon up and after a restart, until repair",
    async (_how, attack) => {
      const repository = boundRepository();
      await repository.bash("git status");
      await repository.bash("git diff");
      repository.ok("status");
      repository.git(...attack(repository.ledger()));
      expect((await repository.bash("git status")).decision).toBe("deny");
      repository.mirror("daemon", "stop");
      const { decision, reason } = await repository.bash("git status");
      expect(decision).toBe("deny");
      expect(reason).toContain("mirror repair");
      repository.ok("repair");
      expect((await repository.bash("git status")).decision).toBe("allow");
      expect(JSON.parse(repository.ok("verify", "--json"))).toMatchObject({ ok: true });
    },
  );

  test("a clone is not pinned by itself: init shows the candidates, pinning takes a person or the fingerprint", () => {
    const origin = boundRepository();
    const clone = governedRepository({ commits: [] });
    clone.git("pull", "-q", origin.directory, "main");
    const shown = clone.mirror("init", "--no-passphrase");
    expect(shown.code).toBe(1);
    const genesis = origin.git("rev-list", "--max-parents=1", "--grep=Mirror-Genesis", "main");
    expect(shown.stderr).toContain(genesis);
    expect(existsSync(join(clone.mirrorHome, "repos"))).toBe(false);
    const alone = clone.mirror("trust", "pin", genesis);
    expect(alone.code).toBe(2);
    const wrong = clone.mirror("trust", "pin", genesis, "--fingerprint", "0".repeat(40));
    expect(wrong.code).toBe(1);
    const fingerprint = /--fingerprint ([0-9A-F]{40})/.exec(alone.stderr)?.[1] ?? "";
    expect(clone.ok("trust", "pin", genesis, "--fingerprint", fingerprint)).toContain("Pinned");
    expect(JSON.parse(clone.ok("status", "--json"))).toMatchObject({ policy: { epoch: 1 } });
    expect(clone.mirror("trust", "pin", "HEAD~5").code).not.toBe(0);
  });

  test("caches can be deleted at any time; keys, local key and pin cannot be made up again", async () => {
    const repository = boundRepository();
    await repository.bash("git status");
    repository.ok("daemon", "stop");
    rmSync(join(repository.state(), "caches"), { recursive: true });
    const { decision } = await repository.bash("git push -f");
    expect(decision).toBe("deny");
    expect((await repository.bash("git status")).decision).toBe("allow");
    repository.ok("daemon", "stop");
    const { gate } = JSON.parse(repository.ok("status", "--json"));
    rmSync(join(repository.mirrorHome, "keys", `${gate}.pem`));
    const lost = await repository.bash("git status");
    expect(lost.decision).toBe("deny");
    expect(lost.reason).toContain(gate);
  });
});
