import { describe, expect, test } from "vitest";
import type { Lineage } from "../../src/model/lineage.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import { settlementStatement } from "../../src/trust/statement.ts";
import type { ApprovedSet } from "../../src/trust/walk.ts";
import { anyBaseWillDo, type Mirror, worldWithout } from "../trust/cuts.ts";
import * as real from "../trust/world.ts";

const { lineageOf, person, policyFile, policySet, World } = real;

const [ada, bob, cyn] = [person("ada"), person("bob"), person("cyn")];
const signers = [ada, bob, cyn];
const roles = { trust: { signers: [ada, bob], threshold: 2 }, policies: { signers } };
const rule = (id: string): string =>
  policyFile(`{ id: ${id}, verdict: deny, action: shell.exec, command: ['${id} ...'] }`);
const set = (id: string): PolicySetFiles =>
  policySet({ signers, roles, files: { "policies/base.yaml": rule(id) } });
const base = policySet({ signers, roles });
const [left, right] = [set("left"), set("right")];

interface Forked {
  readonly world: real.World;
  readonly genesis: ApprovedSet;
  settle(by: real.Person, child: Lineage, parent?: Lineage): real.MadeCommit;
}

function fork({ World }: Mirror = real): Forked {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.approvingMerge(genesis.lineage, left, ada);
  world.approvingMerge(genesis.lineage, right, cyn);
  const settle = (by: real.Person, child: Lineage, parent: Lineage = genesis.lineage): real.MadeCommit =>
    world.commit({
      set: null,
      by,
      message: `settle\n\n${settlementStatement(parent.epoch, parent.lineage, child.lineage)}\n`,
    });
  return { world, genesis, settle };
}

describe("two valid steps from the pinned lineage", () => {
  test("end the walk there, and both are named", async () => {
    const { world, genesis } = fork();
    const walk = await world.walk(genesis);
    const children = [lineageOf(genesis.lineage, left), lineageOf(genesis.lineage, right)];
    expect(walk.lineage).toEqual(genesis.lineage);
    expect(walk.adopted).toEqual([]);
    expect(walk.open).toMatchObject({ parent: genesis.lineage, taken: null });
    expect(walk.open?.steps.map(({ child }) => child.lineage)).toEqual(
      children.map(({ lineage }) => lineage).sort(),
    );
    expect(walk.forks).toEqual([walk.open]);
    const firstComeFirstServed = fork(
      await worldWithout({
        file: "src/trust/walk.ts",
        text: "if (wanted === null) return more.length > 0 ? null : (only ?? null);",
        by: "if (wanted === null) return only ?? null;",
      }),
    );
    const taken = await firstComeFirstServed.world.walk(firstComeFirstServed.genesis);
    expect(taken.adopted).toHaveLength(1);
  });

  test("are settled by enough signers of the parent's trust role, and the evidence says so", async () => {
    const { world, genesis, settle } = fork();
    const child = lineageOf(genesis.lineage, right);
    const one = settle(ada, child);
    expect((await world.walk(genesis)).open).not.toBe(null);
    const two = settle(bob, child);
    const walk = await world.walk(genesis);
    expect(walk.lineage).toEqual(child);
    expect(walk).toMatchObject({ open: null, forks: [{ taken: child.lineage }] });
    expect(walk.adopted[0]?.evidence.commits).toEqual(expect.arrayContaining([one.id, two.id]));
  });

  test("are not settled by one signer twice, by another role, or by nobody", async () => {
    const attack = (mirror: Mirror) => {
      const { world, genesis, settle } = fork(mirror);
      const child = lineageOf(genesis.lineage, right);
      settle(ada, child);
      settle(ada, child);
      settle(cyn, child);
      settle(person("eve"), child);
      return world.walk(genesis);
    };
    expect((await attack(real)).open).not.toBe(null);
    const anyTwo = await worldWithout({
      file: "src/trust/settlements.ts",
      text: 'meetsRole("trust", base.set, new Set(group.map(({ signer }) => signer)))',
      by: "group.length > 1",
    });
    expect((await attack(anyTwo)).files).toBe(right);
  });

  test("are not settled for another parent or epoch", async () => {
    const attack = (mirror: Mirror, parent: (genesis: Lineage) => Lineage) => {
      const { world, genesis, settle } = fork(mirror);
      for (const by of [ada, bob]) settle(by, lineageOf(genesis.lineage, right), parent(genesis.lineage));
      return world.walk(genesis);
    };
    const anyParent = await worldWithout({
      file: "src/trust/settlements.ts",
      text: `(candidates.settlements.get(parent.lineage) ?? []).filter(
    ({ statement }) => statement.epoch === parent.epoch,
  )`,
      by: "[...candidates.settlements.values()].flat()",
    });
    for (const parent of [
      (genesis: Lineage) => ({ ...genesis, epoch: 1 }),
      (genesis: Lineage) => lineageOf(genesis, left),
    ]) {
      expect((await attack(real, parent)).open).not.toBe(null);
      expect((await attack(anyParent, parent)).files).toBe(right);
    }
  });

  test("stay open when they are settled twice, differently", async () => {
    const attack = (mirror: Mirror) => {
      const { world, genesis, settle } = fork(mirror);
      for (const by of [ada, bob]) {
        settle(by, lineageOf(genesis.lineage, left));
        settle(by, lineageOf(genesis.lineage, right));
      }
      return world.walk(genesis);
    };
    const walk = await attack(real);
    expect(walk.open).not.toBe(null);
    expect(walk.problems).toMatchObject([{ code: "conflicting-settlements" }]);
    const cut = {
      file: "src/trust/settlements.ts",
      text: "if (second !== undefined) {",
      by: "if (second === null) {",
    };
    expect((await attack(await worldWithout(cut))).adopted).toHaveLength(1);
  });

  test("are settled by the child the person named", async () => {
    const { world, genesis } = fork();
    const child = lineageOf(genesis.lineage, left);
    const chosen = new Map([[genesis.lineage.lineage, child.lineage]]);
    expect((await world.walk(genesis, { chosen })).lineage).toEqual(child);
  });

  test("are not both followed: what grows on the other child is left alone", async () => {
    const { world, genesis, settle } = fork();
    world.approvingMerge(lineageOf(genesis.lineage, left), base, ada);
    settle(ada, lineageOf(genesis.lineage, right));
    settle(bob, lineageOf(genesis.lineage, right));
    const walk = await world.walk(genesis);
    expect(walk.lineage).toEqual(lineageOf(genesis.lineage, right));
    expect(walk.problems).toMatchObject([{ code: "fork" }]);
  });
});

