import { expect, test } from "vitest";
import { policySetDigest } from "../../src/trust/policy-digest.ts";
import { approvalStatement } from "../../src/trust/statement.ts";
import { lineageOf, person, policyFile, policySet, World } from "../trust/world.ts";

// An approval is good for one step, once, in one repository.
const [ada, bob, eve] = [person("ada"), person("bob"), person("eve")];
const signers = [ada, bob];
const rule = (id: string): string =>
  policyFile(`{ id: ${id}, verdict: deny, action: shell.exec, command: ['${id} ...'] }`);
const base = policySet({ signers });
const next = policySet({ signers, files: { "policies/base.yaml": rule("a") } });
const third = policySet({ signers, files: { "policies/base.yaml": rule("b") } });

test("it moves the lineage it names, in the repository it was made for", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const merge = world.approvingMerge(genesis.lineage, next, ada);
  const walk = await world.walk(genesis);
  expect(walk.lineage).toEqual(lineageOf(genesis.lineage, next));
  expect(walk).toMatchObject({ commit: merge.id, open: null, forks: [], problems: [] });
  expect(walk.adopted).toEqual([
    expect.objectContaining({
      parent: genesis.lineage,
      commit: merge.id,
      approvedBy: ["ada"],
      evidence: { commits: [merge.id], trees: [merge.tree] },
    }),
  ]);
});

test("in another repository with the same policy set it moves nothing", async () => {
  const [here, there] = [new World(), new World()];
  const genesis = here.genesis(base, ada);
  const stranger = there.genesis(policySet({ signers: [ada, bob] }), ada);
  // The same files and the same person, but the message, and so the genesis commit, differs.
  const digest = policySetDigest(base);
  const other = there.commit({
    set: base,
    by: ada,
    message: `again\n\nMirror-Genesis: v1 sha256:${digest}\n`,
  });
  expect(other.id).not.toBe(genesis.lineage.genesis);
  const elsewhere = {
    ...stranger,
    lineage: { ...lineageOf(stranger.lineage), genesis: other.id, lineage: "0".repeat(64) },
  };
  here.approvingMerge(elsewhere.lineage, next, ada);
  const walk = await here.walk(genesis);
  expect(walk.adopted).toEqual([]);
  expect(walk.problems).toMatchObject([{ code: "fork", message: expect.stringContaining("by ada") }]);
});

test("once used, it does not bring its set back", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approvingMerge(genesis.lineage, next, ada);
  world.approvingMerge(lineageOf(genesis.lineage, next), third, ada);
  // The first merge is merged again, on top of everything.
  world.plainMerge(next, ada);
  const walk = await world.walk(genesis);
  expect(walk.lineage).toEqual(lineageOf(genesis.lineage, next, third));
});

test("with the epoch of one lineage and the hash of another it approves nothing", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const lines = approvalStatement(policySetDigest(next), 1, genesis.lineage.lineage);
  world.plainMerge(next, ada, `Merge\n\n${lines}\n`);
  expect((await world.walk(genesis)).adopted).toEqual([]);
});

test("on a commit that holds another set it approves nothing", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const lines = approvalStatement(policySetDigest(next), 0, genesis.lineage.lineage);
  const wrong = world.plainMerge(third, ada, `Merge\n\n${lines}\n`);
  const none = world.plainMerge(null, ada, `Merge\n\n${lines}\n`);
  world.plainMerge(next);
  const walk = await world.walk(genesis);
  expect(walk.adopted).toEqual([]);
  expect(walk.problems.map(({ code, commit }) => [code, commit]).sort()).toEqual(
    [wrong, none].map(({ id }) => ["other-policy-set", id]).sort(),
  );
});

test("unsigned, or signed by a key that is no signer's, it approves nothing", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approvingMerge(genesis.lineage, next, null);
  world.approvingMerge(genesis.lineage, next, eve);
  const walk = await world.walk(genesis);
  expect(walk.adopted).toEqual([]);
  expect(walk.problems.map(({ code }) => code).sort()).toEqual(["unknown-key", "unsigned"]);
});

test("a signer whom only the new set names cannot approve it", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approvingMerge(genesis.lineage, policySet({ signers: [eve] }), eve);
  const walk = await world.walk(genesis);
  expect(walk.adopted).toEqual([]);
  expect(walk.problems).toMatchObject([{ code: "unknown-key" }]);
});

test("an approval commit carries it as well as the merge; the merge may be anybody's", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const approval = world.approve(genesis.lineage, next, ada);
  expect((await world.walk(genesis)).pending).toMatchObject([
    { approvedBy: ["ada"], judgement: { met: true } },
  ]);
  const merge = world.plainMerge(next, eve);
  const walk = await world.walk(genesis);
  expect(walk.adopted).toMatchObject([
    {
      commit: merge.id,
      approvedBy: ["ada"],
      evidence: { commits: [approval.id, merge.id].sort(), trees: [approval.tree, merge.tree].sort() },
    },
  ]);
});

test("a commit with one parent, or with one parent twice, is no merge", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approve(genesis.lineage, next, ada, ["a".repeat(40)]);
  world.approve(genesis.lineage, next, ada, ["a".repeat(40), "a".repeat(40)]);
  world.approve(genesis.lineage, next, ada, []);
  expect((await world.walk(genesis)).adopted).toEqual([]);
});
