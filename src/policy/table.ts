import type { Problem } from "../base/problem.ts";
import { clientIds } from "../model/call.ts";
import type { Decision } from "../model/decision.ts";
import type { Binding, DecisionCase, DecisionTable, PolicySet } from "../model/policy-set.ts";
import { type CompiledPolicySet, compilePolicySet } from "./compile.ts";
import { quoted } from "./wording.ts";

/** Decides one case of a decision table for an agent of a compiled policy set. */
export type DecideCase = (agent: string, test: DecisionCase, compiled: CompiledPolicySet) => Decision;

/** How the decision tables of a policy set went. */
export interface TableResults {
  readonly cases: number;
  /** One for each case that is decided otherwise than it says. */
  readonly problems: readonly Problem[];
  /** Rules among the reasons of some case, as `policy/rule`. */
  readonly reached: ReadonlySet<string>;
}

/** Runs all decision tables. A table of policies is run for an agent bound to exactly these. */
export function runTables(set: PolicySet, decideCase: DecideCase): TableResults {
  const agents = new Map(set.agents);
  for (const table of set.tests.values()) {
    if (table.policies !== null) agents.set(tableAgent(table), bindingOf(table, table.policies));
  }
  const compiled = compilePolicySet({ ...set, agents });
  const problems: Problem[] = [];
  const reached = new Set<string>();
  let cases = 0;
  for (const table of set.tests.values()) {
    const agent = tableAgent(table);
    for (const test of table.cases) {
      const decision = decideCase(agent, test, compiled);
      const problem = failure(agent, test, decision);
      if (problem !== null) problems.push(problem);
      for (const { rule } of decision.reasons) reached.add(rule);
      cases += 1;
    }
  }
  return { cases, problems, reached };
}

/** No binding can have an id with a slash. */
function tableAgent(table: DecisionTable): string {
  return table.agent ?? `tests/${table.id}`;
}

function bindingOf(table: DecisionTable, policies: readonly string[]): Binding {
  return {
    version: 1,
    id: tableAgent(table),
    description: null,
    clients: clientIds,
    policies,
    record: "none",
    consent: "client",
    notify: null,
    usage: "bus",
    budgets: [],
  };
}

function failure(agent: string, test: DecisionCase, decision: Decision): Problem | null {
  const call = quoted(test.command ?? `${test.tool?.name} ${JSON.stringify(test.tool?.input)}`);
  const after = test.after.length === 0 ? "" : ` after ${test.after.join(", ")}`;
  const because = decision.reasons.slice(0, 3).map(({ rule, message }) => `${rule}: ${message}`);
  if (decision.verdict !== test.expect) {
    return {
      ...test.at,
      code: "wrong-decision",
      message: `found ${decision.verdict} for ${call} of \`${agent}\`${after}, expected ${test.expect}`,
      hint: because.join("\n  "),
    };
  }
  if (test.rule === null || decision.reasons.some(({ rule }) => rule === test.rule)) return null;
  return {
    ...test.at,
    code: "wrong-rule",
    message: `found ${decision.verdict} for ${call}${after} without \`${test.rule}\` among its reasons`,
    hint: because.join("\n  "),
  };
}
