import { expect, test } from "vitest";
import type { Spend } from "../../src/model/budget.ts";
import type { Decision } from "../../src/model/decision.ts";
import type { SpendBody } from "../../src/model/receipt.ts";
import * as ledgers from "../fixtures/ledgers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R1: what was used of a budget is part of what decided. A gate that writes down less than its own receipts add up
// to, or counts in a window of another time, is found.
const uncounted = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", {
  file: "src/ledger/verify.ts",
  text: "this.#spend.check(receipt, report);",
  by: "",
});

const spend = (used: number, window = "total"): Spend => ({ budget: "night", window, used, cost: 1 });

const allowed: Decision = {
  verdict: "allow",
  reasons: [{ rule: "base/git", verdict: "allow", message: "runs `git status`", effects: [0] }],
};

async function verdictOf(mirror: typeof ledgers, spends: readonly Spend[]) {
  const world = await mirror.ledgerWorld();
  const { input } = mirror.decisionBody(["git", "status"]);
  const { ledger } = await mirror.filledLedger(world, spends.length, (index) =>
    mirror.decisionBody(["git", "status"], {
      decision: allowed,
      input: { ...input, spend: spends.slice(index, index + 1) },
    }),
  );
  await ledger.close();
  return await mirror.verify(world, { evaluator: () => () => allowed });
}

test("R1: a ledger that forgets what was spent is found, and passes where nobody counts", async () => {
  expect((await verdictOf(ledgers, [spend(0), spend(1), spend(2)])).ok).toBe(true);
  // More than is known may have been used elsewhere; less may not.
  expect((await verdictOf(ledgers, [spend(0), spend(5), spend(6)])).ok).toBe(true);
  for (const forged of [[spend(0), spend(1), spend(1)], [spend(4), spend(0)], [spend(0, "1999-01-01")]]) {
    const verdict = await verdictOf(ledgers, forged);
    expect(verdict.problems.map(({ code }) => code)).toEqual(["spend-differs"]);
    expect((await verdictOf(uncounted, forged)).ok).toBe(true);
  }
});

// The same of model calls: a reservation that the policy set refuses, and one that is given back twice, or as a tool call's.
const unjudged = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", {
  file: "src/ledger/verify.ts",
  text: 'if (receipt.kind === "spend") replayModelCall(receipt, policySet, report);',
  by: "",
});

const words = { budget: "words", window: "total", unit: "tokens" } as const;

const modelCall: SpendBody = {
  kind: "spend",
  what: "reserved",
  agent: "coder",
  subagent: null,
  session: "s",
  model: "big",
  reservation: null,
  tokens: { input: 100, output: 0, cacheRead: 0, cacheWrite: 0 },
  microUsd: null,
  spend: [{ ...words, used: 0, cost: 100 }],
  reason: null,
};

const settlement = (reservation: number): SpendBody => {
  const { spend: _, ...call } = modelCall;
  const tokens = { ...modelCall.tokens, input: 50 };
  return { ...call, what: "settled", reservation, tokens, settled: [{ ...words, by: -50 }] };
};

async function codesOf(mirror: typeof ledgers, bodies: readonly SpendBody[], reason: string | null = null) {
  const world = await mirror.ledgerWorld();
  const { ledger } = await mirror.filledLedger(world, bodies.length, (index) => bodies[index] ?? modelCall);
  await ledger.close();
  const { problems } = await mirror.verify(world, { modelJudge: () => () => reason });
  return problems.map(({ code }) => code);
}

test("R1: a model call that was to be refused, or is settled twice, is found, and passes where nobody looks", async () => {
  const settled = [modelCall, settlement(1)];
  expect(await codesOf(ledgers, settled)).toEqual([]);
  expect(await codesOf(ledgers, [modelCall], "used up")).toEqual(["decision-differs"]);
  expect(await codesOf(unjudged, [modelCall], "used up")).toEqual([]);
  expect(await codesOf(ledgers, [...settled, settlement(1)])).toEqual(["spend-differs"]);
  // Nor is less given back, or more, than it says was measured.
  const lying = { ...settlement(1), tokens: modelCall.tokens };
  expect(await codesOf(ledgers, [modelCall, lying])).toEqual(["spend-differs"]);
  expect(await codesOf(uncounted, [...settled, settlement(1)])).toEqual([]);
});
