import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import type { PolicySetSource } from "../../src/trust/changes.ts";
import { openKeyring } from "../../src/trust/keyring.ts";
import * as real from "../../src/trust/thresholds.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";
import { worldWithout } from "../trust/cuts.ts";
import { forgeCertificate, forgeKey } from "../trust/forge.ts";
import { person, personWith, policyFile, policySet, type SetSpec, World } from "../trust/world.ts";

type Judge = typeof real;
type ChangeJudgement = ReturnType<Judge["judgeChange"]>;
const { judgeChange } = real;

const thresholds = "src/trust/thresholds.ts";

/** The judge of changes, a rule taken out. */
const without = (...cuts: readonly Cut[]): Promise<Judge> => moduleWithout<Judge>(thresholds, ...cuts);

const [ada, bob, cyn] = [person("ada"), person("bob"), person("cyn")];
const signers = [ada, bob, cyn];
const roles: NonNullable<SetSpec["roles"]> = {
  trust: { signers: [ada] },
  policies: { signers: [bob] },
  agents: { signers: [cyn] },
};
const base = policySet({ signers, roles });

function source(files: PolicySetFiles): PolicySetSource {
  const { set, problems } = parsePolicySet(files);
  if (set === null) throw new Error(JSON.stringify(problems));
  return { set, files };
}

function judge(files: Readonly<Record<string, string | null>>, ...approvers: string[]): ChangeJudgement {
  return judgeBy(real, files, ...approvers);
}

function judgeBy(
  mirror: Judge,
  files: Readonly<Record<string, string | null>>,
  ...approvers: string[]
): ChangeJudgement {
  return mirror.judgeChange(source(base), source(policySet({ signers, roles, files })), new Set(approvers));
}

/** The same base, its roles but `agents` owning nothing by their globs. */
function withoutGlobs(owned: PolicySetSource): PolicySetSource {
  const kept = [...owned.set.trust.roles].map(([name, role]) => {
    const paths = name === "agents" ? role.paths : [];
    return [name, { ...role, paths }] as const;
  });
  const trust = { ...owned.set.trust, roles: new Map(kept) };
  return { ...owned, set: { ...owned.set, trust } };
}

const needed = (judgement: ChangeJudgement): string[] => judgement.roles.map(({ role }) => role);
const agent = (id: string, more = ""): string =>
  `version: 1\nid: ${id}\nclients: [claude-code]\npolicies: [base]\n${more}`;
const deny = "{ id: no, verdict: deny, action: shell.exec, command: ['x ...'] }";
const allow = "{ id: yes, verdict: allow, action: shell.exec, command: ['y ...'] }";

