import { MirrorError } from "../../base/errors.ts";
import { listRefs } from "../../git/refs.ts";
import { updateRefs } from "../../git/update-refs.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { openState } from "../open-state.ts";
import type { Where } from "../where.ts";
import { gatherApprovals } from "./approvals.ts";
import { findProposal, isMerged, proposalPrefix } from "./proposal.ts";

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
    if (ref === null) {
      throw new MirrorError(
        "usage",
        `\`${branch}\` is no branch here, expected one below ${proposalPrefix}`,
        {
          hint: `where only a remote has the branch: git push <remote> --delete ${branch}`,
        },
      );
    }
    const approved = await approvedPolicy(state);
    if (!branch.startsWith(proposalPrefix)) {
      throw new MirrorError(
        "usage",
        `\`${branch}\` is no proposal, expected a branch below ${proposalPrefix}`,
        {
          hint: `git deletes any other: git branch -D ${branch}`,
        },
      );
    }
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
