import { expect, test } from "vitest";
import type { Cut } from "../fixtures/without-rule.ts";
import { everyCommitIsRead, type Mirror, signatureIsEnough, worldWithout } from "../trust/cuts.ts";
import * as real from "../trust/world.ts";

// A maintainer with `commit.gpgsign` merges a branch that hides a change of policy. The merge commit is signed
// by a key that could approve anything, and it holds the new policy set: it must still approve nothing.
const ada = real.person("ada");
const base = real.policySet({ signers: [ada] });
const hidden = real.policySet({
  signers: [ada],
  files: {
    "policies/base.yaml": real.policyFile(
      "{ id: all, verdict: allow, action: shell.exec, command: ['...'] }",
    ),
  },
});

/** A mirror that takes the lines of a statement from wherever they stand in the message. */
const readAnywhere: readonly Cut[] = [
  everyCommitIsRead,
  {
    file: "src/trust/statement.ts",
    text: 'const approved = versionedDigest.exec(onlyTrailer(lines, approveKey) ?? "");',
    by: "const approved = lines && /Mirror-Approve: v1 sha256:([0-9a-f]{64})/i.exec(message);",
  },
  {
    file: "src/trust/statement.ts",
    text: 'const on = base.exec(onlyTrailer(lines, baseKey) ?? "");',
    by: "const on = /Mirror-Base: ([0-9]+) ([0-9a-f]{64})/i.exec(message);",
  },
];

test("P3: a maintainer's signed merge without the statement moves nothing", async () => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    world.plainMerge(hidden, ada);
    return world.walk(genesis);
  };
  const walk = await attack(real);
  expect(walk.files).toBe(base);
  expect(walk).toMatchObject({ adopted: [], forks: [], open: null, pending: [], problems: [] });
  expect((await attack(await worldWithout(...signatureIsEnough))).files).toBe(hidden);
});

test.each<[string, (lines: string) => string, (readonly Cut[])?]>([
  ["in another paragraph", (lines) => `Merge\n\n${lines}\n\nAll done.\n`],
  ["quoted", (lines) => `Merge\n\n${lines.replaceAll(/^/gm, "> ")}\n`],
  ["indented", (lines) => `Merge\n\n${lines.replaceAll(/^/gm, "  ")}\n`],
  ["with another case", (lines) => `Merge\n\n${lines.replace("Mirror-Approve", "mirror-approve")}\n`],
  ["without a base", (lines) => `Merge\n\n${lines.split("\n")[0]}\n`, signatureIsEnough],
  ["twice", (lines) => `Merge\n\n${lines}\n${lines}\n`],
  [
    "with a second approval of something else",
    (lines) => `Merge\n\n${lines}\nMirror-Approve: v1 sha256:${"0".repeat(64)}\n`,
  ],
  ["with a second base in another case", (lines) => `Merge\n\n${lines}\nMIRROR-BASE: 0 ${"0".repeat(64)}\n`],
  ["with carriage returns", (lines) => `Merge\r\n\r\n${lines.replaceAll("\n", "\r\n")}\r\n`],
  ["with more after the digest", (lines) => `Merge\n\n${lines.replace("\n", " please\n")}\n`],
])("P3: a statement %s is none", async (_, message, cuts = readAnywhere) => {
  const attack = ({ World }: Mirror) => {
    const world = new World();
    const genesis = world.genesis(base, ada);
    const stated = world.approve(genesis.lineage, hidden, ada);
    const lines = Buffer.from(stated.raw).toString("utf8").split("\n\n").at(-1)?.trimEnd() ?? "";
    world.plainMerge(hidden, ada, message(lines));
    const commits = world.commits.filter((commit) => commit !== stated);
    return world.walk(genesis, { commits });
  };
  expect((await attack(real)).adopted).toEqual([]);
  expect((await attack(await worldWithout(...cuts))).adopted).toHaveLength(1);
});
