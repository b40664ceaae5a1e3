// What one decision costs as the rules grow: it must not grow with them.
import { decide } from "../../dist/lib/policy/decide.js";
import { atMost, paired, timed } from "../harness.mjs";
import { compiledFor, inputOf, makeRequests, makeRules } from "../policies.mjs";

const requestsPerRound = 512;

export async function measure(rounds) {
  const subject = (count) => {
    const rules = makeRules(count);
    const compiled = compiledFor(rules);
    const inputs = makeRequests(rules, requestsPerRound).map(inputOf);
    const all = () => {
      for (const input of inputs) decide(input, compiled);
    };
    for (let warming = 0; warming < 100; warming += 1) all();
    return async () => ((await timed(all)) * 1_000) / requestsPerRound;
  };
  const taken = await paired(rounds, { few: subject(10), many: subject(10_000) });
  const [many, few] = ["many", "few"].map((name) => `${taken.median(name).toFixed(2)} µs`);
  return [
    atMost(
      "decide at 10,000 rules",
      taken.ratio("many", "few"),
      2,
      "x",
      `${many} against ${few}, at 10 rules`,
    ),
  ];
}
