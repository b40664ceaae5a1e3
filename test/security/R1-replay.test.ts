import { expect, test } from "vitest";
import * as ledgers from "../fixtures/ledgers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R1: a receipt holds all that decided, so that whoever has the ledger decides again.
const differsUnseen = {
  file: "src/ledger/replay.ts",
  text: "const again = policySet.decide(input);",
  by: "const again = decision;",
};
const without = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", differsUnseen);

const allows = { evaluator: () => () => ({ verdict: "deny" as const, reasons: [] }) };

test("R1: a receipt that says allow where its own input decides deny is found, and passes where nothing is decided again", async () => {
  for (const [mirror, ok] of [
    [ledgers, false],
    [without, true],
  ] as const) {
    const world = await mirror.ledgerWorld();
    const { ledger } = await mirror.filledLedger(world, 2, () => mirror.decisionBody(["git", "push"]));
    await ledger.close();
    const verdict = await mirror.verify(world, allows);
    expect(verdict.ok).toBe(ok);
    if (!ok) expect(verdict.problems.map(({ code }) => code)).toContain("decision-differs");
  }
});
