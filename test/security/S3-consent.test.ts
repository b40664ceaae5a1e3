import { expect, test } from "vitest";
import { Asks } from "../../src/gate/asks.ts";
import * as desks from "../fixtures/consents.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";

// TRUST S3: a person's answer to an ask is signed over a domain line, the genesis, gate, agent, ask, call, what it grants
// and until when. It is good for nothing else. Each attack works against a copy with its rule taken out.

interface Attack {
  readonly name: string;
  /** Gives why the last answer was not taken; null where it was. */
  readonly attempt: (mirror: typeof desks) => Promise<string | null>;
  readonly why: RegExp;
  readonly cut: Cut;
}

const consents = "src/gate/consents.ts";
const topUps = "src/gate/top-ups.ts";
const one = (text: string): Cut => ({ file: consents, text, by: "" });
const attacks: readonly Attack[] = [
  {
    name: "an answer is used for another call",
    attempt: async ({ plainConsent, openDesk }) =>
      await (await openDesk())
        .give(plainConsent, "ada", (text) => text)
        .then(async () => {
          const desk = await openDesk();
          return await desk.give({ ...plainConsent, ask: 8 });
        }),
    why: /its call is/,
    cut: one('      ["call", consent.call, ask.commitment],\n'),
  },
  {
    name: "an answer of another gate",
    attempt: async ({ plainConsent, openDesk }) =>
      (await openDesk()).give({ ...plainConsent, gate: "gate-2" }),
    why: /its gate is gate-2, expected gate-1/,
    cut: one('      ["gate", consent.gate, this.#gate],\n'),
  },
  {
    name: "an answer from another repository that began alike",
    attempt: async ({ plainConsent, openDesk }) =>
      (await openDesk()).give({ ...plainConsent, genesis: "8".repeat(40) }),
    why: /its genesis is/,
    cut: one('      ["genesis", consent.genesis, lineage.genesis],\n'),
  },
  {
    name: "an answer to another agent",
    attempt: async ({ plainConsent, openDesk }) =>
      (await openDesk()).give({ ...plainConsent, agent: "helper" }),
    why: /its agent is helper, expected coder/,
    cut: one('      ["agent", consent.agent, ask.principal.agent],\n'),
  },
  {
    name: "an answer that was given under another policy set",
    attempt: async ({ plainConsent, openDesk }) =>
      (await openDesk()).give({ ...plainConsent, lineage: "7".repeat(64) }),
    why: /the policy set has changed/,
    cut: {
      file: consents,
      text: "if (consent.lineage !== lineage.lineage || ask.lineage !== lineage.lineage)",
      by: "if (ask.lineage !== lineage.lineage)",
    },
  },
  {
    name: "an answer that has expired",
    attempt: async ({ plainConsent, openDesk }) => {
      const desk = await openDesk();
      desk.pass(61_000);
      return await desk.give(plainConsent);
    },
    why: /it held until/,
    cut: { file: consents, text: "if (until <= now) throw", by: "if (until < 0) throw" },
  },
  {
    name: "an answer that comes when the call was told no",
    attempt: async ({ grantingConsent, openDesk }) => {
      const desk = await openDesk();
      desk.pass(301_000);
      return await desk.give(grantingConsent);
    },
    why: /ask 7 waited until/,
    cut: { file: consents, text: "if (ask.until <= now)", by: "if (ask.until < 0)" },
  },
  {
    name: "a second answer",
    attempt: async ({ plainConsent, openDesk }) => {
      const desk = await openDesk();
      expect(await desk.give({ ...plainConsent, answer: "deny" })).toBeNull();
      return await desk.give(plainConsent);
    },
    why: /does not wait for an answer/,
    cut: {
      file: "src/gate/asks.ts",
      text: "if (entry === undefined || entry.isTaken) return null;",
      by: "if (entry === undefined) return null;",
    },
  },
  {
    name: "a grant of something else than was offered",
    attempt: async ({ grantingConsent, openDesk }) =>
      (await openDesk()).give({ ...grantingConsent, grant: `sha256:${"5".repeat(64)}` }),
    why: /not what was offered/,
    cut: one(
      '  if (grant !== grantDigest(grantable)) throw refused("what it grants is not what was offered");\n',
    ),
  },
  {
    name: "a grant for a year",
    attempt: async ({ grantingConsent, openDesk }) =>
      (await openDesk()).give({ ...grantingConsent, notAfter: "2027-11-26T08:00:00.000Z" }),
    why: /longer than `1h` may last/,
    cut: { file: consents, text: "if (until > now + longest + clockSlack)", by: "if (until < 0)" },
  },
  {
    name: "more of a budget, by a text that was used before",
    attempt: async ({ plainTopUp, openDesk }) => {
      const desk = await openDesk();
      expect(await desk.giveMore(plainTopUp)).toBeNull();
      return await desk.giveMore(plainTopUp);
    },
    why: /it was taken before/,
    cut: { file: topUps, text: "if (!this.#grants.useOnce(said.nonce))", by: "if (false)" },
  },
  {
    name: "more of a budget, by a text for yesterday",
    attempt: async ({ plainTopUp, openDesk }) => {
      const desk = await openDesk();
      return await desk.giveMore({ ...plainTopUp, window: "2026-11-25" });
    },
    why: /for the window 2026-11-25, and this is 2026-11-26/,
    cut: { file: topUps, text: "if (said.window !== window)", by: "if (false)" },
  },
  {
    name: "more of a budget, past its window",
    attempt: async ({ plainTopUp, openDesk }) =>
      (await openDesk()).giveMore({ ...plainTopUp, notAfter: "2026-12-27T00:00:00.000Z" }),
    why: /past 2026-11-27T00:00:00.000Z/,
    cut: { file: topUps, text: "if (ends > longest)", by: "if (false)" },
  },
  {
    name: "more of a budget, by a text of another repository",
    attempt: async ({ plainTopUp, openDesk }) =>
      (await openDesk()).giveMore({ ...plainTopUp, genesis: "8".repeat(40) }),
    why: /for another gate/,
    cut: {
      file: topUps,
      text: "if (said.genesis !== lineage.genesis || said.gate !== this.#gate)",
      by: "if (said.gate !== this.#gate)",
    },
  },
  {
    name: "an answer of somebody who is no signer",
    attempt: async ({ plainConsent, openDesk }) => (await openDesk()).give(plainConsent, "eve"),
    why: /expected a key of a signer's/,
    cut: {
      file: "src/trust/consent.ts",
      text: "  if (signer === undefined) {",
      by: '  if (signer === undefined) return { signer: "ada" };\n  if (signer === undefined) {',
    },
  },
  {
    name: "an answer of a signer who may not change what the rules allow",
    attempt: async ({ plainConsent, openDesk }) => (await openDesk()).give(plainConsent, "mem"),
    why: /mem holds neither the policies nor the trust role/,
    cut: {
      file: "src/trust/consent.ts",
      text: "  if (!mayAnswer) return",
      by: "  if (!mayAnswer && false) return",
    },
  },
  {
    name: "a denial turned into an allowance after it was signed",
    attempt: async ({ plainConsent, openDesk }) =>
      (await openDesk()).give({ ...plainConsent, answer: "deny" }, "ada", (text) =>
        text.replace("answer deny", "answer allow"),
      ),
    why: /signature is bad/,
    cut: one('  if ("why" in found) throw refused(found.why);\n'),
  },
];