test("a settled child that is out of sight is not replaced by the other one", async () => {
  const attack = (mirror: Mirror) => {
    const { world, genesis, settle } = fork(mirror);
    settle(ada, lineageOf(genesis.lineage, right));
    settle(bob, lineageOf(genesis.lineage, right));
    return world.walk(genesis, { commits: world.commits.filter((_, index) => index !== 2) });
  };
  const walk = await attack(real);
  expect(walk.files).toBe(base);
  expect(walk).toMatchObject({ open: null, problems: [{ code: "settled-child-missing" }] });
  const cut = {
    file: "src/trust/walk.ts",
    text: 'problems.push({ code: "settled-child-missing", commit: only.commit, message });',
    by: "return only;",
  };
  expect((await attack(await worldWithout(cut))).files).toBe(left);
});

test("a fork further back than the pin does not stop the gate, nor move it", async () => {
  const attack = (mirror: Mirror) => {
    const { world, genesis } = fork(mirror);
    const lineage = lineageOf(genesis.lineage, left);
    return world.walk({ commit: "a".repeat(40), files: left, lineage });
  };
  const walk = await attack(real);
  expect(walk.files).toBe(left);
  expect(walk).toMatchObject({ adopted: [], open: null });
  expect((await attack(await worldWithout(...anyBaseWillDo))).adopted).not.toEqual([]);
});

test("one set merged twice is one step", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const merges = [
    world.approvingMerge(genesis.lineage, left, ada),
    world.approvingMerge(genesis.lineage, left, cyn),
  ];
  const walk = await world.walk(genesis);
  expect(walk.forks).toEqual([]);
  expect(walk.adopted).toHaveLength(1);
  expect(merges.map(({ id }) => id)).toContain(walk.commit);
});
