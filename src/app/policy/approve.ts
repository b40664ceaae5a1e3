import { MirrorError } from "../../base/errors.ts";
import { commitApproval } from "../../policy-store/proposal.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { gatherApprovals, judgeProposal, missingText, mustChangeSomething } from "./approvals.ts";
import { findProposal, mustChangePolicyAlone, namedSet, proposalPrefix } from "./proposal.ts";
import { deskOf, findReviewer, mustBeGood } from "./reviewer.ts";

/** What `mirror policy approve` did. */
export interface GivenApproval {
  readonly branch: string;
  /** The approval's commit, at the tip of the branch; null where this signer had approved before. */
  readonly commit: string | null;
  readonly signer: string;
  readonly approvedBy: readonly string[];
  /** Who is still needed; empty: it may be merged. */
  readonly missing: readonly string[];
}

/**
 * Approves exactly the policy set of a branch, on exactly the lineage that holds: one signed commit more on the branch.
 * A second time changes nothing. Throws `usage`, `invalid-policy-set`, `no-key`.
 */
export async function approveProposal(
  where: Where,
  name: string,
  as: string | null,
  prompts: Prompts,
): Promise<GivenApproval> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const proposal = await findProposal(state, name);
    const { branch, digest } = proposal;
    if (!proposal.isBranch) {
      throw new MirrorError("usage", `\`${branch}\` is no branch, and an approval goes onto one`, {
        hint: `make it one: git branch ${proposalPrefix}<name> ${branch}`,
      });
    }
    const before = (await gatherApprovals(state, approved, proposal)).approvedBy;
    mustChangeSomething(approved, proposal, before);
    await mustChangePolicyAlone(state, approved, proposal);
    const set = mustBeGood(proposal.files, approved.set, namedSet(proposal));
    const { id, signer } = await findReviewer(state, where, approved, prompts, as);
    const approvedBy = [...new Set([...before, id])].sort();
    const missing = missingText(judgeProposal(approved, proposal, set, approvedBy));
    const told = { branch, signer: id, approvedBy, missing };
    if (before.includes(id)) return { ...told, commit: null };
    const ref = proposal.ref ?? `refs/heads/${branch}`;
    const desk = await deskOf(state, where, ref, signer);
    const on = { commit: proposal.commit, isHere: proposal.ref !== null };
    const commit = await commitApproval(desk, on, approved.lineage, digest, branch);
    return { ...told, commit };
  } finally {
    state.close();
  }
}
