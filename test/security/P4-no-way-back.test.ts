import fc from "fast-check";
import { expect, test } from "vitest";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import { lastMergeDecides, type Mirror, worldWithout } from "../trust/cuts.ts";
import * as real from "../trust/world.ts";

const { lineageOf, person, policyFile, policySet, World } = real;

// The gate walks forward from what it has pinned. Old checkouts, reverts, re-merges, force-pushes and the order
// of commits never bring an older set back, and a revoked signer's longer line is never followed.
const [ada, bob] = [person("ada"), person("bob")];
const rule = (id: string): string =>
  policyFile(`{ id: ${id}, verdict: deny, action: shell.exec, command: ['${id} ...'] }`);
const base = policySet({ signers: [ada] });
const next = policySet({ signers: [ada], files: { "policies/base.yaml": rule("a") } });
const third = policySet({ signers: [ada], files: { "policies/base.yaml": rule("b") } });

test("a revert by a merge that nobody approved anew changes nothing, and no more does merging it again", async () => {
  const attack = async ({ World }: Mirror, ...merged: PolicySetFiles[]) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.approvingMerge(genesis.lineage, next, ada);
    const then = lineageOf(genesis.lineage, next);
    world.approvingMerge(then, third, ada);
    for (const each of merged) world.plainMerge(each, ada, "Revert, or merge again\n");
    return (await world.walk(genesis)).files;
  };
  const without = await worldWithout(lastMergeDecides);
  for (const merged of [[base], [base, next], [next]]) {
    expect(await attack(real, ...merged)).toBe(third);
    expect(await attack(without, ...merged)).toBe(merged.at(-1));
  }
});

test("a revert that is approved is a step of its own, and the first set can come again after it", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approvingMerge(genesis.lineage, next, ada);
  world.approvingMerge(lineageOf(genesis.lineage, next), base, ada);
  world.approvingMerge(lineageOf(genesis.lineage, next, base), next, ada);
  const walk = await world.walk(genesis);
  expect(walk.lineage).toEqual(lineageOf(genesis.lineage, next, base, next));
  expect(walk.lineage.epoch).toBe(3);
});

test("from the pin, an older line is not seen at all", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    const first = world.approvingMerge(genesis.lineage, next, ada);
    const pinned = { commit: first.id, files: next, lineage: lineageOf(genesis.lineage, next) };
    // Force-pushed back to before, and grown from there.
    const old = new World();
    for (const tree of world.trees) old.trees.set(...tree);
    old.approvingMerge(genesis.lineage, third, ada);
    old.approvingMerge(lineageOf(genesis.lineage, third), base, ada);
    old.approvingMerge(lineageOf(genesis.lineage, third, base), third, ada);
    return old.walk(pinned);
  };
  const walk = await attack(real);
  expect(walk).toMatchObject({ adopted: [], open: null, problems: [{ code: "fork" }, { code: "fork" }] });
  expect(walk.files).toBe(next);
  expect((await attack(await worldWithout(lastMergeDecides))).files).toBe(third);
});

test("a signer who was removed cannot carry on, however long the line", async () => {
  const both = policySet({ signers: [ada, bob], roles: { trust: { signers: [ada, bob] } } });
  const without = policySet({ signers: [ada] });
  const mine = policySet({ signers: [bob] });
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(both, ada);
    const removal = world.approvingMerge(genesis.lineage, without, ada);
    const pinned = { commit: removal.id, files: without, lineage: lineageOf(genesis.lineage, without) };
    // Bob grows his own line from before, and tries on the new one, too.
    world.approvingMerge(genesis.lineage, mine, bob);
    for (let at = lineageOf(genesis.lineage, mine); at.epoch < 9; at = lineageOf(at, mine))
      world.approvingMerge(at, mine, bob);
    world.approvingMerge(pinned.lineage, mine, bob);
    return world.walk(pinned);
  };
  const walk = await attack(real);
  expect(walk.files).toBe(without);
  expect(new Set(walk.problems.map(({ code }) => code))).toEqual(new Set(["fork", "unknown-key"]));
  expect((await attack(await worldWithout(lastMergeDecides))).files).toBe(mine);
});

test("where a walk ends does not depend on the order of the commits", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const line = [next, third, base, third, next];
  for (const [index, set] of line.entries()) {
    const at = lineageOf(genesis.lineage, ...line.slice(0, index));
    world.approve(at, set, ada);
    world.plainMerge(set, bob);
  }
  const expected = await world.walk(genesis);
  expect(expected.lineage).toEqual(lineageOf(genesis.lineage, ...line));
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(world.commits, { minLength: world.commits.length }),
      async (commits) => {
        expect(await world.walk(genesis, { commits })).toEqual(expected);
      },
    ),
    { numRuns: 20 },
  );
  const without = new (await worldWithout(lastMergeDecides)).World();
  for (const tree of world.trees) without.trees.set(...tree);
  const most = world.commits.slice(0, -2);
  const forth = await without.walk(genesis, { commits: most });
  const back = await without.walk(genesis, { commits: most.toReversed() });
  expect(back.files).not.toBe(forth.files);
});

test("a walk can be fed bit by bit", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approvingMerge(genesis.lineage, next, ada);
  world.approvingMerge(lineageOf(genesis.lineage, next), third, ada);
  const half = await world.walk(genesis, { commits: world.commits.slice(0, 2) });
  const rest = await world.walk(half, { commits: world.commits.slice(2) });
  const whole = await world.walk(genesis);
  expect({ ...rest, adopted: [...half.adopted, ...rest.adopted] }).toEqual(whole);
});
