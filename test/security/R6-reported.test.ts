import { expect, test } from "vitest";
import * as checks from "../../src/ledger/spend-check.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { Receipt, SpendBody, UsageReport } from "../../src/model/receipt.ts";
import * as budgets from "../../src/policy/budgets.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import * as modelCalls from "../../src/policy/model-calls.ts";
import * as reported from "../../src/policy/reported-calls.ts";
import * as ledgers from "../fixtures/ledgers.ts";
import { bindingWith } from "../fixtures/transcripts.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";

// TRUST R6: what a client reports is counted in full, once, and is never given back. A gate that counts its messages as less, or
// those of an agent that is metered elsewhere, is found.

function setWith(usage?: string) {
  const texts = {
    "mirror.yaml": "version: 1\npolicy_branch: main\n",
    "prices.yaml": "version: 1\nmodels: { opus: { input: 1, output: 10 } }\n",
    "policies/base.yaml": "version: 1\nid: base\nrules: []\n",
    "agents/coder.yaml": bindingWith(
      [
        "{ id: words, unit: tokens, limit: 100, window: total }",
        "{ id: money, unit: usd, limit: 5, window: total }",
      ],
      usage,
    ),
  };
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
  const { set } = parsePolicySet(files, { unsigned: true });
  if (set === null) throw new Error("the policy set has mistakes");
  return { prices: set.prices, compiled: compilePolicySet(set, null, "bounded") };
}

const metered = setWith();
const tokens = { input: 10, output: 2, cacheRead: 0, cacheWrite: 0, longCacheWrite: 0 };
const total = { window: "total", used: 0 } as const;

const honest: SpendBody = {
  kind: "spend",
  what: "reported",
  ...{ agent: "coder", subagent: null, session: "s", model: "opus", reservation: null, reason: null },
  tokens: { input: 10, output: 2, cacheRead: 0, cacheWrite: 0 },
  microUsd: 30,
  spend: [
    { ...total, budget: "words", unit: "tokens", cost: 12 },
    { ...total, budget: "money", unit: "usd", cost: 30 },
  ],
  report: {
    source: "transcript",
    messages: [{ id: "0".repeat(64), tokens }],
    skipped: 0,
  },
};

const file = "src/policy/reported-calls.ts";
const forged: Readonly<Record<string, readonly [Cut, SpendBody]>> = {
  "fewer tokens than its messages have": [
    { file, text: "if (canonicalJson(use) !== canonicalJson({ tokens, microUsd }))", by: "if (false)" },
    { ...honest, tokens: { ...honest.tokens, output: 0 } },
  ],
  "less of a budget than they take": [
    { file, text: "if (cost !== (spent?.cost ?? 0))", by: "if (false)" },
    { ...honest, spend: honest.spend?.map((each) => ({ ...each, cost: 1 })) ?? [] },
  ],
  "nothing of a budget at all": [
    { file, text: "if (cost !== (spent?.cost ?? 0))", by: "if (false)" },
    { ...honest, spend: honest.spend?.slice(0, 1) ?? [] },
  ],
  "nothing for a price that nobody knows": [
    { file, text: "microUsd: use.microUsd ?? left", by: "microUsd: use.microUsd ?? 0" },
    { ...honest, model: "odd", microUsd: null, spend: honest.spend?.slice(0, 1) ?? [] },
  ],
};

async function found({ reportedProblem }: typeof reported, body: SpendBody, by = metered): Promise<string[]> {
  const world = await ledgers.ledgerWorld();
  const { ledger } = await ledgers.filledLedger(world, 1, () => body);
  await ledger.close();
  const judge = (call: SpendBody) => reportedProblem(call, by.prices, by.compiled);
  const { problems } = await ledgers.verify(world, { modelJudge: () => judge });
  return problems.map(({ code }) => code);
}

test.each(Object.entries(forged))(
  "R6: a report that takes %s is found, and passes where nobody looks",
  async (_, attack) => {
    const [cut, body] = attack;
    expect(await found(reported, honest)).toEqual([]);
    expect(await found(reported, body)).toEqual(["spend-differs"]);
    expect(await found(await moduleWithout<typeof reported>(file, cut), body)).toEqual([]);
  },
);

test("R6: a report of an agent that is metered elsewhere, or of nothing, is found", async () => {
  expect(await found(reported, honest, setWith(""))).toEqual(["spend-differs"]);
  const { report: _, ...without } = honest;
  expect(await found(reported, without)).toEqual(["spend-differs"]);
  // Nor does a message that was told of as more before take anything off another.
  const more = { id: "1".repeat(64), tokens, before: { ...tokens, input: 1_000 } };
  const messages = [...(honest.report?.messages ?? []), more];
  const { tokens: counted } = reported.pricedUse(
    { model: "opus", report: { source: "transcript", messages, skipped: 0 } },
    metered.prices,
  );
  expect(counted).toEqual(honest.tokens);
});

