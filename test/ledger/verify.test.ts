import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { policySetTree } from "../../src/git/mirror-tree.ts";
import { openObjectReader } from "../../src/git/objects.ts";
import { writeObjects } from "../../src/git/write-objects.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { extendTip, readTip } from "../../src/ledger/tip.ts";
import { makeGateKey, openGateSigner } from "../../src/signers/gate-key.ts";
import { parseCommit } from "../../src/trust/commit.ts";
import { encodeCommit, withSignature } from "../../src/trust/commit-text.ts";
import { childLineage, policySetDigest } from "../../src/trust/policy-digest.ts";
import {
  contextWith,
  decisionBody,
  filledLedger,
  type LedgerWorld,
  ledgerWorld,
  session,
} from "./ledger-world.ts";
import { verify } from "./verify-world.ts";

async function worldWith(count: number): Promise<LedgerWorld> {
  const world = await ledgerWorld();
  const { ledger } = await filledLedger(world, count, (index) =>
    index % 3 === 0 ? decisionBody(["git", "push", `branch-${index}`]) : session(`s${index}`),
  );
  await ledger.close();
  return world;
}

/** Signs another commit with the gate's own key and puts the ref on it: what a stolen key or a bug could do. */
async function forge(world: LedgerWorld, change: (payload: string) => string): Promise<string> {
  const head = world.scratch.git("rev-parse", world.ref);
  const commit = parseCommit((await world.reader.read(head)).data);
  const payload = Buffer.from(change(Buffer.from(commit.payload).toString("utf8")), "utf8");
  const data = withSignature(payload, world.options.signer.signNow(payload, Date.now()));
  await writeObjects(world.repo, [{ type: "commit", data }]);
  const id = world.scratch.gitWith({ input: data }, "hash-object", "-t", "commit", "--stdin");
  world.scratch.git("update-ref", world.ref, id);
  return id;
}

const codes = async (world: LedgerWorld, change = {}): Promise<string[]> =>
  (await verify(world, change)).problems.map(({ code }) => code);

test("a ledger that mirror wrote verifies, and what was done is counted", async () => {
  const world = await worldWith(40);
  const seen: number[] = [];
  const verdict = await verify(world, { progress: (done) => seen.push(done) });
  expect(verdict).toEqual({
    ok: true,
    receipts: 41,
    signatures: 41,
    unknown: 0,
    replayed: 14,
    sealed: 0,
    problems: [],
  });
  expect(seen.at(-1)).toBe(41);
});

test("a long ledger is verified on two threads, and one bad signature in it is found", async () => {
  const world = await worldWith(600);
  expect(await verify(world)).toMatchObject({ ok: true, receipts: 601, signatures: 601 });
  const head = world.scratch.git("rev-parse", world.ref);
  const { payload } = parseCommit((await world.reader.read(head)).data);
  const other = world.options.signer.signNow(Buffer.from("something else\n"), Date.now());
  const data = withSignature(payload, other);
  await writeObjects(world.repo, [{ type: "commit", data }]);
  world.scratch.git("update-ref", world.ref, gitObjectId("commit", data));
  const verdict = await verify(world);
  expect(verdict.problems.map(({ code }) => code)).toEqual(["bad-signature"]);
  expect(verdict.signatures).toBe(600);
});

test("SSH signatures verify as well", async () => {
  const world = await ledgerWorld("ssh");
  const { ledger } = await filledLedger(world, 3);
  await ledger.close();
  expect(await verify(world)).toMatchObject({ ok: true, signatures: 4 });
});

test("a gate that is not enrolled counts as unknown; an enrolled gate's stranger is a problem", async () => {
  const world = await worldWith(2);
  expect(await verify(world, { keys: [] })).toMatchObject({ ok: true, signatures: 0, unknown: 3 });
  const stranger = makeGateKey("openpgp", "gate-1", new Date("2026-01-01T00:00:00Z"));
  const { bytes } = stranger.publicKey;
  const signer = openGateSigner(stranger.privatePem, bytes, () => world.now);
  const ledger = await openLedger({ ...world.options, signer });
  await ledger.append(session("s"), world.context);
  await ledger.close();
  expect(await codes(world)).toEqual(["unknown-key"]);
});

