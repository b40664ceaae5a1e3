import { MirrorError } from "../../base/errors.ts";
import type { DecisionInput } from "../../model/decision.ts";
import type { PolicyChange, PolicyComparison } from "../../policy/compare/comparison.ts";
import { effectText } from "../../policy/wording.ts";
import { type Change, changesBetween } from "../../trust/changes.ts";
import { policySetDigest } from "../../trust/policy-digest.ts";
import type { ChangeJudgement } from "../../trust/thresholds.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { readWorkTree } from "../lint.ts";
import { openState } from "../open-state.ts";
import type { Where } from "../where.ts";
import { gatherApprovals, judgeProposal } from "./approvals.ts";
import { compareSets } from "./compare-sets.ts";
import { findProposal, namedSet } from "./proposal.ts";
import { mustBeGood } from "./reviewer.ts";
import { differingTerms } from "./terms.ts";
import { type LedgerTrial, tryLedger } from "./trial.ts";

/** Calls of the ledger that are tried for what they show of a change. */
const mostFlipped = 500;

/** What a proposal means. */
export interface PolicyPlan {
  readonly base: { readonly commit: string; readonly epoch: number; readonly digest: string };
  /** `branch` and `commit` null: the work tree as it stands. */
  readonly head: { readonly branch: string | null; readonly commit: string | null; readonly digest: string };
  /** Of the requests whose answer changes; `unknown` where none was found and none could be excluded. */
  readonly verdict: PolicyComparison["verdict"];
  readonly changes: readonly PlannedChange[];
  readonly unknown: PolicyComparison["unknown"];
  /** What else changes, in its own terms. */
  readonly terms: readonly string[];
  readonly files: readonly Change[];
  /** Who must approve, and whether it may permit more in the sense of TRUST P7. */
  readonly judgement: ChangeJudgement;
  readonly replay: LedgerTrial;
}

/** Requests that are answered another way, and one of them in words. */
export interface PlannedChange extends Omit<PolicyChange, "witness"> {
  readonly witness: { readonly text: string; readonly input: DecisionInput };
}

/**
 * Says what a proposal means, or what `.mirror/` in the work tree would (`name` null): which requests it answers another way, each kind with a request that is, and what the
 * ledger's own calls would come to. Throws `usage`, and `invalid-policy-set` for a set with mistakes.
 */
export async function planProposal(
  where: Where,
  name: string | null,
  options: { readonly all: boolean },
): Promise<PolicyPlan> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const proposal = name === null ? null : await findProposal(state, name);
    const proposed = proposal?.files ?? (await readWorkTree(where)).files;
    const after = mustBeGood(proposed, approved.set, proposal === null ? undefined : namedSet(proposal));
    const { set: before, files, lineage, commit } = approved;
    const flipped: DecisionInput[] = [];
    const replay = await tryLedger(state, before, after, options.all, (input) => {
      if (flipped.length < mostFlipped) flipped.push(input);
    });
    const { verdict, changes, unknown } = compareSets(before, after, flipped);
    const approvedBy = proposal === null ? [] : (await gatherApprovals(state, approved, proposal)).approvedBy;
    return {
      base: { commit, epoch: lineage.epoch, digest: lineage.digest },
      head: {
        branch: proposal?.branch ?? null,
        commit: proposal?.commit ?? null,
        digest: policySetDigest(proposed),
      },
      verdict,
      changes: changes.map(planned),
      unknown,
      terms: differingTerms(before, after),
      files: changesBetween(files, proposed),
      judgement: judgeProposal(approved, { files: proposed }, after, approvedBy),
      replay,
    };
  } finally {
    state.close();
  }
}

/** Puts the witness of a change into words. */
export function planned({ witness, ...change }: PolicyChange): PlannedChange {
  return { ...change, witness: { text: witnessText(witness), input: witness } };
}

/** Says what a request is, with what about it matters beside its subject. */
function witnessText({ analysis, places, subagent, unattended, after = [] }: DecisionInput): string {
  const [effect] = analysis.effects;
  if (effect === undefined) throw new MirrorError("internal", "a witness has an effect");
  const { level, reasons } = effect.risk;
  const also = [
    ...(subagent === null ? [] : ["by a subagent"]),
    ...(unattended === undefined ? [] : ["nobody is there to answer"]),
    ...(effect.opaque.length === 0 ? [] : ["opaque"]),
    ...(level === "low" ? [] : [`risk ${level}`]),
    ...reasons,
  ];
  const earlier = after.length === 0 ? "" : `after ${after.join(", ")}: `;
  return `${earlier}${effectText(effect, analysis, places)}${also.length === 0 ? "" : ` (${also.join(", ")})`}`;
}