test("R6: what was counted before is what receipts counted, and passes where nobody looks", async () => {
  const header = { version: 1, gate: "g", time: "2026-11-26T12:00:00.000Z", engine: "0", epoch: 0 };
  const told = (seq: number, messages: UsageReport["messages"]): Receipt =>
    ({
      ...header,
      ...honest,
      seq,
      spend: [],
      report: { source: "transcript", messages, skipped: 0 },
    }) as unknown as Receipt;
  const id = "0".repeat(64);
  const more = { ...tokens, output: 7 };
  const rounds: Readonly<Record<string, readonly UsageReport["messages"][]>> = {
    honest: [[{ id, tokens }], [{ id, tokens: more, before: tokens }]],
    invented: [[{ id, tokens, before: tokens }]],
    greater: [[{ id, tokens }], [{ id, tokens: more, before: { ...tokens, output: 6 } }]],
    nothing: [[]],
  };
  const problems = ({ SpendCheck }: typeof checks, all: readonly UsageReport["messages"][]) => {
    const check = new SpendCheck();
    const found: string[] = [];
    for (const [seq, messages] of all.entries())
      check.check(told(seq, messages), (code) => {
        found.push(code);
      });
    return found;
  };
  const rule = "if (receipt.report !== undefined) this.#compareReported(receipt.report, report);";
  const without = await moduleWithout<typeof checks>("src/ledger/spend-check.ts", {
    file: "src/ledger/spend-check.ts",
    text: rule,
    by: "",
  });
  for (const [what, all] of Object.entries(rounds)) {
    expect([what, problems(checks, all)]).toEqual([what, what === "honest" ? [] : ["spend-differs"]]);
    expect(problems(without, all)).toEqual([]);
  }
});

test("R6: what was reported is not settled, and is where the rule is gone", async () => {
  const header = { version: 1, gate: "g", time: "2026-11-26T12:00:00.000Z", engine: "0", epoch: 0 };
  const settled = [{ budget: "words", window: "total", unit: "tokens", by: -11 }];
  const back = {
    ...honest,
    what: "settled",
    spend: [],
    settled,
    reservation: 0,
    tokens: { ...honest.tokens, input: 0, output: 0 },
    microUsd: 0,
  };
  const receipts = [honest, back].map((body, seq) => ({ ...header, seq, ...body }) as unknown as Receipt);
  const problems = ({ SpendCheck }: typeof checks): string[] => {
    const list: string[] = [];
    const check = new SpendCheck();
    for (const receipt of receipts) check.check(receipt, (_, message) => list.push(message));
    return list;
  };
  expect(problems(checks)).toEqual([expect.stringContaining("nothing is open to be settled")]);
  const at = "src/ledger/spend-check.ts";
  const cut = {
    file: at,
    text: 'if (what === "reported") this.#spend(spender, spend);',
    by: 'if (what === "reported") this.#take(receipt.seq, { call: "model", spender, spend });',
  };
  expect(problems(await moduleWithout<typeof checks>(at, cut))).not.toContainEqual(
    expect.stringContaining("settles words in total, of which nothing is open"),
  );
});

test("R6: a call of an agent whose tokens are used up is denied, and runs where the rule is gone", async () => {
  const [budget] = metered.compiled.agents.get("coder")?.budgets ?? [];
  if (budget === undefined) throw new Error("coder has no budget");
  const bound = { budgets: [budget], usage: "transcript" } as const;
  const analysis = { commands: [], effects: [], risk: { level: "low", reasons: [] } } as const;
  const spend = [{ ...total, used: 100, budget: "words", unit: "tokens", cost: 0 }] as const;
  expect(budgets.exceeded(bound, { analysis, spend })).toHaveLength(1);
  expect(budgets.exceeded(bound, { analysis, spend: [] })).toHaveLength(1);
  const at = "src/policy/budgets.ts";
  const cut = { file: at, text: '(usage === "transcript" && countsModelCalls(budget))', by: "false" };
  const without = await moduleWithout<typeof budgets>(at, cut);
  expect(without.exceeded(bound, { analysis, spend })).toEqual([]);
});

test("R6: the bus takes no call of an agent that is metered by its transcripts, and does where the rule is gone", async () => {
  const call = { agent: "coder", tokens: honest.tokens, microUsd: 0, spend: honest.spend ?? [] };
  expect(modelCalls.modelRefusal(call, metered.compiled)?.message).toContain("usage: transcript");
  const at = "src/policy/model-calls.ts";
  const cut = { file: at, text: 'binding.usage === "transcript"', by: "false" };
  const without = await moduleWithout<typeof modelCalls>(at, cut);
  expect(without.modelRefusal({ ...call, microUsd: 20 }, metered.compiled)).toBeNull();
});
