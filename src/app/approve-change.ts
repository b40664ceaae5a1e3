import { MirrorError } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import { personEnvironment } from "../git/launch.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { PolicySet, PolicySetFiles } from "../model/policy-set.ts";
import { commitChange } from "../policy-store/commits.ts";
import type { ApprovedPolicy } from "../policy-store/policy-store.ts";
import type { CommitSigner } from "../signers/signer.ts";
import { judgeChange } from "../trust/thresholds.ts";
import { personIdentity } from "./identity.ts";
import { invalidPolicySet } from "./init.ts";
import { checkSet } from "./lint.ts";
import type { OpenState } from "./open-state.ts";
import { findOwner, type Prompts } from "./owner.ts";
import type { Where } from "./where.ts";

/** A change of the approved policy set. */
export interface WantedChange {
  readonly after: PolicySetFiles;
  /** First line of the commit message. */
  readonly subject: string;
  /** The commit that proposes it; null: one is made. */
  readonly proposal: string | null;
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
  change: WantedChange,
  prompts: Prompts,
): Promise<ApprovedChange> {
  const { set, problems } = parsePolicySet(change.after);
  if (set === null) throw invalidPolicySet(problems);
  const mistakes = newMistakes(set, approved.set);
  if (mistakes.length > 0) throw invalidPolicySet(mistakes);
  const { git, workTree } = state.repository;
  const owner = await findOwner(git, workTree, state.home, where.environment, prompts);
  if (owner === null) {
    throw new MirrorError(
      "no-key",
      "no signing key of yours was found: neither your git set-up nor mirror has one",
      {
        hint: "set user.signingKey in your global git configuration to the key that trust.yaml names",
      },
    );
  }
  const signer = signerOf(approved.set, owner.signer);
  const judged = judgeChange(
    { set: approved.set, files: approved.files },
    { set, files: change.after },
    new Set([signer]),
  );
  if (!judged.met) {
    const missing = judged.roles
      .filter((role) => role.have.length < role.needed)
      .map((role) => `${role.role}: ${role.needed - role.have.length} more of ${role.missing.join(", ")}`);
    throw new MirrorError(
      "threshold-not-met",
      `this change needs more approvals than yours: ${missing.join("; ")}`,
      {
        hint: "propose it on a branch mirror/policy/<name> and ask the others to approve it",
      },
    );
  }
  const person = await personIdentity(git, workTree, personEnvironment(where.environment), null);
  const commit = await commitChange(
    {
      repository: state.repository,
      reader: state.reader,
      branch: `refs/heads/${approved.set.config.policyBranch}`,
      person,
      signer: owner.signer,
      now: Math.floor(Date.now() / 1_000),
    },
    { base: approved.lineage, before: approved.files, ...change },
  );
  return { commit, epoch: approved.lineage.epoch + 1 };
}

/**
 * Mistakes that the change brings. What the approved set has already (an example that a newer mirror reads otherwise,
 * say) must not keep anybody from changing something else, or from mending it.
 */
function newMistakes(set: PolicySet, before: PolicySet): Problem[] {
  const mistakes = checkSet(set);
  if (mistakes.length === 0) return mistakes;
  const name = ({ file, message }: Problem): string => `${file}\n${message}`;
  const known = new Set(checkSet(before).map(name));
  return mistakes.filter((mistake) => !known.has(name(mistake)));
}

function signerOf(set: PolicySet, key: CommitSigner): string {
  const signer = set.trust.signers.find(({ keys }) =>
    keys.some(({ fingerprint }) => fingerprint === key.fingerprint),
  );
  if (signer !== undefined) return signer.id;
  throw new MirrorError("no-key", `your key ${key.fingerprint} is no signer's in .mirror/trust.yaml`, {
    hint: "ask a signer of the trust role to add it",
  });
}
