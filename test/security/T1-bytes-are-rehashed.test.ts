import { expect, test } from "vitest";
import { parsePolicySet } from "../../src/model/documents.ts";
import { checkGenesis } from "../../src/trust/genesis.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";
import { type Mirror, worldWithout } from "../trust/cuts.ts";
import * as real from "../trust/world.ts";

// An object overwritten in place under its old name is a named error wherever trust would read it.
const { person, policyFile, policySet } = real;
const ada = person("ada");
const base = policySet({ signers: [ada] });
const next = policySet({
  signers: [ada],
  files: { "policies/base.yaml": policyFile("{ id: a, verdict: deny, action: unknown }") },
});

test("a statement or a merge under another id is refused", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    const merge = world.approvingMerge(genesis.lineage, next, ada);
    return world.walk(genesis, { commits: [{ ...merge, id: "a".repeat(40) }] });
  };
  await expect(attack(real)).rejects.toMatchObject({ code: "corrupt-object" });
  const cut = {
    file: "src/trust/candidates.ts",
    text: "if (found !== id) throw",
    by: "if (found === null) throw",
  };
  expect((await attack(await worldWithout(cut))).commit).toBe("a".repeat(40));
});

test("a policy set that is not the pinned one is refused", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    return world.walk({ ...world.genesis(base, ada), files: next });
  };
  await expect(attack(real)).rejects.toMatchObject({ code: "invalid-policy-set" });
  const digestIsNotCompared = {
    file: "src/trust/walk.ts",
    text: "if (digest !== from.lineage.digest) {",
    by: "if (digest === null) {",
  };
  // Two rules hold this: a set is also looked up by the digest that is pinned, and another is not found under it.
  await expect(worldWithout(digestIsNotCompared).then(attack)).rejects.toMatchObject({ code: "internal" });
  const anySetIsFound = {
    file: "src/trust/policy-sets.ts",
    text: "const files = this.#files.get(digest);",
    by: "const files = this.#files.get(digest) ?? [...this.#files.values()][0];",
  };
  expect((await attack(await worldWithout(digestIsNotCompared, anySetIsFound))).files).toBe(next);
});

test("a genesis under another id is refused", async () => {
  const world = new real.World();
  const genesis = world.genesis(base, ada);
  const raw = world.commits[0]?.raw ?? new Uint8Array(0);
  const id = "a".repeat(40);
  const found = await checkGenesis(raw, id, base, parsePolicySet);
  expect(found).toMatchObject({ status: "failed", failure: "other-commit" });
  expect((await checkGenesis(raw, genesis.commit, base, parsePolicySet)).status).toBe("good");
  const file = "src/trust/genesis.ts";
  const mirror = await moduleWithout<{ checkGenesis: typeof checkGenesis }>(file, {
    file,
    text: "if (found !== id) return",
    by: "if (found === null) return",
  });
  expect((await mirror.checkGenesis(raw, id, base, parsePolicySet)).status).toBe("good");
});

test("a tree that cannot be read stops the walk instead of being passed over", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    const merge = world.approvingMerge(genesis.lineage, next, ada);
    world.trees.delete(merge.tree);
    return world.walk(genesis);
  };
  await expect(attack(real)).rejects.toThrow("no tree");
  const cut = {
    file: "src/trust/policy-sets.ts",
    text: 'if (isMirrorError(error, "invalid-policy-set", "too-large")) return error;',
    by: "if (error) return null;",
  };
  // Whoever takes an object away keeps the gate at the older set, and nobody is told why.
  expect((await attack(await worldWithout(cut))).files).toBe(base);
});
