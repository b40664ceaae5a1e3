import { MirrorError } from "../../base/errors.ts";
import type { Problem } from "../../base/problem.ts";
import { personEnvironment } from "../../git/launch.ts";
import { parsePolicySet } from "../../model/documents.ts";
import type { PolicySet, PolicySetFiles } from "../../model/policy-set.ts";
import type { Desk } from "../../policy-store/commits.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import type { CommitSigner } from "../../signers/signer.ts";
import { personIdentity } from "../identity.ts";
import { invalidPolicySet } from "../init.ts";
import { checkSet } from "../lint.ts";
import type { OpenState } from "../open-state.ts";
import { findOwner, findOwners, type Prompts } from "../owner.ts";
import type { Where } from "../where.ts";

/** The person who runs a command, as a signer of the approved set. */
export interface Reviewer {
  /** Their id in `trust.yaml`. */
  readonly id: string;
  readonly signer: CommitSigner;
}

/**
 * Finds whom the person signs as: the signer whose key their git set-up names, else the one whose key mirror keeps.
 * `as`: this one and no other. Throws `no-key` where no key of theirs is a signer's.
 */
export async function findReviewer(
  state: OpenState,
  where: Where,
  approved: ApprovedPolicy,
  prompts: Prompts,
  as: string | null,
): Promise<Reviewer> {
  const { git, workTree } = state.repository;
  const found: CommitSigner[] = [];
  for await (const { signer } of findOwners(git, workTree, state.home, where.environment, prompts)) {
    const id = signerOf(approved.set, signer);
    if (id !== null && (as === null || as === id)) return { id, signer };
    found.push(signer);
  }
  if (found.length === 0) {
    throw new MirrorError(
      "no-key",
      "no signing key of yours was found: neither your git set-up nor mirror has one",
      {
        hint: "set user.signingKey in your global git configuration to the key that trust.yaml names",
      },
    );
  }
  const keys = found.map(({ fingerprint }) => fingerprint).join(", ");
  const whom = as === null ? "no signer's" : `not ${as}'s`;
  const signers = approved.set.trust.signers.map(({ id }) => id).join(", ");
  throw new MirrorError(
    "no-key",
    `your key ${keys} is ${whom} in .mirror/trust.yaml, which names ${signers}`,
    {
      hint: "ask a signer of the trust role to add it (mirror trust add)",
    },
  );
}

function signerOf(set: PolicySet, key: CommitSigner): string | null {
  const signer = set.trust.signers.find(({ keys }) =>
    keys.some(({ fingerprint }) => fingerprint === key.fingerprint),
  );
  return signer?.id ?? null;
}

/** Gives where a person's commits go: to this branch, in their name, signed by this key or by none. */
export async function deskOf<S extends CommitSigner | null>(
  state: OpenState,
  where: Where,
  branch: string,
  signer: S,
): Promise<Omit<Desk, "signer"> & { readonly signer: S }> {
  const { repository, reader } = state;
  const environment = personEnvironment(where.environment);
  const person = await personIdentity(repository.git, repository.workTree, environment, null);
  return { repository, reader, branch, person, signer, now: Math.floor(Date.now() / 1_000) };
}

/** Gives the person's key, if they have one, for what needs no signer: a proposal. */
export async function ownKey(state: OpenState, where: Where, prompts: Prompts): Promise<CommitSigner | null> {
  const { git, workTree } = state.repository;
  return (await findOwner(git, workTree, state.home, where.environment, prompts))?.signer ?? null;
}

/**
 * Parses a policy set and makes sure that nothing is wrong with it that was not before: its mistakes, what lint says,
 * and its decision tables. Throws `invalid-policy-set`, which names it as `what`.
 */
export function mustBeGood(files: PolicySetFiles, before: PolicySet, what?: string): PolicySet {
  const { set, problems } = parsePolicySet(files);
  if (set === null) throw invalidPolicySet(problems, what);
  const mistakes = newMistakes(set, before);
  if (mistakes.length > 0) throw invalidPolicySet(mistakes, what);
  return set;
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