test.each([
  ["no parent", (text: string) => text.replace(/\nparent .*/, ""), ["tree-differs"]],
  ["a second parent", (text: string) => text.replace(/(\nparent .*)/, "$1$1"), ["chain-broken"]],
  [
    "another tree",
    (text: string) => text.replace(/^tree .*/, "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    ["unreadable"],
  ],
  [
    "another author",
    (text: string) => text.replace(/author coder <coder@/, "author coder <reviewer@"),
    ["wrong-author"],
  ],
  ["another time", (text: string) => text.replace(/(committer .*>) \d+/, "$1 1"), ["wrong-author"]],
  [
    "another subject",
    (text: string) => text.replace("\nsession-start  coder", "\nallow shell.exec  ls"),
    ["message-differs"],
  ],
  [
    "another agent",
    (text: string) => text.replace("Mirror-Agent: coder", "Mirror-Agent: other"),
    ["trailers-differ"],
  ],
  ["a trailer twice", (text: string) => text.replace(/(Mirror-Kind: .*\n)/, "$1$1"), ["trailers-differ"]],
  ["a trailer of another", (text: string) => `${text}Reviewed-by: ada\n`, ["trailers-differ"]],
  ["a paragraph more", (text: string) => `${text}\nMirror-Seq: 1\n`, ["trailers-differ"]],
])("a commit with %s is found, though its signature is good", async (_, change, expected) => {
  const world = await worldWith(2);
  await forge(world, change);
  expect(await codes(world)).toEqual(expect.arrayContaining(expected));
});

test("a receipt that was changed, left out or put in is found, though signatures are good", async () => {
  const world = await worldWith(4);
  const head = world.scratch.git("rev-parse", world.ref);
  const tip = await readTip(world.reader, head);
  const writer = { gate: "gate-1", engine: "0", signNow: world.options.signer.signNow };
  const attempt = async (change: Partial<typeof tip>, now = world.now): Promise<string[]> => {
    const next = extendTip({ ...tip, ...change }, session("forged"), world.context, now, writer);
    await writeObjects(world.repo, next.record.objects);
    world.scratch.git("update-ref", world.ref, next.position.head);
    return await codes(world);
  };
  expect(await attempt({})).toEqual([]);
  // Sequence number 6 after 4; the receipt before left out of the tree; another `prev`.
  expect(await attempt({ receipts: { ...tip.receipts, count: 6 } })).toEqual(["tree-differs"]);
  const before = await readTip(world.reader, world.scratch.git("rev-parse", `${head}~1`));
  expect(await attempt({ receipts: before.receipts })).toContain("tree-differs");
  const wrongPrev = { head, seq: 4, receipt: `sha256:${"0".repeat(64)}` };
  expect(await attempt({ position: wrongPrev })).toEqual(["wrong-prev"]);
  expect(await attempt({ last: null }, world.now - 60_000)).toEqual(["time-backwards"]);
  const asOther = extendTip(tip, session("x"), world.context, world.now, { ...writer, gate: "gate-2" });
  await writeObjects(world.repo, asOther.record.objects);
  expect(await codes(world, { head: asOther.position.head })).toEqual(["wrong-gate"]);
});

test("lineage moves only through adopt receipts with evidence", async () => {
  const world = await worldWith(2);
  const files = new Map([["mirror.yaml", Buffer.from("version: 1\n# more\n")]]);
  const next = contextWith(files, childLineage(world.lineage, policySetDigest(files)));
  const ledger = await world.open();
  await ledger.append(session("before"), world.context);
  await ledger.append(
    {
      kind: "adopt",
      commit: world.lineage.genesis,
      parentLineage: world.lineage.lineage,
      approvedBy: ["ada"],
      evidence: world.genesis.evidence,
    },
    next,
  );
  await ledger.append(session("after"), next);
  await ledger.fold();
  expect(await codes(world)).toEqual([]);
  expect(await codes(world, { checkOrigin: async () => ["no approval"] })).toEqual([
    "evidence-differs",
    "evidence-differs",
  ]);
  expect(await codes(world, { genesis: "0".repeat(40) })).toEqual(["lineage-broken"]);
  world.scratch.git("gc", "-q", "--prune=now");
  expect(world.scratch.git("show", `${world.ref}:policy-set/mirror.yaml`)).toContain("# more");
  // Back to the old set without an adopt; and a set that is not the one named.
  await ledger.append(session("back"), world.context);
  await ledger.fold();
  expect(await codes(world)).toEqual(["lineage-broken"]);
  await ledger.append(session("other"), { ...world.context, policySet: policySetTree(files) });
  await ledger.close();
  expect(await codes(world)).toEqual(["lineage-broken", "policy-set-differs"]);
});

test("a genesis without its commit, or with another, is found", async () => {
  const world = await ledgerWorld();
  const ledger = await world.open();
  await ledger.append({ ...world.genesis, evidence: { objects: [] } }, world.context);
  await ledger.append(world.genesis, world.context);
  await ledger.close();
  expect(await codes(world)).toEqual(["evidence-missing", "wrong-kind"]);
});

test("every decision is decided again; sealed ones are counted apart", async () => {
  const world = await ledgerWorld();
  const sealed = decisionBody(["ls"], { replay: "sealed" });
  const { ledger } = await filledLedger(world, 2, (index) => (index === 0 ? decisionBody(["ls"]) : sealed));
  await ledger.close();
  const lenient = await verify(world, { evaluator: () => () => ({ verdict: "allow", reasons: [] }) });
  expect(lenient).toMatchObject({ replayed: 0, sealed: 1, problems: [{ code: "decision-differs" }] });
  const same = await verify(world);
  expect(same).toMatchObject({ replayed: 1, sealed: 0, problems: [{ code: "decision-differs" }] });
  expect(await codes(world, { evaluator: () => null })).toEqual(["decision-differs", "decision-differs"]);
});

test("history that is cut off is named", async () => {
  const world = await worldWith(3);
  const parent = world.scratch.git("rev-parse", `${world.ref}~2`);
  // A copy of the repository without that commit.
  const kept = world.scratch
    .git("rev-list", "--objects", world.ref)
    .split("\n")
    .map((line) => line.slice(0, 40));
  const other = await ledgerWorld();
  const objects = await Promise.all(kept.filter((id) => id !== parent).map((id) => world.reader.read(id)));
  await writeObjects(other.repo, objects);
  const verdict = await verify(other, {
    head: world.scratch.git("rev-parse", world.ref),
    reader: openObjectReader(other.repo),
  });
  expect(verdict).toMatchObject({ ok: false, receipts: 0, problems: [{ code: "unreadable" }] });
});

test("a commit of no ledger is refused, not crashed over", async () => {
  const world = await worldWith(1);
  const verdict = await verify(world, { head: world.lineage.genesis });
  expect(verdict.problems).toHaveLength(1);
  const payload = encodeCommit({
    tree: world.context.policySet.tree,
    parents: [],
    author: { name: "a", email: "a@b", time: 1, zone: "+0000" },
    committer: { name: "a", email: "a@b", time: 1, zone: "+0000" },
    message: "x\n",
  });
  await writeObjects(world.repo, [{ type: "commit", data: payload }, ...world.context.policySet.objects]);
  const id = world.scratch.gitWith({ input: payload }, "hash-object", "-t", "commit", "--stdin");
  expect(await codes(world, { head: id })).toEqual(["unreadable"]);
});
