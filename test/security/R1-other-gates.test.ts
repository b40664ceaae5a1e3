import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { approvedPolicy } from "../../src/app/approved-policy.ts";
import { openState } from "../../src/app/open-state.ts";
import * as others from "../../src/app/other-gates.ts";
import { openKeyring } from "../../src/trust/keyring.ts";
import type { Governed } from "../fixtures/governed-repository.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { cloneOf, sharedRepository } from "../fixtures/two-people.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R1: what another enrolled gate used counts as of the last fetch, once, and is not forgotten when its ref is taken
// away. Only a ledger that the gate itself signed says so.

const gateOf = (at: Governed): string => JSON.parse(at.ok("status", "--json")).gate;

const used = (at: Governed): Record<string, [number, number]> =>
  Object.fromEntries(
    JSON.parse(at.ok("budget", "--agent", "coder", "--json")).map(
      (each: { id: string; used: number; limit: number }) => [each.id, [each.used, each.limit]],
    ),
  );

/** What the ledgers of others in this repository say was used. */
async function elsewhere({ OtherGates }: typeof others, at: Governed): Promise<number> {
  const state = await openState(at.directory, at.environment);
  try {
    const { set, files } = await approvedPolicy(state);
    const gates = new OtherGates(state, async () => (await openKeyring(set.trust, files)).gates);
    return (await gates.recall(set, Date.now())).latest("coder", { budget: "night", window: "total" });
  } finally {
    state.close();
  }
}

test("R1: two gates count each other's use after a sync, and split limits without; forged and missing ledgers change nothing", async () => {
  const { owner, url, fingerprint } = sharedRepository();
  const clone = cloneOf(url);
  clone.ok("init", "--fingerprint", fingerprint);
  clone.ok("agent", "add", "coder", "--client", "claude-code");
  const { branch } = JSON.parse(clone.ok("gate", "request", "--json"));
  clone.git("push", "-q", "origin", branch);
  owner.git("fetch", "-q", "origin");
  owner.ok("policy", "merge", branch);
  const [here, there] = [gateOf(owner), gateOf(clone)];
  const file = join(scratchDirectory(), "coder.yaml");
  const budgets = [
    "{ id: night, unit: calls, limit: 5, window: total }",
    `{ id: wide, unit: files, limit: 5, window: total, share: { ${here}: 60, ${there}: 20 } }`,
  ];
  const lines = budgets.map((line) => `  - ${line}\n`).join("");
  writeFileSync(file, `version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\nbudgets:\n${lines}`);
  owner.ok("policy", "propose", "budgets", "--from-file", file, "--as", "agents/coder.yaml");
  expect(owner.ok("policy", "plan", "budgets")).toContain("5 files in all (split: ");
  owner.ok("policy", "merge", "budgets");
  owner.git("push", "-q", "origin", "main");
  clone.git("pull", "-q");

  const allowed = async (at: Governed, command: string): Promise<string> => (await at.bash(command)).decision;
  expect(await allowed(clone, "touch a")).toBe("allow");
  expect((await clone.bash("touch b")).reason).toMatch(
    /allows 1 file in all \(split: .* 1 is used and this takes 1/,
  );
  expect(await allowed(clone, "git status")).toBe("allow");
  expect(await allowed(owner, "touch a b")).toBe("allow");
  const ledger = `refs/mirror/ledger/${there}`;
  clone.ok("status");
  owner.git("fetch", "-q", clone.directory, `${ledger}:${ledger}`);
  // Of the split one each counts its own.
  expect(used(owner)).toEqual({ night: [3, 5], wide: [2, 3] });
  expect(await allowed(owner, "git status")).toBe("allow");
  expect(await allowed(owner, "git status")).toBe("allow");
  expect((await owner.bash("git status")).reason).toMatch(/5 are used \(2 by other gates\) and this takes 1/);
  owner.ok("status");
  // And back: what the owner's gate says of this one is not counted a second time. A remote's copy does as well.
  clone.git(
    "fetch",
    "-q",
    owner.directory,
    `refs/mirror/ledger/${here}:refs/remotes/origin/mirror/ledger/${here}`,
  );
  expect(used(clone)).toEqual({ night: [5, 5], wide: [1, 1] });
  expect((await clone.bash("git status")).reason).toContain("(3 by other gates)");

  // A ref that is taken away, or a ledger that its gate did not sign, changes nothing, also behind a restart.
  const { tree, message } = {
    tree: clone.git("rev-parse", `refs/remotes/origin/mirror/ledger/${here}^{tree}`),
    message: clone.git("log", "-1", "--format=%B", `refs/remotes/origin/mirror/ledger/${here}`),
  };
  clone.git("update-ref", "-d", `refs/remotes/origin/mirror/ledger/${here}`);
  clone.mirror("daemon", "stop");
  expect((await clone.bash("git status")).reason).toContain("(3 by other gates)");
  expect(used(clone)["night"]).toEqual([5, 5]);
  clone.git("update-ref", `refs/mirror/ledger/${here}`, clone.git("commit-tree", "-m", message, tree));
  expect(await elsewhere(others, clone)).toBe(0);
  const believing = await moduleWithout<typeof others>(
    "src/app/other-gates.ts",
    { file: "src/app/other-gates.ts", text: "if (signature === null) return null;", by: "" },
    { file: "src/app/other-gates.ts", text: 'if (status !== "good") return null;', by: "" },
    {
      file: "src/app/other-gates.ts",
      text: "verifySignature(payload, signature, [key], { now: null })",
      by: "{ status: payload === signature }",
    },
  );
  expect(await elsewhere(believing, clone)).toBe(3);
  for (const at of [owner, clone])
    expect(JSON.parse(at.ok("verify", "--json"))).toMatchObject({ ok: true, problems: [] });
});
