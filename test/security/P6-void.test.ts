import { expect, test } from "vitest";
import { policySetDigest } from "../../src/trust/policy-digest.ts";
import { approvalStatement, settlementStatement } from "../../src/trust/statement.ts";
import { anyBaseWillDo, type Mirror, signatureIsEnough, worldWithout } from "../trust/cuts.ts";
import * as real from "../trust/world.ts";

const { lineageOf, person, policyFile, policySet, World } = real;

// Adopting the same set at a new epoch kills every open approval. It takes the trust role, and nothing short of
// an approval that names the set and the base does it: ordinary merges move nothing.
const [ada, bob] = [person("ada"), person("bob")];
const signers = [ada, bob];
const roles = { policies: { signers } };
const base = policySet({ signers, roles });
const open = policySet({
  signers,
  roles,
  files: {
    "policies/base.yaml": policyFile("{ id: a, verdict: allow, action: shell.exec, command: ['ls'] }"),
  },
});

test("an ordinary merge moves nothing, signed or not", async () => {
  const attack = async ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.plainMerge(base);
    world.plainMerge(base, ada);
    return { world, walk: await world.walk(genesis) };
  };
  const { world, walk } = await attack(real);
  expect(walk).toMatchObject({ lineage: { epoch: 0 }, adopted: [], pending: [] });
  expect(world.loads).toEqual([]);
  expect((await attack(await worldWithout(...signatureIsEnough))).walk.lineage.epoch).toBe(1);
});

test("the trust role voids: same set, next epoch, and an approval that was open is dead", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approve(genesis.lineage, open, bob);
  const voiding = world.approvingMerge(genesis.lineage, base, ada);
  const walk = await world.walk(genesis);
  expect(walk.lineage).toEqual(lineageOf(genesis.lineage, base));
  expect(walk.adopted).toMatchObject([
    { commit: voiding.id, approvedBy: ["ada"], judgement: { widens: false } },
  ]);
  // Merged only now: the epoch it was approved on is gone.
  world.plainMerge(open, bob);
  const pinned = { commit: walk.commit, files: walk.files, lineage: walk.lineage };
  expect((await world.walk(pinned)).lineage).toEqual(walk.lineage);
  const without = new (await worldWithout(...anyBaseWillDo)).World();
  for (const tree of world.trees) without.trees.set(...tree);
  const { adopted } = await without.walk(pinned, { commits: world.commits });
  expect(adopted[0]?.child.digest).toBe(policySetDigest(open));
});

test("a void that settles, too, holds for those who come later and see both", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const { epoch, lineage } = genesis.lineage;
  const child = lineageOf(genesis.lineage, base);
  const lines = [
    approvalStatement(child.digest, epoch, lineage),
    settlementStatement(epoch, lineage, child.lineage),
  ];
  world.plainMerge(base, ada, `Void\n\n${lines.join("\n")}\n`);
  world.approvingMerge(genesis.lineage, open, bob);
  const walk = await world.walk(genesis);
  expect(walk).toMatchObject({ lineage: child, open: null, forks: [{ taken: child.lineage }] });
});

test("another role cannot void", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.approvingMerge(genesis.lineage, base, bob);
    return world.walk(genesis);
  };
  expect(await attack(real)).toMatchObject({
    adopted: [],
    pending: [
      {
        approvedBy: ["bob"],
        judgement: { met: false, roles: [{ role: "trust", needed: 1, have: [], missing: ["ada"] }] },
      },
    ],
  });
  const cut = {
    file: "src/trust/thresholds.ts",
    text: 'if (changes.length === 0) owned.set("trust", { paths: [], widens: false });',
    by: "",
  };
  expect((await attack(await worldWithout(cut))).lineage.epoch).toBe(1);
});
