import { expect, test } from "vitest";
import { parsePolicySet } from "../../src/model/documents.ts";
import { checkGenesis } from "../../src/trust/genesis.ts";
import { PolicyWalk } from "../../src/trust/walk.ts";
import { person, policyFile, policySet, World } from "../trust/world.ts";

// An object overwritten in place under its old name is a named error wherever trust would read it.
const ada = person("ada");
const base = policySet({ signers: [ada] });
const next = policySet({
  signers: [ada],
  files: { "policies/base.yaml": policyFile("{ id: a, verdict: deny, action: unknown }") },
});

test("a statement or a merge under another id is refused", () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const merge = world.approvingMerge(genesis.lineage, next, ada);
  const walk = new PolicyWalk(world.source, parsePolicySet);
  const corrupt = expect.objectContaining({ code: "corrupt-object" });
  expect(() => walk.add("a".repeat(40), merge.raw)).toThrow(corrupt);
  expect(() => walk.add("a".repeat(40), world.plainMerge(next).raw)).toThrow(corrupt);
});

test("a policy set that is not the pinned one is refused", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  await expect(world.walk({ ...genesis, files: next })).rejects.toMatchObject({ code: "invalid-policy-set" });
});

test("a genesis under another id is refused", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const raw = world.commits[0]?.raw ?? new Uint8Array(0);
  expect(await checkGenesis(raw, "a".repeat(40), base, parsePolicySet)).toMatchObject({
    status: "failed",
    failure: "other-commit",
  });
  expect((await checkGenesis(raw, genesis.commit, base, parsePolicySet)).status).toBe("good");
});

test("a tree that cannot be read stops the walk instead of being passed over", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const merge = world.approvingMerge(genesis.lineage, next, ada);
  world.trees.delete(merge.tree);
  await expect(world.walk(genesis)).rejects.toThrow(`no tree ${merge.tree}`);
});