test.each(attacks)(
  "S3: $name is refused, and counts where the rule is gone",
  async ({ attempt, why, cut }) => {
    expect(await attempt(desks)).toMatch(why);
    expect(await attempt(await moduleWithout<typeof desks>("test/fixtures/consents.ts", cut))).toBeNull();
  },
);

const { plainConsent, grantingConsent } = desks;

test("S3: of two answers at once one counts", async () => {
  const desk = await desks.openDesk();
  const both = await Promise.all([
    desk.give({ ...plainConsent, answer: "deny" }),
    desk.give({ ...plainConsent, nonce: "b".repeat(32) }),
  ]);
  expect(both.filter((why) => why === null)).toHaveLength(1);
  expect(desk.receipts).toHaveLength(1);
});

test("S3: what cannot be named exactly is granted once and no longer", async () => {
  const desk = await desks.openDesk(false);
  expect(await desk.give(grantingConsent)).toMatch(/only once/);
  expect(await desk.give(plainConsent)).toBeNull();
});

test("S3: a hundred asks wait, and past a thousand none does", () => {
  const asks = new Asks(() => 0);
  const ask = { principal: { agent: "coder", subagent: null }, session: "s", lineage: "l", grantable: null };
  const open = (seq: number) => asks.opened({ ...ask, seq, commitment: desks.call, spend: [] }, null);
  for (let seq = 0; seq < 1_000; seq += 1) open(seq);
  expect(asks.open("l")).toHaveLength(1_000);
  expect(() => open(1_000)).toThrow(/1000 asks of `coder` wait for an answer already/);
});

test("S3: of the same text given twice at once one counts", async () => {
  const desk = await desks.openDesk();
  const both = await Promise.all([desk.giveMore(desks.plainTopUp), desk.giveMore(desks.plainTopUp)]);
  expect(both.filter((why) => why === null)).toHaveLength(1);
  expect(await desk.giveMore({ ...desks.plainTopUp, nonce: "d".repeat(32) }, "eve")).toMatch(
    /key of a signer's/,
  );
});
