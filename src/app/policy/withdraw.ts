import { MirrorError } from "../../base/errors.ts";
import { listRefs } from "../../git/refs.ts";
import { updateRefs } from "../../git/update-refs.ts";
import { commitChange } from "../../policy-store/commits.ts";
import { type ApprovedChange, notMet } from "../approve-change.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { refreshDaemon } from "../daemon-control.ts";
import { openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { gatherApprovals, judgeProposal, missingText } from "./approvals.ts";
import { findProposal, isMerged, proposalPrefix } from "./proposal.ts";
import { deskOf, findReviewer } from "./reviewer.ts";

/** A proposal that was given up. */
export interface Withdrawn {
  readonly branch: string;
  readonly commit: string;
  /** Signers who had approved it: whoever kept the branch may still merge it, until the policy set moves. */
  readonly approvedBy: readonly string[];
  /** Remote branches that still carry it. */
  readonly remotes: readonly string[];
}

/** Gives a proposal up: deletes its branch here. Throws `usage` where there is none. */
export async function withdrawProposal(where: Where, name: string): Promise<Withdrawn> {
  const state = await openState(where.directory, where.environment);
  try {
    const proposal = await findProposal(state, name);
    const { branch, ref, commit } = proposal;
    if (ref === null) throw new MirrorError("usage", `\`${branch}\` is no branch of this repository`);
    const approved = await approvedPolicy(state);
    if (!branch.startsWith(proposalPrefix))
      throw new MirrorError("usage", `\`${branch}\` is no branch below ${proposalPrefix}`);
    // What was merged is history: nobody can merge it again.
    const isOver = await isMerged(state, approved, proposal);
    const approvedBy = isOver ? [] : (await gatherApprovals(state, approved, proposal)).approvedBy;
    await updateRefs(state.repository, [{ ref, to: null, from: commit, message: "mirror: withdrawn" }]);
    const remotes = listRefs(state.repository, "refs/remotes/")
      .map((each) => each.ref.slice("refs/remotes/".length))
      .filter((remote) => remote.endsWith(`/${branch}`));
    return { branch, commit, approvedBy, remotes };
  } finally {
    state.close();
  }
}

/**
 * Makes every approval void that was given and not used: the same policy set, approved again, is a new lineage, and
 * nothing that was signed for the one before counts on it (TRUST P6). Throws `no-key`, `threshold-not-met`.
 */
export async function voidApprovals(
  where: Where,
  as: string | null,
  prompts: Prompts,
): Promise<ApprovedChange> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const { set, files, lineage, commit } = approved;
    const { id, signer } = await findReviewer(state, where, approved, prompts, as);
    const same = { branch: "", ref: null, isBranch: false, commit, files, digest: lineage.digest };
    const judged = judgeProposal(approved, same, set, [id]);
    if (!judged.met)
      throw notMet(
        missingText(judged),
        "each signer commits what `mirror policy statement` prints, and the merge holds the set as it is",
      );
    const desk = await deskOf(state, where, `refs/heads/${set.config.policyBranch}`, signer);
    const subject = "policy: earlier approvals are void";
    const merge = await commitChange(desk, {
      base: lineage,
      before: files,
      after: files,
      subject,
      proposal: null,
    });
    await refreshDaemon(state.paths);
    return { commit: merge, epoch: lineage.epoch + 1 };
  } finally {
    state.close();
  }
}
