// What it takes to say what a policy change means: the rules that did not change must not count.
import { spawnSync } from "node:child_process";
import { tryReceipts } from "../../dist/lib/app/policy/trial.js";
import { comparePolicySets } from "../../dist/lib/policy/compare/compare.js";
import { atMost, cleanEnvironment, paired } from "../harness.mjs";
import { decisionBody, gate, makeLedger } from "../ledgers.mjs";
import { makeRules, policySetOf } from "../policies.mjs";
import { inScratch } from "../scratch.mjs";

export async function measure(rounds) {
  const subject = (count) => {
    const rules = makeRules(count);
    const before = policySetOf(rules);
    const after = policySetOf(
      rules.map((rule, index) => (index === 4 ? { ...rule, verdict: "deny" } : rule)),
    );
    return () => {
      const { verdict, changes } = comparePolicySets(before, after);
      if (verdict !== "narrows" || changes.length === 0) throw new Error(`the plan says ${verdict}`);
    };
  };
  const taken = await paired(Math.min(rounds, 9), {
    node: () => void spawnSync(process.execPath, ["-e", "0"], { env: cleanEnvironment() }),
    hundred: subject(100),
    many: subject(10_000),
  });
  const line = (what, name, most) => {
    const detail = `${taken.ratio(name, "node").toFixed(1)}x ${taken.median("node").toFixed(1)} ms, node -e 0`;
    return atMost(what, taken.median(name), most, "ms", detail);
  };
  return [
    line("one of 100 rules changed", "hundred", 300),
    line("one of 10,000 rules changed", "many", 10_000),
    await replay(rounds),
  ];
}

const receipts = 10_000;

/** The ledger's own calls under a proposal, against git's walk over the same commits. */
async function replay(rounds) {
  return await inScratch(async (top) => {
    const ledger = await makeLedger(top);
    for (let index = 0; index < receipts; index += 50)
      await Promise.all(Array.from({ length: 50 }, (_, each) => ledger.append(decisionBody(index + each))));
    await ledger.fold();
    const rules = makeRules(100);
    const [before, after] = [policySetOf(rules), policySetOf(rules.slice(1))];
    const taken = await paired(Math.min(rounds, 9), {
      git: () => void ledger.git("log", "--format=%s", ledger.ref),
      mirror: async () => {
        const { decisions } = await tryReceipts(ledger, gate, before, after, false);
        if (decisions !== receipts) throw new Error(`${decisions} of ${receipts} receipts were tried`);
      },
    });
    await ledger.close();
    const detail = `${taken.ratio("mirror", "git").toFixed(1)}x ${taken.median("git").toFixed(0)} ms, git log --format=%s`;
    return atMost("replay of 10,000 receipts", taken.median("mirror"), 3_000, "ms", detail);
  });
}