describe("who must approve", () => {
  test("the role that owns the path, and nobody else", async () => {
    const files = { "policies/base.yaml": policyFile(deny) };
    expect(judge(files, "bob")).toEqual({
      met: true,
      widens: false,
      roles: [
        {
          role: "policies",
          paths: ["policies/base.yaml"],
          widens: false,
          needed: 1,
          have: ["bob"],
          missing: [],
          met: true,
        },
      ],
    });
    expect(judge(files, "ada", "cyn").met).toBe(false);
    const anySigner = await without({
      file: thresholds,
      text: "have.length >= needed",
      by: "approvers.size >= needed",
    });
    expect(judgeBy(anySigner, files, "ada", "cyn").met).toBe(true);
  });

  test("every role that owns a changed path", async () => {
    const files = { "policies/base.yaml": policyFile(deny), "agents/coder.yaml": null };
    const judgement = judge(files, "bob");
    expect(needed(judgement)).toEqual(["agents", "policies"]);
    expect(judgement.met).toBe(false);
    expect(judgement.roles[0]).toMatchObject({ have: [], missing: ["cyn"], met: false });
    const oneIsEnough = await without({ file: thresholds, text: "roles.every(", by: "roles.some(" });
    expect(judgeBy(oneIsEnough, files, "bob").met).toBe(true);
  });

  test("trust, for its own files whatever the globs say", async () => {
    const greedy = { ...roles, agents: { signers: [cyn], paths: ["**"] } };
    const owned = source(policySet({ signers, roles: greedy }));
    const globsDecide = await without({ file: thresholds, text: " || isTrustsOwn(change.path)", by: "" });
    for (const change of [
      policySet({ signers: [...signers, person("dan")], roles: greedy }),
      policySet({ signers, roles: greedy, files: { "mirror.yaml": "version: 1\npolicy_branch: other\n" } }),
      policySet({ signers, roles: greedy, files: { "keys/spare.pub": person("spare").publicKey } }),
    ]) {
      const judgement = judgeChange(owned, source(change), new Set(["cyn"]));
      expect(needed(judgement)).toEqual(["agents", "trust"]);
      expect(judgement.met).toBe(false);
      // `trust` still owns these by the globs that every set here has; the greedy role alone is what the rule stops.
      const noGlobs = withoutGlobs(owned);
      expect(judgeChange(noGlobs, source(change), new Set(["cyn"])).met).toBe(false);
      expect(globsDecide.judgeChange(noGlobs, source(change), new Set(["cyn"])).met).toBe(true);
    }
  });

  test("trust, for a path that nobody owns", async () => {
    const few = { ...roles, policies: { signers: [bob], paths: ["policies/other.yaml"] } };
    const changed = policySet({ signers, roles: few, files: { "policies/base.yaml": policyFile(deny) } });
    const before = source(policySet({ signers, roles: few }));
    const judgement = judgeChange(before, source(changed), new Set());
    expect(needed(judgement)).toEqual(["trust"]);
    expect(judgement.met).toBe(false);
    const nobodyIsAsked = await without({ file: thresholds, text: "roles.size === 0 || ", by: "" });
    expect(nobodyIsAsked.judgeChange(before, source(changed), new Set()).met).toBe(true);
  });

  test("trust, for prices whatever the globs say", async () => {
    const greedy = { ...roles, agents: { signers: [cyn], paths: ["prices.yaml"] } };
    const before = source(policySet({ signers, roles: greedy }));
    const priced = { ...before, files: new Map([...before.files, ["prices.yaml", Buffer.from("x")]]) };
    const judgement = judgeChange(before, priced, new Set(["cyn"]));
    expect(needed(judgement)).toEqual(["agents", "trust"]);
    expect(judgement.met).toBe(false);
    const cut = { file: thresholds, text: ' || path.startsWith("prices")', by: "" };
    expect((await without(cut)).judgeChange(before, priced, new Set(["cyn"])).met).toBe(true);
  });

  test("the roles of the base, not those of the proposal", async () => {
    const mine = source(policySet({ signers, roles: { ...roles, trust: { signers: [cyn] } } }));
    const judgement = judgeChange(source(base), mine, new Set(["cyn"]));
    expect(judgement).toMatchObject({ met: false, roles: [{ role: "trust", missing: ["ada"] }] });
    const cut = {
      file: thresholds,
      text: "judgeRole(role, paths, widens, base.set, approvers)",
      by: "judgeRole(role, paths, widens, next.set, approvers)",
    };
    expect((await without(cut)).judgeChange(source(base), mine, new Set(["cyn"])).met).toBe(true);
  });

  test("both owners of a renamed file: what goes is a change as well", async () => {
    const files = { "agents/coder.yaml": null, "agents/writer.yaml": agent("writer") };
    const judgement = judge(files);
    expect(judgement.roles.map(({ role, paths }) => [role, paths])).toEqual([
      ["agents", ["agents/coder.yaml", "agents/writer.yaml"]],
      ["policies", ["agents/writer.yaml"]],
    ]);
    const gone = { "policies/base.yaml": null, "agents/coder.yaml": agent("coder").replace("[base]", "[]") };
    expect(judge(gone, "cyn").met).toBe(false);
    const cut = {
      file: "src/trust/changes.ts",
      text: 'changes.push({ path, what: "removed" });',
      by: "continue;",
    };
    const judged = judgeBy(await without(cut), gone, "cyn");
    expect(judged.roles.flatMap(({ paths }) => paths)).not.toContain("policies/base.yaml");
  });

  test("policies, too, for a binding that widens, not for one that goes", async () => {
    expect(needed(judge({ "agents/writer.yaml": agent("writer") }))).toEqual(["agents", "policies"]);
    expect(needed(judge({ "agents/coder.yaml": agent("coder", "description: x\n") }))).toEqual([
      "agents",
      "policies",
    ]);
    expect(needed(judge({ "agents/coder.yaml": agent("coder", "# a note\n") }))).toEqual([
      "agents",
      "policies",
    ]);
    expect(needed(judge({ "agents/coder.yaml": null }))).toEqual(["agents"]);
    const cut = {
      file: thresholds,
      text: 'if (isBinding(change) && changeWidens) roles.add("policies");',
      by: "",
    };
    const writer = { "agents/writer.yaml": agent("writer") };
    expect(judge(writer, "cyn").met).toBe(false);
    expect(judgeBy(await without(cut), writer, "cyn").met).toBe(true);
  });
});

