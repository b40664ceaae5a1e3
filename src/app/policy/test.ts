import type { Problem } from "../../base/problem.ts";
import { parsePolicySet } from "../../model/documents.ts";
import type { PolicySet, SourcePosition } from "../../model/policy-set.ts";
import { checkSet, readWorkTree, runSetTables } from "../lint.ts";
import type { Where } from "../where.ts";
import { proposedFiles } from "./proposal.ts";

/** How a policy set stands up to its own examples and tables. */
export interface PolicyTest {
  readonly cases: number;
  readonly problems: readonly Problem[];
  /** Rules of policies, and those of them that no case reaches. */
  readonly rules: number;
  readonly unreached: readonly ({ readonly rule: string } & SourcePosition)[];
}

/** Tests the policy set of a proposal, or the one in the work tree. Throws `usage`, `not-initialised`. */
export async function testPolicy(where: Where, name: string | null): Promise<PolicyTest> {
  const files = name === null ? (await readWorkTree(where)).files : await proposedFiles(where, name);
  const { set, problems } = parsePolicySet(files, { unsigned: !files.has("trust.yaml") });
  if (set === null) return { cases: 0, problems, rules: 0, unreached: [] };
  const { cases, reached } = runSetTables(set);
  const rules = rulesOf(set);
  const unreached = rules.filter(({ rule }) => !reached.has(rule));
  return { cases, problems: checkSet(set), rules: rules.length, unreached };
}

function rulesOf({ policies }: PolicySet): readonly ({ readonly rule: string } & SourcePosition)[] {
  return [...policies.values()].flatMap(({ id, rules }) =>
    rules.map((rule) => ({ rule: `${id}/${rule.id}`, ...rule.at })),
  );
}
