import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { Candidates } from "../../src/trust/candidates.ts";
import { approvalStatement } from "../../src/trust/statement.ts";
import { person, policySet, World } from "./world.ts";

const ada = person("ada");
const digest = "a".repeat(64);
const lineage = "b".repeat(64);
const lines = approvalStatement(digest, 0, lineage);

function candidates(message: string): Candidates {
  const { id, raw } = new World().commit({ by: ada, message });
  const found = new Candidates();
  found.add(id, raw);
  found.add(id, raw);
  return found;
}

test("a statement is kept once, however often its commit comes", () => {
  expect(candidates(`approve\n\n${lines}\n`).approvals.get(lineage)).toMatchObject([
    { statement: { digest, epoch: 0 } },
  ]);
});

test("talk about statements is no problem; a broken statement is one", () => {
  expect(candidates(`explain\n\nMirror-Approve: is a line\n\nin commits\n`).problems).toEqual([]);
  expect(candidates(`approve\n\n${lines.split("\n")[0]}\n`).problems).toMatchObject([
    { code: "malformed-statement" },
  ]);
  expect(candidates(`settle\n\nMirror-Settle: 0 ${lineage}\n`).problems).toMatchObject([
    { code: "malformed-statement" },
  ]);
});

test("a commit that trust does not believe says nothing, but is still a merge", () => {
  const world = new World();
  const { raw } = world.approvingMerge(
    { genesis: "", epoch: 0, lineage, digest },
    policySet({ signers: [ada] }),
    ada,
  );
  const tagged = Buffer.from(Buffer.from(raw).toString().replace("\ngpgsig", "\nmergetag object x\ngpgsig"));
  const id = gitObjectId("commit", tagged);
  const found = new Candidates();
  found.add(id, tagged);
  expect(found.approvals.size).toBe(0);
  expect([...found.merges.keys()]).toEqual([id]);
  expect(found.problems).toMatchObject([
    { code: "unreadable-commit", message: expect.stringContaining("`mergetag`") },
  ]);
});

test("bytes that are no commit are of no interest, unless they say they are a merge", () => {
  const found = new Candidates();
  found.add("x", new Uint8Array(0));
  found.add("x", Buffer.alloc(500, 0xff));
  const fake = Buffer.from(`${" ".repeat(94)}parent`);
  expect(() => found.add(gitObjectId("commit", fake), fake)).toThrow(
    expect.objectContaining({ code: "corrupt-object" }),
  );
});
