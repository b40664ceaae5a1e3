import { MirrorError } from "../base/errors.ts";
import { listWorkTrees } from "../git/work-trees.ts";
import type { LastReceipt } from "../model/policy-set.ts";
import { forkedAt } from "../policy-store/forked.ts";
import { type ApprovedPolicy, PolicyStore, type PolicyView } from "../policy-store/policy-store.ts";
import type { OpenState } from "./open-state.ts";
import { packageVersion } from "./package-root.ts";

/** Looks at the policy set as commands see it: from the pin forward, moving nothing. Throws `not-pinned`. */
export async function viewPolicy(state: OpenState): Promise<PolicyView> {
  const pin = state.pin.mustRead();
  const store = new PolicyStore({
    repository: state.repository,
    reader: state.reader,
    pin,
    caches: state.paths.caches,
    clock: Date.now,
    engine: packageVersion(),
  });
  const trees = await listWorkTrees(state.repository);
  return await store.look(trees.map(({ gitDir }) => gitDir));
}

/** Gives the approved policy set. Throws `forked` where two valid steps leave it and none is settled on. */
export async function approvedPolicy(state: OpenState): Promise<ApprovedPolicy> {
  return settled(await viewPolicy(state));
}

/** Gives the approved policy set of a view. Throws `forked` where the view ends at an unsettled fork. */
function settled({ approved, open }: PolicyView): ApprovedPolicy {
  if (open === null) return approved;
  throw forkedAt(open);
}

/**
 * Gives what may be decided by. Throws as `settled` does, and `invalid-policy-set` where the policy branch holds a set
 * that signers approved and that has mistakes: what they meant is not known, and what stood before is not it.
 */
export function inForce(view: PolicyView): ApprovedPolicy {
  const approved = settled(view);
  if (view.broken === null) return approved;
  const { commit, message } = view.broken;
  const { policyBranch } = approved.set.config;
  throw new MirrorError(
    "invalid-policy-set",
    `commit ${commit.slice(0, 12)} on ${policyBranch} approves a policy set with mistakes: ${message}`,
    {
      hint: `put .mirror/ on ${policyBranch} back as it was (git revert), then mend it on a branch and run \`mirror policy merge\``,
    },
  );
}

/** What is wrong with a gate that is revoked. */
export function revokedGate(gate: string, { seq }: LastReceipt): MirrorError {
  return new MirrorError("gate-revoked", `the gate ${gate} is revoked: the last of its receipts is ${seq}`, {
    hint: "a person makes a new gate with `mirror uninstall`, `mirror init` and `mirror gate request`",
  });
}
