import { expect, test } from "vitest";
import { checkConsent } from "../../src/app/consent-evidence.ts";
import type { ApprovalReceipt, AskReceipt } from "../../src/ledger/consent-check.ts";
import type { Grant, GrantedEffect } from "../../src/model/consent.ts";
import type { Decision } from "../../src/model/decision.ts";
import type { ApprovalBody, OutcomeBody, ReceiptBody } from "../../src/model/receipt.ts";
import { type Consent, consentText } from "../../src/trust/consent.ts";
import * as ledgers from "../fixtures/ledgers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R1: an answer to an ask, and a grant that a decision goes by, stand in the ledger and are held against each other.
// A gate that says somebody allowed what nobody did is found.
const unheld = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", {
  file: "src/ledger/verify.ts",
  text: "await this.#consents.look(receipt, policySet.files, report);",
  by: "",
});

const asked: Decision = {
  verdict: "ask",
  reasons: [{ rule: "otherwise/shell.exec", verdict: "ask", message: "runs `make deploy`", effects: [0] }],
};
const effects: readonly GrantedEffect[] = [
  { action: "shell.exec", resource: { kind: "command" }, chain: [["make", "deploy"]] },
];

/** A call that is asked about, by these grants if any. */
function ask(grants: readonly Grant[] = [], change: { agent?: string; session?: string } = {}): ReceiptBody {
  const { input, ...rest } = ledgers.decisionBody(["make", "deploy"], { decision: asked });
  return { ...rest, input: { ...input, ...change, ...(grants.length === 0 ? {} : { grants }) } };
}

function approval(of: number, change: Partial<ApprovalBody> = {}): ApprovalBody {
  return {
    ...{ kind: "approval", agent: "coder", subagent: null, session: "session-1", ask: of, answer: "allow" },
    consent: { by: "ada", text: "what she said", signature: "her signature" },
    grant: null,
    ...change,
  };
}

function ran(decision: number, change: Partial<OutcomeBody> = {}): OutcomeBody {
  return {
    ...{ kind: "outcome", agent: "coder", subagent: null, session: "session-1", tool: "Bash", decision },
    ...{ status: "ok", duration: null, commitment: null, changedAfterDecision: null },
    ...change,
  };
}

const granting = (of: number, session: string | null = null): ApprovalBody =>
  approval(of, { grant: { effects, until: "2026-11-23T07:35:00.000Z", session } });
const revoked = (grant: number): ReceiptBody => ({
  ...{ kind: "grant", agent: "coder", what: "revoked", grant },
  ...{ topUp: null, consent: null },
});
const by = (receipt: number, of: readonly GrantedEffect[] = effects): Grant[] => [{ receipt, effects: of }];

const topUp = (): ReceiptBody => ({
  ...{ kind: "grant", agent: "coder", what: "topped-up", grant: null },
  topUp: { budget: "day", unit: "calls", window: "total", more: 10, until: "2026-11-24T06:35:00.000Z" },
  consent: { by: "ada", text: "what she said", signature: "her signature" },
});

/** A call by so much more of a budget. */
function spending(more: number): ReceiptBody {
  const { input, ...rest } = ledgers.decisionBody(["make", "deploy"], { decision: asked });
  const spend = [{ budget: "day", window: "total", unit: "calls", used: 0, cost: 1, more }] as const;
  return { ...rest, input: { ...input, spend } };
}

async function problems(
  mirror: typeof ledgers,
  bodies: readonly ReceiptBody[],
  signed: readonly string[] = [],
) {
  const world = await mirror.ledgerWorld();
  const { ledger } = await mirror.filledLedger(world, bodies.length, (index) => bodies[index] as ReceiptBody);
  await ledger.close();
  const verdict = await mirror.verify(world, {
    evaluator: () => () => asked,
    checkConsent: async () => signed,
    checkTopUp: async () => signed,
  });
  return verdict.problems.map(({ code, message }) => `${code}: ${message}`);
}

