import type { PolicySetFiles } from "../../model/policy-set.ts";
import { walkFromGenesis } from "../../policy-store/from-genesis.ts";
import { policySetAt } from "../../policy-store/policy-set-at.ts";
import { type Change, changesBetween } from "../../trust/changes.ts";
import { readCommitWords } from "../../trust/commit.ts";
import { firstLineage, policySetDigest } from "../../trust/policy-digest.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Where } from "../where.ts";

/** One policy set that held, from its commit until the next. */
export interface PolicyEpoch {
  readonly epoch: number;
  readonly digest: string;
  readonly lineage: string;
  /** The genesis, or the merge commit that brought it. */
  readonly commit: string;
  /** First line of that commit's message. */
  readonly subject: string;
  /** Seconds since 1970, as that commit says. */
  readonly time: number;
  /** Signer ids; empty for the genesis. */
  readonly approvedBy: readonly string[];
  /** What it changed; for the genesis, all that it holds. */
  readonly changes: readonly Change[];
}

/** Gives every policy set that held here, the newest first, each step judged anew from the genesis. */
export async function policyHistory(where: Where): Promise<readonly PolicyEpoch[]> {
  const state = await openState(where.directory, where.environment);
  try {
    const { genesis } = state.pin.mustRead();
    const begun = await filesAt(state, genesis);
    const digest = policySetDigest(begun);
    const first = { genesis, epoch: 0, lineage: firstLineage(genesis, digest), digest };
    const { walk } = await walkFromGenesis(state.repository, state.reader, first, Date.now());
    const steps = walk.adopted.map(({ child, commit, approvedBy }) => ({
      lineage: child,
      commit,
      approvedBy,
    }));
    const epochs: PolicyEpoch[] = [];
    let before: PolicySetFiles = new Map();
    for (const { lineage, commit, approvedBy } of [
      { lineage: first, commit: genesis, approvedBy: [] },
      ...steps,
    ]) {
      const files = await filesAt(state, commit);
      const { epoch, digest: held, lineage: line } = lineage;
      const changes = changesBetween(before, files);
      epochs.push({
        epoch,
        digest: held,
        lineage: line,
        commit,
        approvedBy,
        changes,
        ...readCommitWords((await state.reader.read(commit)).data),
      });
      before = files;
    }
    return epochs.reverse();
  } finally {
    state.close();
  }
}

async function filesAt({ reader }: OpenState, commit: string): Promise<PolicySetFiles> {
  return (await policySetAt(reader, commit)) ?? new Map();
}
