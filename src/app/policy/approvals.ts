import { MirrorError } from "../../base/errors.ts";
import { listAncestors, listNewCommits } from "../../git/reach.ts";
import { parsePolicySet } from "../../model/documents.ts";
import type { PolicySet } from "../../model/policy-set.ts";
import { policySetOf } from "../../policy-store/policy-set-at.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { type ChangeJudgement, judgeChange } from "../../trust/thresholds.ts";
import type { TrustProblem } from "../../trust/trust-problem.ts";
import { PolicyWalk } from "../../trust/walk.ts";
import type { OpenState } from "../open-state.ts";
import type { Proposal } from "./proposal.ts";

/** Who has approved a proposal, by the commits on its branch. */
export interface Approvals {
  /** Signer ids, sorted. */
  readonly approvedBy: readonly string[];
  /** Statements that count for nothing, and why. */
  readonly problems: readonly TrustProblem[];
}

/**
 * Finds the approvals of a proposal among the commits that lead to it: by the walk that decides, so that what counts
 * here counts for every gate (TRUST P3, P7).
 */
export async function gatherApprovals(
  state: OpenState,
  approved: ApprovedPolicy,
  proposal: Proposal,
): Promise<Approvals> {
  const { reader, repository } = state;
  const walk = new PolicyWalk({ policySet: (tree) => policySetOf(reader, tree) }, parsePolicySet);
  const known = new Set(await listAncestors(repository, approved.commit));
  for await (const commit of listNewCommits(reader, [proposal.commit], (id) => known.has(id))) {
    if (commit.missing === null) walk.add(commit.id, commit.raw);
  }
  const { lineage, commit, files } = approved;
  const found = await walk.forward({ lineage, commit, files }, { now: Date.now(), chosen: new Map() });
  // A branch that holds a merge commit, too, is a whole step already.
  const step = found.adopted.find(({ child }) => child.digest === proposal.digest);
  const pending = found.pending.find(({ digest }) => digest === proposal.digest);
  return { approvedBy: step?.approvedBy ?? pending?.approvedBy ?? [], problems: found.problems };
}

/**
 * Makes sure that a proposal changes something. One that does not makes earlier approvals void (`mirror policy void`),
 * where a signer has said so on its branch. Throws `usage`.
 */
export function mustChangeSomething(
  { lineage }: ApprovedPolicy,
  { branch, digest }: Proposal,
  approvedBy: readonly string[],
): void {
  if (digest !== lineage.digest || approvedBy.length > 0) return;
  throw new MirrorError(
    "usage",
    `\`${branch}\` holds the policy set that is approved already, expected a change below .mirror/ (memory/ apart)`,
    { hint: "commit the change there first; what changes no policy is merged with plain git" },
  );
}

/** Judges a proposal by the trust of the approved set, with these approvers. */
export function judgeProposal(
  approved: ApprovedPolicy,
  proposal: Pick<Proposal, "files">,
  set: PolicySet,
  approvers: readonly string[],
): ChangeJudgement {
  return judgeChange(
    { set: approved.set, files: approved.files },
    { set, files: proposal.files },
    new Set(approvers),
  );
}

/** Says who is still needed, a line for each role that is not met. */
export function missingText({ roles }: ChangeJudgement): readonly string[] {
  return roles
    .filter((role) => !role.met)
    .map(({ role, needed, have, missing }) => {
      const more = needed - have.length;
      return `${role} has ${have.length} of ${needed} (${more} more of ${missing.join(", ")})`;
    });
}
