import { MirrorError } from "../base/errors.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { commitChange } from "../policy-store/commits.ts";
import type { ApprovedPolicy } from "../policy-store/policy-store.ts";
import { judgeChange } from "../trust/thresholds.ts";
import type { OpenState } from "./open-state.ts";
import type { Prompts } from "./owner.ts";
import { missingText } from "./policy/approvals.ts";
import { deskOf, findReviewer, mustBeGood } from "./policy/reviewer.ts";
import type { Where } from "./where.ts";

/** A change of the approved policy set that a person makes by themselves. */
export interface WantedChange {
  readonly after: PolicySetFiles;
  /** First line of the commit message. */
  readonly subject: string;
}

/** An approved change, in force at the next call. */
export interface ApprovedChange {
  /** The merge commit. */
  readonly commit: string;
  readonly epoch: number;
}

/**
 * Approves a change with the person's own key and merges it, where that person alone may: the set must pass lint and
 * its decision tables. Throws `invalid-policy-set`, `no-key`, and `threshold-not-met` naming who else is needed.
 */
export async function approveChange(
  state: OpenState,
  where: Where,
  approved: ApprovedPolicy,
  { after, subject }: WantedChange,
  prompts: Prompts,
): Promise<ApprovedChange> {
  const set = mustBeGood(after, approved.set);
  const { id, signer } = await findReviewer(state, where, approved, prompts, null);
  const { set: base, files, lineage } = approved;
  const judged = judgeChange({ set: base, files }, { set, files: after }, new Set([id]));
  if (!judged.met) {
    const hint = "propose it: mirror policy propose <name> --from-file <file>";
    throw notMet("this change", missingText(judged), hint);
  }
  const desk = await deskOf(state, where, `refs/heads/${base.config.policyBranch}`, signer);
  const change = { base: lineage, before: files, after, subject, proposal: null, settles: false };
  return { commit: await commitChange(desk, change), epoch: lineage.epoch + 1 };
}

/** What is thrown where approvals of something are missing. */
export function notMet(what: string, missing: readonly string[], hint: string): MirrorError {
  return new MirrorError("threshold-not-met", `${what} needs more approvals: ${missing.join("; ")}`, {
    data: { missing },
    hint,
  });
}
