import { expect, test } from "vitest";
import { person, policyFile, policySet, World } from "../trust/world.ts";

// A maintainer with `commit.gpgsign` merges a branch that hides a change of policy. The merge commit is signed
// by a key that could approve anything, and it holds the new policy set: it must still approve nothing.
const ada = person("ada");
const base = policySet({ signers: [ada] });
const hidden = policySet({
  signers: [ada],
  files: {
    "policies/base.yaml": policyFile("{ id: all, verdict: allow, action: shell.exec, command: ['...'] }"),
  },
});

test("a maintainer's signed merge without the statement moves nothing", async () => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  world.plainMerge(hidden, ada);
  const walk = await world.walk(genesis);
  expect(walk.lineage).toEqual(genesis.lineage);
  expect(walk.files).toBe(base);
  expect(walk).toMatchObject({ adopted: [], forks: [], open: null, pending: [], problems: [] });
});

test.each([
  ["in another paragraph", (lines: string) => `Merge\n\n${lines}\n\nAll done.\n`],
  ["quoted", (lines: string) => `Merge\n\n${lines.replaceAll(/^/gm, "> ")}\n`],
  ["indented", (lines: string) => `Merge\n\n${lines.replaceAll(/^/gm, "  ")}\n`],
  ["with another case", (lines: string) => `Merge\n\n${lines.replace("Mirror-Approve", "mirror-approve")}\n`],
  ["without a base", (lines: string) => `Merge\n\n${lines.split("\n")[0]}\n`],
  ["twice", (lines: string) => `Merge\n\n${lines}\n${lines}\n`],
  [
    "with a second approval of something else",
    (lines: string) => `Merge\n\n${lines}\nMirror-Approve: v1 sha256:${"0".repeat(64)}\n`,
  ],
  [
    "with a second base in another case",
    (lines: string) => `Merge\n\n${lines}\nMIRROR-BASE: 0 ${"0".repeat(64)}\n`,
  ],
  ["with carriage returns", (lines: string) => `Merge\r\n\r\n${lines.replaceAll("\n", "\r\n")}\r\n`],
  ["with more after the digest", (lines: string) => `Merge\n\n${lines.replace("\n", " please\n")}\n`],
])("a statement %s is none", async (_, message) => {
  const world = new World();
  const genesis = world.genesis(base, ada);
  const stated = world.approve(genesis.lineage, hidden, ada);
  const lines = Buffer.from(stated.raw).toString("utf8").split("\n\n").at(-1)?.trimEnd() ?? "";
  world.plainMerge(hidden, ada, message(lines));
  const commits = world.commits.filter((commit) => commit !== stated);
  expect((await world.walk(genesis, { commits })).adopted).toEqual([]);
  // The same lines as they should be do move it: the test above shows what it means to show.
  world.plainMerge(hidden, ada, `Merge\n\n${lines}\n`);
  expect((await world.walk(genesis)).adopted).toHaveLength(1);
});
