import { join } from "node:path";
import { MirrorError } from "../../base/errors.ts";
import type { Problem } from "../../base/problem.ts";
import { findGit } from "../../git/find-git.ts";
import { openRepository } from "../../git/repository.ts";
import { parsePolicySet } from "../../model/documents.ts";
import type { PolicySet, PolicySetFiles, SourcePosition } from "../../model/policy-set.ts";
import { checkSet, runSetTables } from "../lint.ts";
import { openState } from "../open-state.ts";
import { readPolicyDirectory } from "../templates.ts";
import type { Where } from "../where.ts";
import { findProposal } from "./proposal.ts";

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
  const files = name === null ? await workTreeFiles(where) : await proposedFiles(where, name);
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

async function proposedFiles(where: Where, name: string): Promise<PolicySetFiles> {
  const state = await openState(where.directory, where.environment);
  try {
    return (await findProposal(state, name)).files;
  } finally {
    state.close();
  }
}

async function workTreeFiles(where: Where): Promise<PolicySetFiles> {
  const git = findGit(where.environment["PATH"] ?? "");
  const { workTree } = await openRepository(git, where.directory);
  const files = readPolicyDirectory(join(workTree, ".mirror"));
  if (files !== null) return files;
  throw new MirrorError("not-initialised", `there is no policy set in ${workTree}: no directory .mirror`, {
    hint: "run `mirror init`",
  });
}