test("more people, where the role says so, for what may permit more, and only for that", async () => {
  const two = { ...roles, policies: { signers: [bob, cyn], widening: 2 } };
  const before = source(policySet({ signers, roles: two }));
  const judged = (mirror: Judge, files: Record<string, string | null>, ...approvers: string[]) =>
    mirror.judgeChange(before, source(policySet({ signers, roles: two, files })), new Set(approvers));
  const widening = { "policies/base.yaml": policyFile(allow) };
  expect(judged(real, widening, "bob")).toMatchObject({
    met: false,
    roles: [{ needed: 2, missing: ["cyn"] }],
  });
  expect(judged(real, widening, "bob", "cyn").met).toBe(true);
  expect(judged(real, { "policies/base.yaml": policyFile(deny) }, "bob").met).toBe(true);
  // One widening file among others that narrow is enough; what another role answers for is not.
  const both = {
    "policies/base.yaml": policyFile(deny),
    "policies/more.yaml": policyFile(allow).replace("id: base", "id: more"),
  };
  expect(judged(real, both, "bob").met).toBe(false);
  const others = {
    "policies/base.yaml": policyFile(deny),
    "mirror.yaml": "version: 1\npolicy_branch: other\n",
  };
  expect(judged(real, others, "ada", "bob").met).toBe(true);
  const text = "widens ? (role.wideningThreshold ?? 0) : 0";
  const oneIsEnough = await without({ file: thresholds, text, by: "0" });
  expect(judged(oneIsEnough, widening, "bob").met).toBe(true);
});

