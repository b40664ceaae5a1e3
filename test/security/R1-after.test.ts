import { expect, test } from "vitest";
import type { Decision, DecisionInput } from "../../src/model/decision.ts";
import type { RiskReason } from "../../src/model/risk.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import type * as decideModule from "../../src/policy/decide.ts";
import * as deciding from "../../src/policy/decide.ts";
import * as gates from "../fixtures/gate-in-process.ts";
import * as ledgers from "../fixtures/ledgers.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";
import { effect, input, policySet } from "../policy/calls.ts";

// TRUST R1: what a session did before is part of what decided. A gate that leaves out of it what its own receipts show is
// found, and to leave it out altogether opens nothing.
const unfollowed = await moduleWithout<typeof ledgers>("test/fixtures/ledgers.ts", {
  file: "src/ledger/verify.ts",
  text: "this.#after.check(receipt, report);",
  by: "",
});

const allowed: Decision = {
  verdict: "allow",
  reasons: [{ rule: "base/git", verdict: "allow", message: "runs `git rebase`", effects: [0] }],
};

/** One call, which rewrites history: what it says was before it, and in which session. */
interface Call {
  readonly after?: readonly RiskReason[];
  readonly session?: string;
  readonly denied?: true;
  /** Days after the first. */
  readonly day?: number;
}

async function verdictOf(mirror: typeof ledgers, calls: readonly Call[]) {
  const world = await mirror.ledgerWorld();
  const begin = world.now;
  const ledger = await world.open();
  await ledger.append(world.genesis, world.context);
  for (const { after, session = "s", denied, day = 0 } of calls) {
    world.now = begin + day * 86_400_000;
    const body = mirror.decisionBody(["git", "rebase"]);
    const decision = denied ? body.decision : allowed;
    const said = after === undefined ? {} : { after };
    await ledger.append({ ...body, decision, input: { ...body.input, session, ...said } }, world.context);
  }
  await ledger.close();
  const decisions = calls.map(({ denied }) => (denied ? mirror.decisionBody([]).decision : allowed));
  return await mirror.verify(world, { evaluator: () => () => decisions.shift() ?? allowed });
}

test("R1: a ledger that leaves out what its session did before is found, and passes where nobody follows", async () => {
  const done = ["rewrites-history"] as const;
  for (const honest of [
    [{ after: [] }, { after: done }, { after: done }],
    // Said by no rule at first, and yet done.
    [{}, { after: done }],
    // More than the receipts show may have been done where one could not be written.
    [{ after: ["opaque"] }, { after: [...done, "spends-money"] }],
    [{ after: [] }, { after: [], session: "t" }],
    [{ after: [], denied: true }, { after: [] }],
    [{ after: [] }, { after: [], day: 8 }],
  ] as const)
    expect((await verdictOf(ledgers, honest)).problems).toEqual([]);
  for (const forged of [
    [{ after: [] }, { after: [] }],
    [{}, { after: ["opaque"] }],
    [{ after: [] }, { after: done, day: 5 }, { after: [], day: 10 }],
  ] as const) {
    const verdict = await verdictOf(ledgers, forged);
    expect(verdict.problems.map(({ code }) => code)).toEqual(["after-differs"]);
    expect((await verdictOf(unfollowed, forged)).ok).toBe(true);
  }
});

const rules = `- { id: net, verdict: allow, action: net.connect }
- { id: read, verdict: allow, action: fs.read }
- { id: sequel, verdict: deny, action: net.connect, when: { after: reads-secret } }`;
const connect = effect("net.connect", { kind: "host", host: "x.io", direction: "fetch" });
const secret = effect(
  "fs.read",
  { kind: "path", shape: "exact", path: "/home/ada/repo/.env", real: null },
  { risk: { level: "high", reasons: ["reads-secret"] } },
);
const both = { commands: [], effects: [secret, connect], risk: secret.risk };

test("R1: not to say what was done before, or to do it in the same call, lets nothing through", async () => {
  const attacks: readonly [DecisionInput, string, string][] = [
    [input(connect), "after = riskReasons", "after = []"],
    [input(both, { after: [] }), "[...this.#session, ...here]", "this.#session"],
  ];
  const compiled = compilePolicySet(policySet(rules));
  expect(deciding.decide(input(connect, { after: [] }), compiled).verdict).toBe("allow");
  for (const [attack, text, by] of attacks) {
    expect(deciding.decide(attack, compiled).verdict).toBe("deny");
    const cut = { file: "src/policy/earlier.ts", text, by };
    const without = await moduleWithout<typeof decideModule>("src/policy/decide.ts", cut);
    expect(without.decide(attack, compiled).verdict).toBe("allow");
  }
});

const open = `- { id: all, verdict: allow, action: [fs.read, shell.exec, net.connect] }
- { id: once, verdict: deny, action: fs.read, when: { after: reads-secret } }`;
const taken = "if (mayRun) this.#past.add(spender, rawAnalysis);";

test("R1: of racing calls none misses the other, and a gate that was killed has not forgotten", async () => {
  const race = async (mirror: typeof gates): Promise<string[]> => {
    const gate = mirror.gateInProcess(open);
    return (await Promise.all(["cat .env", "cat .env.local"].map((text) => gate.command(text)))).sort();
  };
  expect(await race(gates)).toEqual(["allow", "deny"]);
  const late = await moduleWithout<typeof gates>(
    "test/fixtures/gate-in-process.ts",
    { file: "src/gate/gate.ts", text: taken, by: "" },
    { file: "src/gate/gate.ts", text: "pending?.recorded(seq);", by: `pending?.recorded(seq); ${taken}` },
  );
  expect(await race(late)).toEqual(["allow", "allow"]);

  const restarted = (mirror: typeof gates): Promise<string> =>
    mirror.gateInProcess(open, { before: ["reads-secret"] }).command("cat .env");
  expect(await restarted(gates)).toBe("deny");
  const forgetful = await moduleWithout<typeof gates>("test/fixtures/gate-in-process.ts", {
    file: "src/gate/gate.ts",
    text: "|| this.#past.isOpen) return policy;",
    by: "|| true) return policy;",
  });
  expect(await restarted(forgetful)).toBe("allow");
});
