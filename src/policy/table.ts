import type { Problem } from "../base/problem.ts";
import type { Decision } from "../model/decision.ts";
import type { DecisionCase, DecisionTable, PolicySet } from "../model/policy-set.ts";

/** Decides one case of a decision table for an agent. */
export type DecideCase = (agent: string, test: DecisionCase) => Decision;

/** How the decision tables of a policy set went. */
export interface TableResults {
  readonly cases: number;
  /** One for each case that is decided otherwise than it says. */
  readonly problems: readonly Problem[];
}

/** Runs all decision tables. */
export function runTables(set: PolicySet, decideCase: DecideCase): TableResults {
  const results = [...set.tests.values()].flatMap((table) =>
    table.cases.map((test) => failure(table, test, decideCase(table.agent, test))),
  );
  return { cases: results.length, problems: results.filter((problem) => problem !== null) };
}

function failure(table: DecisionTable, test: DecisionCase, decision: Decision): Problem | null {
  const call = test.command ?? `${test.tool?.name} ${JSON.stringify(test.tool?.input)}`;
  const because = decision.reasons.slice(0, 3).map(({ rule, message }) => `${rule}: ${message}`);
  if (decision.verdict !== test.expect) {
    return {
      ...test.at,
      code: "wrong-decision",
      message: `found ${decision.verdict} for \`${call}\` of \`${table.agent}\`, expected ${test.expect}`,
      hint: because.join("\n  "),
    };
  }
  if (test.rule === null || decision.reasons.some(({ rule }) => rule === test.rule)) return null;
  return {
    ...test.at,
    code: "wrong-rule",
    message: `found ${decision.verdict} for \`${call}\` without \`${test.rule}\` among its reasons`,
    hint: because.join("\n  "),
  };
}
