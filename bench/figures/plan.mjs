// What it takes to say what a policy change means: the rules that did not change must not count.
import { spawnSync } from "node:child_process";
import { comparePolicySets } from "../../dist/lib/policy/compare/compare.js";
import { atMost, cleanEnvironment, paired } from "../harness.mjs";
import { makeRules, policySetOf } from "../policies.mjs";

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
  ];
}