// The first body is receipt 1: the genesis is 0.
test.each<[string, readonly ReceiptBody[], RegExp]>([
  ["an answer that nobody signed", [ask(), approval(1, { consent: null })], /nobody signed it/],
  ["an answer to what was never asked", [approval(1)], /answers 1, which asks nothing/],
  ["a second answer", [ask(), approval(1), approval(1)], /has its answer/],
  ["a grant that nobody gave", [ask(by(4))], /goes by grant 4, which is none/],
  ["another agent's grant", [ask(), granting(1), ask(by(2), { agent: "helper" })], /is another agent's/],
  [
    "another session's grant",
    [ask(), granting(1, "session-1"), ask(by(2), { session: "s2" })],
    /another session/,
  ],
  [
    "an answer to one agent under another's name",
    [ask(), approval(1, { agent: "helper" })],
    /names the agent helper, expected coder/,
  ],
  [
    "an answer to an agent under its subagent's name",
    [ask(), approval(1, { subagent: "reviewer" })],
    /names the subagent reviewer, expected null/,
  ],
  [
    "an answer in one session under another's name",
    [ask(), approval(1, { session: "s2" })],
    /names the session s2, expected session-1/,
  ],
  [
    "a yes in the client where that is not asked",
    [ask(), ran(1, { consent: "approved-in-client" })],
    /approved in the client, where a signer is asked/,
  ],
  ["an answer to a call that is over", [ask(), ran(1), approval(1)], /has its answer/],
  ["a grant for more", [ask(), granting(1), ask(by(2, []))], /for more than that allows/],
  ["a grant that was taken back", [ask(), granting(1), revoked(2), ask(by(2))], /was taken back/],
  ["more of a budget that nobody gave", [spending(5)], /says 5 more of day was granted in total, expected 0/],
  [
    "more of a budget than was given",
    [topUp(), spending(11)],
    /says 11 more of day was granted in total, expected 10/,
  ],
  ["more of a budget after it was taken back", [topUp(), revoked(1), spending(10)], /expected 0/],
])("R1: %s is found, and passes where nobody looks", async (_name, bodies, why) => {
  const found = await problems(ledgers, bodies);
  expect(found).toEqual([expect.stringMatching(why)]);
  expect(found[0]).toMatch(/^consent-differs: /);
  expect(await problems(unheld, bodies)).toEqual([]);
});

test("R1: what was signed is held to the policy set and the time that it was taken in", async () => {
  const time = "2026-11-23T06:35:00.000Z";
  const text = (change: Partial<Consent>) =>
    consentText({
      ...{ genesis: "9".repeat(40), lineage: "8".repeat(64), gate: "gate-1", agent: "coder", ask: 1 },
      ...{ call: `${"1".repeat(32)}:${"2".repeat(64)}`, answer: "allow", lasts: "once", grant: null },
      ...{ notAfter: "2026-11-23T06:36:00.000Z", nonce: "a".repeat(32), reason: null },
      ...change,
    });
  const check = async (change: Partial<Consent>, lineage = "8".repeat(64)) => {
    const header = { gate: "gate-1", lineage: "8".repeat(64), time, seq: 1 };
    const asking = { ...header, commitment: `${"1".repeat(32)}:${"2".repeat(64)}`, replay: "plain" };
    const consent = { by: "ada", text: text(change), signature: "" };
    const answer = { ...header, ...approval(1), consent, lineage } as unknown as ApprovalReceipt;
    const asked = { ...asking, ...(ask() as object), ...asking } as unknown as AskReceipt;
    return (await checkConsent(answer, asked, new Map())).slice(0, -1);
  };
  expect(await check({})).toEqual([]);
  expect(await check({}, "7".repeat(64))).toEqual([
    `the lineage in what was signed is ${"8".repeat(64)}, expected ${"7".repeat(64)}`,
  ]);
  expect(await check({ notAfter: "2027-11-23T06:36:00.000Z" })).toEqual([
    "what was signed holds until 2027-11-23T06:36:00.000Z, longer than `once` may last",
  ]);
});

test("R1: answers and grants that hold are no problem, and what a signature does not bear out is one", async () => {
  const good = [
    ask(),
    granting(1),
    ask(by(2)),
    ask(),
    approval(4, { answer: "none", consent: null }),
    topUp(),
    spending(10),
  ];
  expect(await problems(ledgers, good)).toEqual([]);
  expect(await problems(ledgers, [ask(), approval(1)], ["it is signed by eve"])).toEqual([
    "consent-differs: it is signed by eve",
  ]);
});