test("a binding narrows that lowers a limit or adds one, and whatever else it does widens", () => {
  const bound = (...budgets: string[]): Record<string, string> => ({
    "agents/coder.yaml": agent("coder", budgets.length === 0 ? "" : `budgets:\n${budgets.join("")}`),
  });
  const budget = (limit: number, more = "window: day"): string =>
    `  - { id: night, unit: calls, limit: ${limit}, ${more} }\n`;
  const between = (before: Record<string, string>, after: Record<string, string>): boolean =>
    judgeChange(
      source(policySet({ signers, roles, files: before })),
      source(policySet({ signers, roles, files: after })),
      new Set(),
    ).widens;
  expect(between(bound(), bound(budget(5)))).toBe(false);
  expect(between(bound(budget(5)), bound(budget(4)))).toBe(false);
  expect(between(bound(budget(5)), bound(budget(6)))).toBe(true);
  expect(between(bound(budget(5)), bound())).toBe(true);
  expect(between(bound(budget(5)), bound(budget(4, "window: hour")))).toBe(true);
  // What a split gives each gate counts; who is not named has nothing of it.
  const split = (limit: number, share: string): string => budget(limit, `window: day, share: { ${share} }`);
  expect(between(bound(budget(10)), bound(split(10, "a: 60, b: 40")))).toBe(false);
  expect(between(bound(split(10, "a: 60, b: 40")), bound(split(10, "a: 50, b: 40")))).toBe(false);
  expect(between(bound(split(10, "a: 60, b: 40")), bound(split(10, "a: 50, b: 50")))).toBe(true);
  expect(between(bound(split(10, "a: 60")), bound(split(10, "a: 60, c: 10")))).toBe(true);
  expect(between(bound(split(10, "a: 60")), bound(split(20, "a: 60")))).toBe(true);
  expect(between(bound(split(10, "a: 60")), bound(budget(1)))).toBe(true);
  expect(between(bound(budget(5)), bound(budget(4, "window: day, action: fs.write")))).toBe(true);
  // In a policy file it is the same, beside the rules.
  const policy = (rule: string, limit: number): Record<string, string> => ({
    "policies/base.yaml": `${policyFile(rule)}budgets:\n${budget(limit)}`,
  });
  expect(between(policy(deny, 5), policy(deny, 4))).toBe(false);
  expect(between(policy(deny, 5), policy(deny, 6))).toBe(true);
  expect(between(policy(deny, 5), policy(allow, 4))).toBe(true);
  const other = agent("coder", `budgets:\n${budget(4)}`).replace("[base]", "[]");
  expect(between(bound(budget(5)), { "agents/coder.yaml": other })).toBe(true);
});

test("a widening threshold lies between the threshold and the number of signers", () => {
  for (const [widening, threshold] of [
    [1, 2],
    [3, 1],
  ] as const) {
    const files = policySet({
      signers,
      roles: { ...roles, policies: { signers: [bob, cyn], threshold, widening } },
    });
    expect(parsePolicySet(files).problems).toMatchObject([
      { code: "threshold", message: expect.stringContaining(`a widening threshold of ${widening}`) },
    ]);
  }
});

describe("what widens", () => {
  const from = (before: string, after: string, mirror: Judge = real): boolean => {
    const set = (content: string): PolicySetSource =>
      source(policySet({ signers, roles, files: { "policies/base.yaml": content } }));
    return mirror.judgeChange(set(before), set(after), new Set()).widens;
  };
  const ask = allow.replace("allow", "ask");

  test.each([
    ["a deny rule more", policyFile(allow), policyFile(allow, deny), false],
    ["an allow rule less", policyFile(allow, deny), policyFile(deny), false],
    ["an allow rule that becomes deny", policyFile(allow), policyFile(allow.replace("allow", "deny")), false],
    ["a deny rule less", policyFile(allow, deny), policyFile(allow), true],
    ["an allow rule more", policyFile(deny), policyFile(allow, deny), true],
    ["an ask rule more", policyFile(deny), policyFile(ask, deny), true],
    ["an ask rule less", policyFile(ask, deny), policyFile(deny), true],
    ["a deny rule that becomes ask", policyFile(deny), policyFile(deny.replace("deny", "ask")), true],
    ["a deny rule with another pattern", policyFile(deny), policyFile(deny.replace("x ...", "x")), true],
    [
      "a deny rule with an exception",
      policyFile(deny),
      policyFile(deny.replace(" }", ", unless: { command: ['x y'] } }")),
      true,
    ],
    ["other words", policyFile(deny), policyFile(deny.replace(" }", ", reason: so }")), true],
    ["a comment", policyFile(deny), `${policyFile(deny)}# note\n`, true],
    ["a narrowing and a widening", policyFile(ask), policyFile(deny), true],
  ])("%s", async (_, before, after, expected) => {
    expect(from(before, after)).toBe(expected);
    if (!expected) return;
    const cut = {
      file: "src/trust/changes.ts",
      text: "return !narrowsRules(",
      by: "return false && narrowsRules(",
    };
    expect(from(before, after, await without(cut))).toBe(false);
  });

  test("moving a rule about in its file is judged by what it says", () => {
    expect(from(policyFile(deny, allow), policyFile(allow, deny, deny.replace("no", "nope")))).toBe(false);
  });

  test("a new policy with nothing but deny rules narrows, and so does one of allow rules that goes", () => {
    const extra = (rule: string): string => policyFile(rule).replace("id: base", "id: extra");
    const set = (content: string | null): PolicySetSource =>
      source(policySet({ signers, roles, files: { "policies/extra.yaml": content } }));
    const widens = (before: string | null, after: string | null): boolean =>
      judgeChange(set(before), set(after), new Set()).widens;
    expect(widens(null, extra(deny))).toBe(false);
    expect(widens(null, extra(allow))).toBe(true);
    expect(widens(extra(allow), null)).toBe(false);
    expect(widens(extra(deny), null)).toBe(true);
  });
});

