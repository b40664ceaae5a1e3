// Policy sets of any size that both mirror and Cedar can say, and the calls they are asked about.
import { parsePolicySet } from "../dist/lib/model/documents.js";
import { noRisk } from "../dist/lib/model/risk.js";
import { compilePolicySet } from "../dist/lib/policy/compile.js";

export const repository = "/work/app";
const places = {
  repo: [repository],
  home: "/home/ada",
  tmp: ["/tmp"],
  git: [`${repository}/.git`],
  mirror: ["/home/ada/.local/state/mirror"],
};

/** Gives the directory that rule `index` is about: three segments, as a monorepo has them. */
const directoryOf = (index) => `services/team-${index % 100}/module-${index}`;

/** Gives `count` rules: every fourth forbids, the rest allow; they name reads or writes of all below a directory. */
export function makeRules(count) {
  return Array.from({ length: count }, (_, index) => ({
    id: `rule-${index}`,
    verdict: index % 4 === 3 ? "deny" : "allow",
    action: index % 2 === 0 ? "fs.read" : "fs.write",
    // A forbidden place lies below one that is allowed for the same action.
    directory: index % 4 === 3 ? `${directoryOf(index - 2)}/private` : directoryOf(index),
  }));
}

/** Gives calls of one effect each: some that a rule allows, some forbidden below that, some that no rule names. */
export function makeRequests(rules, count) {
  return Array.from({ length: count }, (_, index) => {
    const rule = rules[(index * 7919) % rules.length];
    const action = index % 5 === 4 ? "fs.write" : rule.action;
    const below = index % 7 === 6 ? "elsewhere" : rule.directory;
    return { action, path: `${repository}/${below}/src/file-${index}.ts` };
  });
}

/** One file of a policy set has a limit of size. */
const rulesPerPolicy = 1_000;

/** Gives the rules as mirror's compiled policy set. */
export function compiledFor(rules) {
  return compilePolicySet(policySetOf(rules));
}

/** Gives the rules as mirror's parsed policy set, bound to the agent `coder`. */
export function policySetOf(rules) {
  const policies = [];
  for (let from = 0; from < rules.length; from += rulesPerPolicy) {
    policies.push({ id: `rules-${policies.length}`, rules: rules.slice(from, from + rulesPerPolicy) });
  }
  const names = policies.map(({ id }) => id).join(", ");
  const files = new Map(
    /** @type {[string, string][]} */ ([
      ["mirror.yaml", "version: 1\npolicy_branch: main\n"],
      ["agents/coder.yaml", `version: 1\nid: coder\nclients: [claude-code]\npolicies: [${names}]\n`],
      ...policies.map((policy) => [`policies/${policy.id}.yaml`, policyText(policy)]),
    ]),
  );
  const bytes = new Map([...files].map(([path, text]) => [path, Buffer.from(text)]));
  const { set, problems } = parsePolicySet(bytes, { unsigned: true });
  if (set === null) throw new Error(`the policy set of a bench has mistakes: ${JSON.stringify(problems[0])}`);
  return set;
}

function policyText({ id, rules }) {
  const lines = rules.map(
    ({ id, verdict, action, directory }) =>
      `  - { id: ${id}, verdict: ${verdict}, action: ${action}, path: ["${directory}/**"] }`,
  );
  return ["version: 1", `id: ${id}`, "rules:", ...lines, ""].join("\n");
}

/**
 * Gives the decision input of a request.
 * @returns {import("../dist/lib/model/decision.js").DecisionInput}
 */
export function inputOf({ action, path }) {
  /** @type {import("../dist/lib/model/effect.js").Resource} */
  const resource = { kind: "path", path, real: null, shape: "exact" };
  const effect = { action, resource, opaque: [], command: null, risk: noRisk };
  return {
    language: 1,
    agent: "coder",
    subagent: null,
    session: "bench",
    client: "claude-code",
    tool: action === "fs.read" ? "Read" : "Write",
    places,
    changing: [],
    analysis: { commands: [], effects: [effect], risk: noRisk },
  };
}
