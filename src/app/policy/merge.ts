import { MirrorError } from "../../base/errors.ts";
import { commitChange } from "../../policy-store/commits.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { type ApprovedChange, notMet } from "../approve-change.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { refreshDaemon } from "../daemon-control.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { gatherApprovals, judgeProposal, missingText, mustChangeSomething } from "./approvals.ts";
import { findProposal, mustChangePolicyAlone, namedSet, type Proposal } from "./proposal.ts";
import { deskOf, findReviewer, mustBeGood, type Reviewer } from "./reviewer.ts";

/** A proposal that was merged. */
export interface MergedProposal extends ApprovedChange {
  readonly branch: string;
  /** Signer ids whose approvals carried it, sorted. */
  readonly approvedBy: readonly string[];
}

/**
 * Merges a proposal into the policy branch: with the approvals on its branch, and the person's own if they are a
 * signer. Throws `usage` for a branch that changes more than `.mirror/` or nothing there, `invalid-policy-set`, and
 * `threshold-not-met` naming who is still needed.
 */
export async function mergeProposal(
  where: Where,
  name: string,
  as: string | null,
  prompts: Prompts,
): Promise<MergedProposal> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const proposal = await findProposal(state, name);
    const { branch, commit, files } = proposal;
    const given = (await gatherApprovals(state, approved, proposal)).approvedBy;
    mustChangeSomething(approved, proposal, given);
    await mustChangePolicyAlone(state, approved, proposal);
    const set = mustBeGood(files, approved.set, namedSet(proposal));
    const isMet = judgeProposal(approved, proposal, set, given).met;
    const reviewer =
      isMet && as === null
        ? await reviewerIfAny(state, where, approved, prompts)
        : await findReviewer(state, where, approved, prompts, as);
    const approvedBy = [...new Set([...given, ...(reviewer === null ? [] : [reviewer.id])])].sort();
    const judged = judgeProposal(approved, proposal, set, approvedBy);
    if (!judged.met) throw notMet(namedSet(proposal), missingText(judged), waitingHint(proposal));
    const { lineage, files: before, set: base } = approved;
    const desk = await deskOf(
      state,
      where,
      `refs/heads/${base.config.policyBranch}`,
      reviewer?.signer ?? null,
    );
    const change = {
      base: lineage,
      before,
      after: files,
      subject: `policy: ${branch}`,
      proposal: commit,
      settles: false,
    };
    const merge = await commitChange(desk, change);
    await refreshDaemon(state.paths);
    return { branch, commit: merge, epoch: lineage.epoch + 1, approvedBy };
  } finally {
    state.close();
  }
}

/** Whoever is no signer may merge what signers approved: the merge says nothing, the approvals do. */
async function reviewerIfAny(
  state: OpenState,
  where: Where,
  approved: ApprovedPolicy,
  prompts: Prompts,
): Promise<Reviewer | null> {
  try {
    return await findReviewer(state, where, approved, prompts, null);
  } catch (error) {
    if (error instanceof MirrorError && error.code === "no-key") return null;
    throw error;
  }
}

function waitingHint({ branch }: Proposal): string {
  return `each of them runs \`mirror policy approve ${branch}\``;
}
