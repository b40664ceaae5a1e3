// mirror's evaluator against Cedar's, as each is used from Node: the same rules, parsed beforehand, the same requests,
// the same answers.
import cedar from "@cedar-policy/cedar-wasm/nodejs";
import { judge } from "../../dist/lib/policy/decide.js";
import { atLeast, paired, timed } from "../harness.mjs";
import { compiledFor, inputOf, makeRequests, makeRules, repository } from "../policies.mjs";

const requestCount = 64;
/** mirror decides so many times as often in a round, so that there is something to time. */
const repeats = 100;

export async function measure(rounds) {
  return [await compare(10, 30, rounds), await compare(1_000, 1_000, rounds)];
}

async function compare(count, least, rounds) {
  const rules = makeRules(count);
  const compiled = compiledFor(rules);
  const set = `rules-${count}`;
  const parsed = cedar.preparsePolicySet(set, { staticPolicies: policyText(rules) });
  if (parsed.type !== "success") throw new Error(`Cedar refuses the rules: ${JSON.stringify(parsed)}`);
  const requests = makeRequests(rules, requestCount);
  const inputs = requests.map(inputOf);
  const calls = requests.map((request) => callOf(set, request));
  const verdicts = checkSame(requests, inputs, calls, compiled);
  const one = (times, work) => {
    for (let warming = 0; warming < 10; warming += 1) work();
    return async () => ((await timed(work)) * 1_000) / (times * requestCount);
  };
  const taken = await paired(rounds, {
    cedar: one(1, () => {
      for (const call of calls) cedar.statefulIsAuthorized(call);
    }),
    mirror: one(repeats, () => {
      for (let again = 0; again < repeats; again += 1) for (const input of inputs) judge(input, compiled);
    }),
  });
  const times = `${taken.median("mirror").toFixed(2)} µs against ${taken.median("cedar").toFixed(0)} µs`;
  const detail = `${times}, cedar-wasm ${cedar.getCedarVersion()} statefulIsAuthorized (${verdicts})`;
  return atLeast(`decide at ${count} rules`, taken.ratio("cedar", "mirror"), least, "x faster", detail);
}

function policyText(rules) {
  return rules
    .map(({ verdict, action, directory }) => {
      const effect = verdict === "allow" ? "permit" : "forbid";
      const scope = `principal == Agent::"coder", action == Action::"${action}", resource`;
      return `${effect}(${scope}) when { context.path like "${repository}/${directory}/*" };`;
    })
    .join("\n");
}

function callOf(preparsedPolicySetId, { action, path }) {
  return {
    principal: { type: "Agent", id: "coder" },
    action: { type: "Action", id: action },
    resource: { type: "File", id: path },
    context: { path },
    preparsedPolicySetId,
    entities: [],
  };
}

/** Both must say the same of every request, and not always the same thing. */
function checkSame(requests, inputs, calls, compiled) {
  const counts = { allow: 0, deny: 0 };
  for (const [index, input] of inputs.entries()) {
    const { verdict } = judge(input, compiled);
    const answer = cedar.statefulIsAuthorized(calls[index]);
    if (answer.type !== "success" || answer.response.diagnostics.errors.length > 0)
      throw new Error(`Cedar fails: ${JSON.stringify(answer)}`);
    if (answer.response.decision !== verdict) {
      const { action, path } = requests[index];
      throw new Error(`${action} ${path}: mirror says ${verdict}, Cedar says ${answer.response.decision}`);
    }
    counts[verdict] += 1;
  }
  if (counts.allow === 0 || counts.deny === 0)
    throw new Error("the requests of a bench are all answered alike");
  return `same answers: ${counts.allow} allow, ${counts.deny} deny`;
}
