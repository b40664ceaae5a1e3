import { expect, test } from "vitest";
import type { Spend } from "../../src/model/budget.ts";
import type { Decision } from "../../src/model/decision.ts";
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
