import { listRefs, readRef } from "../../git/refs.ts";
import { policySetAt } from "../../policy-store/policy-set-at.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { policySetDigest } from "../../trust/policy-digest.ts";
import type { OpenState } from "../open-state.ts";

/**
 * Finds the commit to build a proposal on: one that carries the approved policy set. What others have comes first, so
 * that the proposal carries no commits of the person's own.
 */
export async function findCarrier(state: OpenState, approved: ApprovedPolicy): Promise<string> {
  const { policyBranch } = approved.set.config;
  const remotes = listRefs(state.repository, "refs/remotes/", `/${policyBranch}`);
  const local = readRef(state.repository, `refs/heads/${policyBranch}`);
  for (const id of [...remotes.map(({ id }) => id), ...(local === null ? [] : [local])]) {
    if ((await digestAt(state, id)) === approved.lineage.digest) return id;
  }
  return approved.commit;
}

/** Gives the digest of the policy set that a commit holds; null if none. */
export async function digestAt({ reader }: OpenState, commit: string): Promise<string | null> {
  const files = await policySetAt(reader, commit);
  return files === null ? null : policySetDigest(files);
}
