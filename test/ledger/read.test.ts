import { expect, test } from "vitest";
import { receiptsSince } from "../../src/ledger/newest.ts";
import { everyReceipt, findReceipt, type ReceiptFilter, readLedger } from "../../src/ledger/read.ts";
import type { ReceiptBody } from "../../src/model/receipt.ts";
import { decisionBody, filledLedger, type LedgerWorld, ledgerWorld, session } from "./ledger-world.ts";

const bodies: readonly ReceiptBody[] = [
  session("s1"),
  decisionBody(["git", "push"]),
  decisionBody(["ls"], { decision: { verdict: "allow", reasons: [] } }),
  {
    kind: "outcome",
    agent: "coder",
    subagent: "explore",
    session: "s2",
    tool: "Read",
    decision: 2,
    status: "ok",
    duration: 3,
    commitment: null,
    changedAfterDecision: null,
  },
  { kind: "gap", agent: "reviewer", cause: "overloaded", count: 2 },
];

async function world(): Promise<LedgerWorld> {
  const made = await ledgerWorld();
  const { ledger } = await filledLedger(made, 0);
  for (const body of bodies) {
    made.now += 1_000;
    await ledger.append(body, made.context);
  }
  await ledger.close();
  return made;
}

async function seqs(world: LedgerWorld, filter: Partial<ReceiptFilter>, most = Infinity): Promise<number[]> {
  const found: number[] = [];
  if (most === 0) return found;
  for await (const { seq } of readLedger(world, { ...everyReceipt, ...filter })) {
    found.push(seq);
    if (found.length >= most) break;
  }
  return found;
}

test("receipts come the newest first, and only those that are asked for", async () => {
  const at = await world();
  expect(await seqs(at, {})).toEqual([5, 4, 3, 2, 1, 0]);
  expect(await seqs(at, {}, 2)).toEqual([5, 4]);
  expect(await seqs(at, { kind: "decision" })).toEqual([3, 2]);
  expect(await seqs(at, { decision: "allow" })).toEqual([3]);
  expect(await seqs(at, { risk: "high" })).toEqual([3, 2]);
  expect(await seqs(at, { risk: "critical" })).toEqual([]);
  expect(await seqs(at, { agent: "coder" })).toEqual([4, 3, 2, 1]);
  expect(await seqs(at, { agent: "coder/explore" })).toEqual([4]);
  expect(await seqs(at, { agent: "code" })).toEqual([]);
  expect(await seqs(at, { tool: "Bash" })).toEqual([3, 2]);
  expect(await seqs(at, { tool: "Read" })).toEqual([4]);
  expect(await seqs(at, { session: "session-1" })).toEqual([3, 2]);
  expect(await seqs(at, { since: at.now - 1_000 })).toEqual([5, 4]);
  expect(await seqs(at, { until: at.now - 3_000 })).toEqual([2, 1, 0]);
});

test("what is read is what was appended, with its commit", async () => {
  const at = await world();
  const commits = at.scratch.git("rev-list", at.ref).split("\n");
  let index = 0;
  for await (const stored of readLedger(at, everyReceipt)) {
    expect(stored.commit).toBe(commits[index]);
    expect(stored.receipt.seq).toBe(stored.seq);
    if (stored.seq > 0) expect(stored.receipt).toMatchObject(bodies[stored.seq - 1] ?? {});
    index += 1;
  }
  expect(index).toBe(6);
});

test("a ledger that is not there holds nothing", async () => {
  const at = await ledgerWorld();
  expect(await seqs(at, {})).toEqual([]);
  expect(await findReceipt(at, "0")).toBeNull();
});

test("one receipt is found by its number or its commit", async () => {
  const at = await world();
  const commit = at.scratch.git("rev-parse", `${at.ref}~2`);
  expect(await findReceipt(at, "3")).toMatchObject({ seq: 3, commit });
  expect(await findReceipt(at, commit)).toMatchObject({ seq: 3, receipt: { kind: "decision" } });
  expect(await findReceipt(at, commit.slice(0, 12))).toMatchObject({ seq: 3 });
  expect(await findReceipt(at, "6")).toBeNull();
  expect(await findReceipt(at, "0".repeat(40))).toBeNull();
  expect(await findReceipt(at, "../x")).toBeNull();
});

test("a ref that names no ledger is refused", async () => {
  const at = await world();
  at.scratch.git("update-ref", at.ref, "HEAD");
  await expect(seqs(at, {})).rejects.toMatchObject({ code: "ledger-corrupt" });
});

test("receipts since a time come the oldest first, found among many without a look at those before", async () => {
  const at = await ledgerWorld();
  const { ledger } = await filledLedger(at, 0);
  const begin = at.now;
  // Several of one time, and more than one directory of them.
  for (let index = 1; index <= 40; index += 1) {
    at.now = begin + Math.floor(index / 3) * 1_000;
    await ledger.append(index === 35 ? decisionBody(["ls"]) : session(`s${index}`), at.context);
  }
  await ledger.close();
  const read = new Set<string>();
  const reader: LedgerWorld["reader"] = {
    read: (id) => {
      read.add(id);
      return at.reader.read(id);
    },
    close: () => undefined,
  };
  const since = async (time: number, words: readonly string[] | null = null): Promise<number[]> => {
    const found: number[] = [];
    for await (const { seq } of receiptsSince({ ...at, reader }, time, words)) found.push(seq);
    return found;
  };
  const all = Array.from({ length: 41 }, (_, seq) => seq);
  expect(await since(0)).toEqual(all);
  for (const second of [0, 1, 5, 6, 11, 13])
    expect(await since(begin + second * 1_000)).toEqual(all.filter((seq) => Math.floor(seq / 3) >= second));
  expect(await since(begin + 14_000)).toEqual([]);
  expect(await since(begin, ['"kind":"decision"'])).toEqual([35]);
  read.clear();
  expect(await since(begin + 13_000)).toEqual([39, 40]);
  expect(read.size).toBeLessThan(25);
});
