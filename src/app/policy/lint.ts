import { type LintReport, lintSet, lintWorkTree } from "../lint.ts";
import type { Where } from "../where.ts";
import { proposedFiles } from "./proposal.ts";

/** Checks the policy set of a proposal, or all of `.mirror/` in the work tree. Throws `usage`, `not-initialised`. */
export async function lintPolicy(where: Where, name: string | null): Promise<LintReport> {
  if (name === null) return await lintWorkTree(where);
  // Facts are no part of a policy set.
  return lintSet(await proposedFiles(where, name), { count: 0, problems: [] });
}
