import { MirrorError } from "../base/errors.ts";
import type { Lineage } from "../model/lineage.ts";
import type { Candidates } from "./candidates.ts";
import { childLineage } from "./policy-digest.ts";
import type { PolicySets, UsableSet } from "./policy-sets.ts";
import type { JudgedAt } from "./signature-result.ts";
import { keepSigned, type SignedStatement } from "./signed-statements.ts";
import type { Approval } from "./statement.ts";
import { type ChangeJudgement, judgeChange } from "./thresholds.ts";
import type { TrustProblem } from "./trust-problem.ts";

/** A valid step: enough signers approved the set on this parent, and a merge commit holds it (TRUST P4). */
export interface Step {
  readonly parent: Lineage;
  readonly child: Lineage;
  /** The merge commit. */
  readonly commit: string;
  /** Signer ids whose approvals counted, sorted. */
  readonly approvedBy: readonly string[];
  readonly judgement: ChangeJudgement;
  readonly evidence: StepEvidence;
}

/** The objects that prove a step; with the trees below `.mirror` they can be checked without the repository. */
interface StepEvidence {
  /** Ids of the approval commits and the merge commit, and of settlements if it took them; sorted. */
  readonly commits: readonly string[];
  /** Ids of the root trees of the approval commits and the merge commit, sorted. */
  readonly trees: readonly string[];
}

/** An approved set that is no step: approvals are missing, or no merge commit holds it yet. */
export interface Pending {
  readonly digest: string;
  /** Signer ids, sorted. */
  readonly approvedBy: readonly string[];
  readonly judgement: ChangeJudgement;
}

/** A set that signers approved and that cannot judge or decide: a mistake in it, or a key that is none. */
export interface Unusable {
  readonly digest: string;
  /** An approval of it. */
  readonly commit: string;
  readonly message: string;
}

/** What leaves one lineage. */
export interface Leaving {
  /** Sorted by the child's lineage; children differ. */
  readonly steps: readonly Step[];
  readonly pending: readonly Pending[];
  readonly unusable: readonly Unusable[];
  readonly problems: readonly TrustProblem[];
}

/** Finds every valid step from `parent`, judged by `base`, its policy set. */
export async function stepsFrom(
  parent: Lineage,
  base: UsableSet,
  candidates: Candidates,
  sets: PolicySets,
  at: JudgedAt,
): Promise<Leaving> {
  const problems: TrustProblem[] = [];
  const steps: Step[] = [];
  const pending: Pending[] = [];
  const unusable: Unusable[] = [];
  const onParent = (candidates.approvals.get(parent.lineage) ?? []).filter(
    ({ statement }) => statement.epoch === parent.epoch,
  );
  const signed = keepSigned(onParent, base.keyring, at, problems);
  for (const [digest, approvals] of await byPolicySet(signed, sets, problems)) {
    const next = await sets.usable(digest);
    if (next instanceof MirrorError) {
      const commit = approvals[0]?.id ?? "";
      unusable.push({ digest, commit, message: next.message });
      const message = `policy set ${digest.slice(0, 12)}, which it approves, has mistakes: ${next.message}`;
      problems.push({ code: "unusable-policy-set", commit, message });
      continue;
    }
    const judgement = judgeChange(base, next, new Set(approvals.map(({ signer }) => signer)));
    const merge = judgement.met ? await findMerge(digest, approvals, candidates, sets) : null;
    if (merge === null) pending.push({ digest, approvedBy: signersOf(approvals), judgement });
    else steps.push(makeStep(parent, digest, merge, approvals, judgement));
  }
  steps.sort((a, b) => (a.child.lineage < b.child.lineage ? -1 : 1));
  return { steps, pending, unusable, problems };
}

// An approval counts for the set that it names only if its own commit holds that set (TRUST P3).
async function byPolicySet(
  signed: readonly SignedStatement<Approval>[],
  sets: PolicySets,
  problems: TrustProblem[],
): Promise<ReadonlyMap<string, readonly SignedStatement<Approval>[]>> {
  const groups = new Map<string, SignedStatement<Approval>[]>();
  for (const approval of signed) {
    const { digest } = approval.statement;
    const held = await sets.digestOf(approval.commit.tree);
    if (held !== digest) {
      const found = held instanceof MirrorError ? held.message : (held?.slice(0, 12) ?? "no policy set");
      const message = `it approves policy set ${digest.slice(0, 12)} and holds another, so it approves nothing: found ${found}`;
      problems.push({ code: "other-policy-set", commit: approval.id, message });
      continue;
    }
    const group = groups.get(digest);
    if (group === undefined) groups.set(digest, [approval]);
    else group.push(approval);
  }
  return groups;
}

/** Finds a merge commit that holds the set: an approval itself, if one is a merge; else the one of least id. */
async function findMerge(
  digest: string,
  approvals: readonly SignedStatement<Approval>[],
  { merges }: Candidates,
  sets: PolicySets,
): Promise<{ readonly id: string; readonly tree: string } | null> {
  const approving = approvals.find(({ id }) => merges.has(id));
  if (approving !== undefined) return { id: approving.id, tree: approving.commit.tree };
  for (const [id, tree] of [...merges].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if ((await sets.digestOf(tree)) === digest) return { id, tree };
  }
  return null;
}

function makeStep(
  parent: Lineage,
  digest: string,
  merge: { readonly id: string; readonly tree: string },
  approvals: readonly SignedStatement<Approval>[],
  judgement: ChangeJudgement,
): Step {
  const approvedBy = sortedUnique(judgement.roles.flatMap((role) => role.have));
  const counted = approvals.filter(({ signer }, index) => {
    const isFirst = approvals.findIndex((other) => other.signer === signer) === index;
    return isFirst && approvedBy.includes(signer);
  });
  const evidence = {
    commits: sortedUnique([merge.id, ...counted.map(({ id }) => id)]),
    trees: sortedUnique([merge.tree, ...counted.map(({ commit }) => commit.tree)]),
  };
  return { parent, child: childLineage(parent, digest), commit: merge.id, approvedBy, judgement, evidence };
}

function signersOf(approvals: readonly SignedStatement<Approval>[]): readonly string[] {
  return sortedUnique(approvals.map(({ signer }) => signer));
}

/** Sorts texts and drops repeats. */
export function sortedUnique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
