import { expect, test } from "vitest";
import * as ledgers from "../fixtures/ledgers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R2: what was decided more strictly than its redacted record shows says so, and is believed only if it really
// is stricter: else `sealed` would be a word that hides anything.
const lax = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", {
  file: "src/ledger/replay.ts",
  text: "if (isStricter(decision.verdict, again.verdict)) return",
  by: "if (again !== null) return",
});

const denies = { evaluator: () => () => ({ verdict: "deny" as const, reasons: [] }) };

test("R2: a receipt that claims to be sealed must be stricter than its record, and is taken where the rule is gone", async () => {
  for (const [mirror, ok] of [
    [ledgers, false],
    [lax, true],
  ] as const) {
    const world = await mirror.ledgerWorld();
    const sealed = mirror.decisionBody(["git", "push"], { replay: "sealed" });
    const { ledger } = await mirror.filledLedger(world, 1, () => sealed);
    await ledger.close();
    expect((await mirror.verify(world, denies)).ok).toBe(ok);
  }
});
