import { expect, test } from "vitest";
import { firstLineage, policySetDigest } from "../../src/trust/policy-digest.ts";
import { approvalStatement } from "../../src/trust/statement.ts";
import { anyBaseWillDo, type Mirror, worldWithout } from "../trust/cuts.ts";
import * as real from "../trust/world.ts";

const { lineageOf, person, policyFile, policySet, World } = real;

// An approval is good for one step, once, in one repository.
const [ada, bob, eve] = [person("ada"), person("bob"), person("eve")];
const signers = [ada, bob];
const rule = (id: string): string =>
  policyFile(`{ id: ${id}, verdict: deny, action: shell.exec, command: ['${id} ...'] }`);
const base = policySet({ signers });
const files = { "policies/base.yaml": rule("a") };
const more = { "policies/base.yaml": rule("b") };
const next = policySet({ signers, files });
const third = policySet({ signers, files: more });

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
  const attack = ({ World }: Mirror) => {
    const [here, there] = [new World(), new World()];
    const genesis = here.genesis(base, ada);
    // The same files and the same person, but the message, and so the genesis commit, differs.
    const line = `Mirror-Genesis: v1 sha256:${policySetDigest(base)}`;
    const other = there.commit({ set: base, by: ada, message: `again\n\n${line}\n` });
    expect(other.id).not.toBe(genesis.lineage.genesis);
    const lineage = firstLineage(other.id, policySetDigest(base));
    here.approvingMerge({ ...genesis.lineage, genesis: other.id, lineage }, next, ada);
    return here.walk(genesis);
  };
  const walk = await attack(real);
  expect(walk.adopted).toEqual([]);
  expect(walk.problems).toMatchObject([{ code: "fork", message: expect.stringContaining("by ada") }]);
  expect((await attack(await worldWithout(...anyBaseWillDo))).files).toBe(next);
});

test("once used, it does not bring its set back", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.approvingMerge(genesis.lineage, next, ada);
    const second = lineageOf(genesis.lineage, next);
    const { id } = world.approvingMerge(second, third, ada);
    // The first merge is merged again, on top of everything.
    world.plainMerge(next, ada);
    return world.walk({ commit: id, files: third, lineage: lineageOf(second, third) });
  };
  expect((await attack(real)).files).toBe(third);
  expect((await attack(await worldWithout(...anyBaseWillDo))).files).toBe(next);
});

test("with the epoch of one lineage and the hash of another it approves nothing", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    const lines = approvalStatement(policySetDigest(next), 1, genesis.lineage.lineage);
    world.plainMerge(next, ada, `Merge\n\n${lines}\n`);
    return world.walk(genesis);
  };
  expect((await attack(real)).adopted).toEqual([]);
  expect((await attack(await worldWithout(...anyBaseWillDo))).adopted).toHaveLength(1);
});

test("on a commit that holds another set it approves nothing", async () => {
  const both = { signers, roles: { policies: { signers, threshold: 2 } } };
  const [from, to, other] = [
    policySet(both),
    policySet({ ...both, files }),
    policySet({ ...both, files: more }),
  ];
  const attack = async ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(from, ada);
    // Bob read what he approved. Ada's statement stands on commits that show something else, or nothing.
    world.approvingMerge(genesis.lineage, to, bob);
    const lines = approvalStatement(policySetDigest(to), 0, genesis.lineage.lineage);
    const wrong = world.plainMerge(other, ada, `Merge\n\n${lines}\n`);
    const none = world.plainMerge(null, ada, `Merge\n\n${lines}\n`);
    return { walk: await world.walk(genesis), wrong, none };
  };
  const { walk, wrong, none } = await attack(real);
  expect(walk.adopted).toEqual([]);
  expect(walk.problems.map(({ code, commit }) => [code, commit]).sort()).toEqual(
    [wrong, none].map(({ id }) => ["other-policy-set", id]).sort(),
  );
  const cut = { file: "src/trust/steps.ts", text: "if (held !== digest) {", by: "if (digest === null) {" };
  expect((await attack(await worldWithout(cut))).walk.files).toBe(to);
});

test("unsigned, or signed by a key that is no signer's, it approves nothing", async () => {
  const attack = async ({ World }: Mirror, by: real.Person | null) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.approvingMerge(genesis.lineage, next, by);
    return await world.walk(genesis);
  };
  const cut = {
    file: "src/trust/signed-statements.ts",
    text: 'if ("signer" in found) signed.push({ ...statement, signer: found.signer });',
    by: 'if (found) signed.push({ ...statement, signer: "ada" });',
  };
  for (const [by, code] of [
    [null, "unsigned"],
    [eve, "unknown-key"],
  ] as const) {
    expect(await attack(real, by)).toMatchObject({ adopted: [], problems: [{ code }] });
    expect((await attack(await worldWithout(cut), by)).files).toBe(next);
  }
});

test("a signer whom only the new set names cannot approve it", async () => {
  const mine = policySet({ signers: [eve] });
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.approvingMerge(genesis.lineage, mine, eve);
    return world.walk(genesis);
  };
  expect(await attack(real)).toMatchObject({ adopted: [], problems: [{ code: "unknown-key" }] });
  const judgedByItself = await worldWithout(
    {
      file: "src/trust/steps.ts",
      text: "keepSigned(onParent, base.keyring, at, problems)",
      by: `(await Promise.all(onParent.map(async (approval) => {
        const proposed = await sets.usable(await sets.digestOf(approval.commit.tree));
        return keepSigned([approval], proposed.keyring, at, problems);
      }))).flat()`,
    },
    {
      file: "src/trust/steps.ts",
      text: "judgeChange(base, next,",
      by: "judgeChange({ ...next, files: base.files }, next,",
    },
  );
  expect((await attack(judgedByItself)).files).toBe(mine);
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
  const [one, other] = ["a".repeat(40), "b".repeat(40)];
  const attack = ({ World }: Mirror, parents: readonly string[]) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.approve(genesis.lineage, next, ada, parents);
    return world.walk(genesis);
  };
  expect((await attack(real, [one, other])).files).toBe(next);
  const anyCommitIsAMerge = await worldWithout(
    {
      file: "src/trust/candidates.ts",
      text: "bytes[secondParentAt] === letterP",
      by: "secondParentAt > letterP - 99",
    },
    { file: "src/trust/candidates.ts", text: "if (new Set(parents).size >= 2) ", by: "" },
  );
  for (const parents of [[one], [one, one], []]) {
    expect((await attack(real, parents)).adopted).toEqual([]);
    expect((await attack(anyCommitIsAMerge, parents)).files).toBe(next);
  }
});
