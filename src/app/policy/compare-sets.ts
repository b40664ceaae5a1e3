import { analyseCommand } from "../../analysis/analyse.ts";
import { noWorld } from "../../analysis/world.ts";
import { type DecisionInput, languageVersion } from "../../model/decision.ts";
import type { PolicySet, Rule } from "../../model/policy-set.ts";
import { comparePolicySets } from "../../policy/compare/compare.ts";
import type { PolicyComparison } from "../../policy/compare/comparison.ts";
import { examplePlaces } from "../../policy/examples.ts";

/**
 * Compares two policy sets, helped by requests that are known: the examples that differing rules give of themselves, and
 * `calls` that were really made. A change they show is shown; what is proven needs none of them.
 */
export function compareSets(
  before: PolicySet,
  after: PolicySet,
  calls: readonly DecisionInput[] = [],
): PolicyComparison {
  return comparePolicySets(before, after, { known: [...exampleRequests(before, after), ...calls] });
}

function exampleRequests(before: PolicySet, after: PolicySet): DecisionInput[] {
  const [old, next] = [rulesOf(before), rulesOf(after)];
  const differing = [
    ...[...old].filter(([text]) => !next.has(text)),
    ...[...next].filter(([text]) => !old.has(text)),
  ];
  const commands = differing.flatMap(([, { match, notMatch }]) =>
    [...match, ...notMatch].map(({ command }) => command),
  );
  return [...new Set(commands)].map(requestOf);
}

/** Rules of all policies, by all that they say. */
function rulesOf({ policies }: PolicySet): ReadonlyMap<string, Rule> {
  const rules = [...policies].flatMap(([id, policy]) => policy.rules.map((rule) => ({ id, rule })));
  return new Map(
    rules.map(({ id, rule }) => [
      JSON.stringify([id, { ...rule, at: null, match: null, notMatch: null }]),
      rule,
    ]),
  );
}

function requestOf(command: string): DecisionInput {
  const [cwd = "/"] = examplePlaces.repo;
  return {
    language: languageVersion,
    ...{ agent: "example", subagent: null, session: "", client: "claude-code", tool: "Bash" },
    places: examplePlaces,
    analysis: analyseCommand(command, { cwd, places: examplePlaces, world: noWorld }),
    changing: [],
    after: [],
  };
}
