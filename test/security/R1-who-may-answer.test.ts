import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Governed, Ran } from "../fixtures/governed-repository.ts";
import { cloneOf, sharedRepository } from "../fixtures/two-people.ts";
import { mirrorWithout } from "../fixtures/without-rule.ts";

// TRUST R1: which gate decided and who was there to answer are among what decided, so that whoever verifies a ledger
// holds it to `unenrolled` and `unattended` in mirror.yaml.
const decide = "src/policy/decide.ts";
const answersAnyway = [
  {
    file: decide,
    text: "if (compiled.unenrolledGate !== null) {",
    by: "if (compiled.unenrolledGate === '-') {",
  },
  {
    file: decide,
    text: 'if (verdict !== "ask" || unattended === undefined || !binding.deniesUnattended) return judgement;',
    by: "if (judgement !== null) return judgement;",
  },
] as const;

const { owner, url, fingerprint } = sharedRepository("strict");
const nobody = { permission_mode: "dontAsk" };

/** Runs the real `mirror` on what another one left. */
function realVerify({ directory, environment }: Governed): Ran {
  const mirror = join(import.meta.dirname, "../../dist/bin/mirror.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [mirror, "verify"], {
    cwd: directory,
    env: environment,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

function joined(binary?: string): Governed {
  const clone = cloneOf(url, binary === undefined ? {} : { binary });
  clone.ok("init", "--fingerprint", fingerprint);
  clone.ok("agent", "add", "coder", "--client", "claude-code");
  return clone;
}

test("R1: an ask that nobody is there to answer is denied, and says so", async () => {
  expect((await owner.bash("printenv")).decision).toBe("ask");
  for (const mode of ["dontAsk", "bypassPermissions", "auto", "some new mode"]) {
    const { decision, reason } = await owner.bash("printenv", { permission_mode: mode });
    expect(decision).toBe("deny");
    expect(reason).toContain("base/whole-environment asks, and nobody is there to answer");
    expect(reason).toMatch(
      /do it in a session where a person answers, or have a rule allow it \(gate\/unattended\)/,
    );
  }
  expect((await owner.bash("git status", nobody)).decision).toBe("allow");
  expect(owner.ok("verify")).toContain("6 decisions decided again with the same answer");
});

test("R1: the gate of a clone denies every call until a signer enrols it", async () => {
  const clone = joined();
  const { decision, reason } = await clone.bash("git status");
  expect(decision).toBe("deny");
  expect(reason).toMatch(/is not enrolled .*`mirror gate request`.*\(gate\/unenrolled\)/);
  expect(clone.mirror("status").stdout).toMatch(/problem.*denies every call; run `mirror gate request`/);
  expect(clone.ok("verify")).toContain("1 decisions decided again with the same answer");

  const { branch } = JSON.parse(clone.ok("gate", "request", "--json"));
  clone.git("push", "-q", "origin", branch);
  owner.git("fetch", "-q", "origin");
  expect(owner.ok("policy", "plan", branch)).toContain("It permits more");
  owner.ok("policy", "merge", branch);
  owner.git("push", "-q", "origin", "main");
  clone.git("pull", "-q", "--ff-only");
  expect((await clone.bash("git status")).decision).toBe("allow");
  expect(clone.ok("verify")).toContain("2 decisions decided again with the same answer");
});

test("R1: a gate that answers all the same is found out by whoever verifies", async () => {
  const clone = joined(await mirrorWithout(...answersAnyway));
  expect((await clone.bash("git status")).decision).toBe("allow");
  expect((await clone.bash("printenv", nobody)).decision).toBe("ask");
  expect(clone.mirror("verify").code).toBe(0);
  const found = realVerify(clone);
  expect(found.code).toBe(4);
  expect(found.stdout).toMatch(/decision-differs.*it says `allow`; deciding again gives `deny`/);
  expect(found.stdout).toMatch(/decision-differs.*it says `ask`; deciding again gives `deny`/);
});
