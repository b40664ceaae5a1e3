import { expect, test } from "vitest";
import * as checks from "../../src/ledger/spend-check.ts";
import type { Settlement, Spend } from "../../src/model/budget.ts";
import type { Receipt } from "../../src/model/receipt.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R6: only what the gate took for a call that may run is settled, once, and never to less than nothing. A ledger that
// settles anything else is found.

const header = { version: 1, gate: "g", time: "2026-11-26T12:00:00.000Z", engine: "0", epoch: 0 };

const taken = (spend: Partial<Spend> = {}): Spend => ({
  budget: "time",
  window: "2026-11-26",
  unit: "seconds",
  used: 0,
  cost: 120_000,
  ...spend,
});

function decision(seq: number, spend: Spend, verdict = "allow"): Receipt {
  const input = { agent: "coder", session: "s", spend: [spend] };
  return {
    ...header,
    seq,
    kind: "decision",
    input,
    decision: { verdict, reasons: [] },
  } as unknown as Receipt;
}

function outcome(of: number, by: number, more: object = {}): Receipt {
  const settled: Settlement[] = [{ budget: "time", window: "2026-11-26", unit: "seconds", by }];
  const body = { kind: "outcome", agent: "coder", session: "s", decision: of, status: "ok", settled };
  return { ...header, seq: of + 1, ...body, ...more } as unknown as Receipt;
}

function found({ SpendCheck }: typeof checks, receipts: readonly Receipt[]): string[] {
  const problems: string[] = [];
  const check = new SpendCheck();
  for (const receipt of receipts)
    check.check(receipt, (code, message) => problems.push(`${code}: ${message}`));
  return problems;
}

const file = "src/ledger/spend-check.ts";
const attacks: Readonly<Record<string, readonly [Cut, readonly Receipt[]]>> = {
  "a call is settled twice": [
    { file, text: "this.#open.delete(seq);", by: "" },
    [decision(0, taken()), outcome(0, -100_000), outcome(0, -20_000)],
  ],
  "a call gives back more than was taken": [
    { file, text: "taken.cost + by < 0", by: "false" },
    [decision(0, taken()), outcome(0, -120_001)],
  ],
  "a denied call is settled": [
    { file, text: 'if (verdict !== "deny") this', by: "this" },
    [decision(0, taken(), "deny"), outcome(0, -1)],
  ],
  "calls are given back": [
    { file, text: "isSettled(unit)", by: "unit" },
    [
      decision(0, taken({ unit: "calls", cost: 1 })),
      outcome(0, 0, { settled: [{ budget: "time", window: "2026-11-26", unit: "calls", by: -1 }] }),
    ],
  ],
  "a denial gives back what an outcome settled before": [
    { file, text: "if (receipt.decision !== null) this.#asked.delete(receipt.decision);", by: "" },
    [
      decision(0, taken(), "ask"),
      outcome(0, -120_000),
      outcome(0, -120_000, { kind: "approval", ask: 0, answer: "deny", decision: undefined }),
    ],
  ],
  "another agent's outcome settles": [
    { file, text: "&& open.spender.agent === agent", by: "" },
    [decision(0, taken()), outcome(0, -1, { agent: "other" })],
  ],
};

test.each(Object.entries(attacks))(
  "R6: where %s, verify says so, and does not where the rule is gone",
  async (_, attack) => {
    const [cut, receipts] = attack;
    expect(found(checks, receipts)).toEqual([
      expect.stringMatching(/^spend-differs: it (settles|takes back)/),
    ]);
    expect(found(await moduleWithout<typeof checks>(file, cut), receipts)).toEqual([]);
  },
);

test("R6: sums follow what was settled, up and down, and a gate that forgets it is found", () => {
  const settled = [decision(0, taken()), outcome(0, -20_000)];
  const next = (used: number): Receipt => decision(2, taken({ used }));
  expect(found(checks, [...settled, next(100_000)])).toEqual([]);
  expect(found(checks, [...settled, next(99_999)])).toEqual([expect.stringContaining("expected 100000")]);
  expect(found(checks, [decision(0, taken()), outcome(0, 5), next(120_000)])).toHaveLength(1);
  // Once the window is over, nothing of it counts any more.
  const tomorrow = { ...decision(1, taken({ window: "2026-11-27" })), time: "2026-11-27T12:00:00.000Z" };
  const later = decision(3, taken({ window: "2026-11-27", used: 120_000 }));
  expect(
    found(checks, [decision(0, taken()), tomorrow, outcome(0, -9), { ...later, time: tomorrow.time }]),
  ).toEqual([]);
});
