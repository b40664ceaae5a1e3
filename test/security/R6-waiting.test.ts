import { expect, test } from "vitest";
import * as gates from "../fixtures/waiting-gate.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R6: outcomes are claims. One that comes while its call waits for a signer gives nothing back, and what a denial gives
// back it gives once: also where the same call is sent again and again, long after it was told no.

const before = async (gate: gates.WaitingGate): Promise<void> => {
  // What another call took: 120 seconds.
  expect(await gate.call({ id: "call_0" })).toBe("waits");
};

const attacks: Readonly<Record<string, readonly [Cut, (mirror: typeof gates) => Promise<number>]>> = {
  "an outcome while it waits, and a denial": [
    {
      file: "src/gate/outcomes.ts",
      text: "if (decision !== null && this.#asks.ended(decision)) this.#measures.dropped(decision);",
      by: "",
    },
    async ({ waitingGate }) => {
      const gate = waitingGate();
      await before(gate);
      await gate.call();
      await gate.outcome();
      await gate.answer(2, "deny");
      return gate.used();
    },
  ],
  "an outcome while a denial is written down": [
    {
      file: "src/gate/consents.ts",
      text: 'if (said.answer !== "allow") this.#measures.dropped(seq);',
      by: "",
    },
    async ({ waitingGate }) => {
      const gate = waitingGate();
      await before(gate);
      await gate.call();
      await Promise.all([gate.answer(2, "deny"), gate.outcome()]);
      return gate.used() + 120_000;
    },
  ],
  "a call that was told no, sent again much later": [
    { file: "src/gate/gate.ts", text: "if (waits) return false;", by: "" },
    async ({ waitingGate }) => {
      const gate = waitingGate();
      await before(gate);
      await gate.call();
      await gate.answer(2, "deny");
      gate.pass(370_000);
      expect(await gate.call({ again: true })).toBe("waits");
      return gate.used();
    },
  ],
};

test.each(Object.entries(attacks))(
  "R6: %s gives nothing back twice, and does where the rule is gone",
  async (_, [cut, used]) => {
    expect(await used(gates)).toBe(240_000);
    const without = await moduleWithout<typeof gates>("test/fixtures/waiting-gate.ts", cut);
    expect(await used(without)).toBeLessThan(240_000);
  },
);