describe("people are counted, not keys", () => {
  const sharedKeysAreTaken = {
    file: "src/trust/keyring.ts",
    text: "other !== undefined && other !== holder",
    by: "other === null",
  };
  const two = { ...roles, policies: { signers: [bob, cyn], threshold: 2 } };

  test("one person with two keys is one", async () => {
    const spare = person("bob2");
    const twoKeys = policySet({ signers, roles: two, files: { "keys/bob2.pub": spare.publicKey } });
    const trust = Buffer.from(twoKeys.get("trust.yaml") ?? "").toString();
    const added = `, fingerprint: "${bob.fingerprint}" }, { file: keys/bob2.pub, fingerprint: "${spare.fingerprint}" }`;
    const files = new Map(twoKeys).set(
      "trust.yaml",
      Buffer.from(trust.replace(`, fingerprint: "${bob.fingerprint}" }`, added)),
    );
    const world = new World();
    const genesis = world.genesis(files, ada);
    const next = new Map(files).set("policies/base.yaml", Buffer.from(policyFile(deny)));
    world.approvingMerge(genesis.lineage, next, bob);
    world.approvingMerge(genesis.lineage, next, spare);
    world.approvingMerge(genesis.lineage, next, bob);
    const walk = await world.walk(genesis);
    expect(walk.adopted).toEqual([]);
    expect(walk.pending).toMatchObject([
      { approvedBy: ["bob"], judgement: { roles: [{ needed: 2, missing: ["cyn"] }] } },
    ]);
    const approvalsAreCounted = new (
      await worldWithout(
        {
          file: "src/trust/steps.ts",
          text: "new Set(approvals.map(({ signer }) => signer)));",
          by: "Object.assign(new Set(approvals.map(({ signer }) => signer)), { count: approvals.length }));",
        },
        { file: thresholds, text: "have.length >= needed", by: "approvers.count >= needed" },
      )
    ).World();
    for (const tree of world.trees) approvalsAreCounted.trees.set(...tree);
    const counted = await approvalsAreCounted.walk(genesis, { commits: world.commits });
    expect(counted.adopted).toMatchObject([{ approvedBy: ["bob"] }]);
    world.approve(genesis.lineage, next, cyn);
    expect((await world.walk(genesis)).adopted).toMatchObject([{ approvedBy: ["bob", "cyn"] }]);
  });

  test("a key belongs to one signer, in whatever file it stands", async () => {
    const copy = { ...ada, id: "cop" };
    const spec = policySet({ signers: [ada, bob] });
    const { set } = source(spec);
    const [first, second] = set.trust.signers;
    if (first === undefined || second === undefined) throw new Error("two signers expected");
    const keys = [{ file: "keys/cop.pub", fingerprint: copy.fingerprint }];
    const trust = { ...set.trust, signers: [first, { ...second, keys }] };
    const files = new Map(spec).set("keys/cop.pub", Buffer.from(`${ada.publicKey.trimEnd()}-copy\n`));
    await expect(openKeyring(trust, files)).rejects.toThrow("signer bob and signer ada share one key");
    const ring = await (
      await moduleWithout<typeof import("../../src/trust/keyring.ts")>(
        "src/trust/keyring.ts",
        sharedKeysAreTaken,
      )
    ).openKeyring(trust, files);
    // One signature, and whoever stands last in the file is said to have made it.
    expect(ring.owners.get(ada.fingerprint)).toBe("bob");
  });

  test("a key belongs to one signer, in whatever format it stands", async () => {
    const forged = forgeKey();
    const privateKey = createPrivateKey(forged.privateKey.export({ type: "pkcs8", format: "pem" }));
    const same = personWith("same", createPublicKey(privateKey), privateKey);
    const fingerprint = forged.fingerprint.toString("hex").toUpperCase();
    const spec = policySet({ signers: [ada, same] });
    const { set } = source(spec);
    const keys = [{ file: "keys/ada.asc", fingerprint }];
    const trust = {
      ...set.trust,
      signers: set.trust.signers.map((signer) => (signer.id === "ada" ? { ...signer, keys } : signer)),
    };
    const files = new Map(spec).set("keys/ada.asc", forgeCertificate(forged));
    await expect(openKeyring(trust, files)).rejects.toThrow("signer same and signer ada share one key");
    const ring = await (
      await moduleWithout<typeof import("../../src/trust/keyring.ts")>(
        "src/trust/keyring.ts",
        sharedKeysAreTaken,
      )
    ).openKeyring(trust, files);
    // One person counts as two.
    expect([...ring.owners.values()].sort()).toEqual(["ada", "same"]);
  });

  test("no key is both a signer's and a gate's", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const gate = personWith("gate-one", publicKey, privateKey);
    const same = personWith("human", publicKey, privateKey);
    const { set } = source(policySet({ signers: [ada], gates: [gate] }));
    const files = new Map(policySet({ signers: [ada, same], gates: [gate] }));
    const signer = {
      id: "human",
      name: "human",
      email: null,
      keys: [{ file: "keys/human.pub", fingerprint: same.fingerprint }],
    };
    const trust = { ...set.trust, signers: [...set.trust.signers, signer] };
    await expect(openKeyring(trust, files)).rejects.toThrow("gate gate-one and signer human share one key");
    const ring = await (
      await moduleWithout<typeof import("../../src/trust/keyring.ts")>(
        "src/trust/keyring.ts",
        sharedKeysAreTaken,
      )
    ).openKeyring(trust, files);
    // What the gate signs by itself counts as a person's approval.
    expect(ring.owners.get(ring.gates.get("gate-one")?.fingerprint ?? "")).toBe("human");
  });

  test("a set whose keys are not in order is never adopted, whoever approves it", async () => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    const broken = new Map(base).set("keys/ada.pub", Buffer.from(person("other").publicKey));
    const merge = world.approvingMerge(genesis.lineage, broken, ada);
    const notASet = new Map(base).set("mirror.yaml", Buffer.from("version: 2\n"));
    const second = world.approvingMerge(genesis.lineage, notASet, ada);
    const walk = await world.walk(genesis);
    expect(walk.adopted).toEqual([]);
    expect(walk.problems.map(({ code, commit }) => [code, commit]).sort()).toEqual(
      [merge, second].map(({ id }) => ["unusable-policy-set", id]).sort(),
    );
    const cut = {
      file: "src/trust/keyring.ts",
      text: "key.fingerprint !== reference.fingerprint",
      by: "false",
    };
    const without = new (await worldWithout(cut)).World();
    for (const tree of world.trees) without.trees.set(...tree);
    expect((await without.walk(genesis, { commits: world.commits })).commit).toBe(merge.id);
  });
});
