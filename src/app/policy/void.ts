import { MirrorError } from "../../base/errors.ts";
import { readRef } from "../../git/refs.ts";
import { commitChange, type Desk } from "../../policy-store/commits.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { commitApproval } from "../../policy-store/proposal.ts";
import type { CommitSigner } from "../../signers/signer.ts";
import type { ApprovedChange } from "../approve-change.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { refreshDaemon } from "../daemon-control.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { judgeProposal, missingText } from "./approvals.ts";
import { findCarrier } from "./carrier.ts";
import { proposalPrefix } from "./proposal.ts";
import { deskOf, findReviewer } from "./reviewer.ts";

/** What `mirror policy void` did: it holds, or waits on a branch for more signers. */
export type Voided =
  | ({ readonly outcome: "voided" } & ApprovedChange)
  | { readonly outcome: "waiting"; readonly branch: string; readonly missing: readonly string[] };

/**
 * Makes every approval void that was given and not used: the same policy set, approved again, is a new lineage, and
 * nothing that was signed for the one before counts on it (TRUST P6). Where the trust role takes several signers, this
 * one's approval goes onto a branch for the others. Throws `no-key`, `usage`.
 */
export async function voidApprovals(where: Where, as: string | null, prompts: Prompts): Promise<Voided> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const { set, files, lineage } = approved;
    const { id, signer } = await findReviewer(state, where, approved, prompts, as);
    const judged = judgeProposal(approved, { files }, set, [id]);
    if (!judged.met) {
      const branch = `${proposalPrefix}void-${lineage.epoch}`;
      await beginVoid(state, approved, await deskOf(state, where, `refs/heads/${branch}`, signer), branch);
      return { outcome: "waiting", branch, missing: missingText(judged) };
    }
    const desk = await deskOf(state, where, `refs/heads/${set.config.policyBranch}`, signer);
    const subject = "policy: earlier approvals are void";
    const merge = await commitChange(desk, {
      base: lineage,
      before: files,
      after: files,
      subject,
      proposal: null,
      settles: true,
    });
    await refreshDaemon(state.paths);
    return { outcome: "voided", commit: merge, epoch: lineage.epoch + 1 };
  } finally {
    state.close();
  }
}

/** Begins a branch that changes nothing, with the first approval of exactly that. */
async function beginVoid(
  state: OpenState,
  approved: ApprovedPolicy,
  desk: Desk & { readonly signer: CommitSigner },
  branch: string,
): Promise<void> {
  const standing = readRef(state.repository, desk.branch);
  if (standing !== null) {
    throw new MirrorError("usage", `there is a branch \`${branch}\` already, at ${standing.slice(0, 12)}`, {
      hint: `approve that: mirror policy approve ${branch}, or merge it`,
    });
  }
  const on = { commit: await findCarrier(state, approved), isHere: false };
  const { lineage } = approved;
  await commitApproval(desk, on, lineage, lineage.digest, branch);
}
