import { expect, test } from "vitest";
import { CountedMessages } from "../../src/gate/counted-messages.ts";
import { GrantBook } from "../../src/gate/grants.ts";
import type { CurrentPolicy, GateParts, TranscriptReading } from "../../src/gate/ports.ts";
import { SpendBook } from "../../src/gate/spend.ts";
import { TranscriptUsage } from "../../src/gate/transcript-usage.ts";
import type { ReceiptBody, SpendBody } from "../../src/model/receipt.ts";
import type { ReportedMessage } from "../../src/model/reported-use.ts";
import { Spending } from "../../src/model/spending.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { policySet } from "../policy/calls.ts";

const day = 86_400_000;
const now = Date.parse("2026-11-26T12:00:00.000Z");

function said(id: string, input: number, more: Partial<ReportedMessage> = {}): ReportedMessage {
  const tokens = { input, output: 0, cacheRead: 0, cacheWrite: 0, longCacheWrite: 0 };
  return { id, model: "opus", time: now, tokens, ...more };
}

/** Transcripts that say this, each time they are looked at, before a gate whose receipts take a turn to be durable. */
function usageOf(
  messages: readonly ReportedMessage[],
  { usage = "transcript" as "bus" | "transcript" } = {},
) {
  const set = policySet("[]");
  const binding = set.agents.get("coder");
  if (binding === undefined) throw new Error("coder is not bound");
  const at = { file: "agents/coder.yaml", line: 1, column: 1 };
  const budget = {
    id: "words",
    unit: "tokens",
    limit: 100,
    window: "total",
    action: null,
    risk: null,
    share: null,
    at,
  } as const;
  const agents = ["coder", "other"].map((id) => [id, { ...binding, id, usage, budgets: [budget] }] as const);
  const governed = { ...set, agents: new Map(agents) };
  const policy = {
    set: governed,
    compiled: compilePolicySet(governed, null, "bounded"),
    lineage: { lineage: "l" },
  } as unknown as CurrentPolicy;
  const receipts: ReceiptBody[] = [];
  const calls = { looks: 0, forgotten: 0, failing: 0 };
  const clock = () => now;
  const book = new SpendBook(
    { recall: async () => ({ own: new Spending(), elsewhere: new Spending() }), hasMoved: () => false },
    clock,
  );
  const parts: Partial<GateParts> = {
    currentPolicy: async () => policy,
    write: async (body) => {
      await new Promise((resolve) => setImmediate(resolve));
      calls.failing -= 1;
      if (calls.failing >= 0) throw new Error("the disk is full");
      return { seq: receipts.push(body) };
    },
    foldSoon: () => undefined,
    readTranscripts: async (_, isNews): Promise<TranscriptReading> => {
      calls.looks += 1;
      return { messages: messages.filter(isNews), skipped: 0, isComplete: true };
    },
    forgetTranscripts: () => {
      calls.forgotten += 1;
    },
  };
  const recalled: SpendBody["report"][] = [];
  const counted = new CountedMessages(
    new Uint8Array(32),
    async () => recalled.flatMap((report) => (report === undefined ? [] : [{ ...report, time: now }])),
    clock,
  );
  const grants = new GrantBook(clock, async () => ({ grants: [], topUps: [], takenBack: [] }));
  const gate = new TranscriptUsage(parts as GateParts, book, grants, counted);
  const of = (agent: string) => ({
    agent,
    session: "s",
    client: "claude-code",
    transcripts: { files: ["/t"], directory: null },
  });
  return { count: (agent = "coder") => gate.count(of(agent), policy), receipts, calls, recalled };
}

const taken = (receipts: readonly ReceiptBody[]) =>
  receipts.map((body) =>
    body.kind === "spend" ? [body.agent, body.spend?.[0]?.used, body.spend?.[0]?.cost] : null,
  );

test("events that come together count a message once, and each agent's counts for itself", async () => {
  const { count, receipts } = usageOf([said("a", 7), said("b", 1)]);
  await Promise.all([count(), count(), count("other"), count()]);
  await count();
  expect(taken(receipts)).toEqual([
    ["coder", 0, 8],
    ["other", 0, 8],
  ]);
  const ids = receipts
    .flatMap((body) => (body.kind === "spend" ? (body.report?.messages ?? []) : []))
    .map(({ id }) => id);
  expect(new Set(ids).size).toBe(4);
});

test("what gets no receipt is not counted, and is with the next look", async () => {
  const { count, receipts, calls } = usageOf([said("a", 7)]);
  calls.failing = 1;
  await expect(count()).rejects.toThrow("the disk is full");
  expect([calls.forgotten, receipts]).toEqual([1, []]);
  await count();
  expect(taken(receipts)).toEqual([["coder", 0, 7]]);
});

test("what receipts of before say is known: of a message that grew, the rest counts", async () => {
  const first = usageOf([said("a", 7), said("b", 2)]);
  await first.count();
  const [receipt] = first.receipts;
  const next = usageOf([said("a", 10), said("b", 1)]);
  if (receipt?.kind === "spend") next.recalled.push(receipt.report);
  await next.count();
  expect(taken(next.receipts)).toEqual([["coder", 0, 3]]);
});

test("what is older than a week, or another's to meter, is not counted", async () => {
  const old = usageOf([said("a", 7, { time: now - 8 * day }), said("b", 2, { time: null }), said("c", 0)]);
  await old.count();
  expect(taken(old.receipts)).toEqual([["coder", 0, 2]]);
  const elsewhere = usageOf([said("a", 7)], { usage: "bus" });
  await elsewhere.count();
  expect([elsewhere.calls.looks, elsewhere.receipts]).toEqual([0, []]);
});

test("each model has a receipt, with its own price", async () => {
  const { count, receipts } = usageOf([said("a", 7), said("b", 2, { model: "haiku" }), said("c", 1)]);
  await count();
  expect(taken(receipts)).toEqual([
    ["coder", 0, 8],
    ["coder", 8, 2],
  ]);
});
