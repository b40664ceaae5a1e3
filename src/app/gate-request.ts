import { MirrorError } from "../base/errors.ts";
import { listRefs, readRef } from "../git/refs.ts";
import { parsePolicySet } from "../model/documents.ts";
import { enrolGate } from "../model/enrol-gate.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { ApprovedPolicy } from "../policy-store/policy-store.ts";
import { commitProposal } from "../policy-store/proposal.ts";
import { policySetDigest } from "../trust/policy-digest.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { publicGateKey } from "./gate-keys.ts";
import { invalidPolicySet } from "./init.ts";
import { type OpenState, openState } from "./open-state.ts";
import type { Prompts } from "./owner.ts";
import { digestAt, findCarrier } from "./policy/carrier.ts";
import { deskOf, ownKey } from "./policy/reviewer.ts";
import type { Where } from "./where.ts";

/** What `mirror gate request` found or did. */
export interface GateRequest {
  readonly outcome: "enrolled" | "requested" | "standing";
  readonly gate: string;
  readonly fingerprint: string;
  /** The branch that proposes it, without `refs/heads/`. */
  readonly branch: string;
  /** The branch it is to be merged into, without `refs/heads/`. */
  readonly policyBranch: string;
  /** The commit of `branch`; null where none is needed. */
  readonly commit: string | null;
  /** True if the person's own key signed it. */
  readonly isSigned: boolean;
}

/**
 * Proposes to enrol this clone's gate: a branch with `trust.yaml` and the gate's public key changed, and nothing else.
 * Neither work tree nor index is touched. A second run changes nothing.
 *
 * Throws `usage` where the branch stands and proposes something else.
 */
export async function requestGate(where: Where, prompts: Prompts): Promise<GateRequest> {
  const state = await openState(where.directory, where.environment);
  try {
    const { gate } = state.record;
    const approved = await approvedPolicy(state);
    const key = await publicGateKey(state.home, gate);
    const branch = `mirror/policy/gate-${gate}`;
    const { policyBranch } = approved.set.config;
    const base = { gate, fingerprint: key.fingerprint, branch, policyBranch };
    if (isEnrolled(approved, gate, key.fingerprint))
      return { outcome: "enrolled", ...base, commit: null, isSigned: false };
    const after = withGate(approved, gate, key);
    const standing = await standingRequest(state, branch, policySetDigest(after));
    if (standing !== null) return { outcome: "standing", ...base, commit: standing, isSigned: false };
    const signer = await ownKey(state, where, prompts);
    const commit = await commitProposal(await deskOf(state, where, `refs/heads/${branch}`, signer), {
      on: await findCarrier(state, approved),
      after,
      replaces: null,
      message: `trust: enrol the gate ${gate}\n\nIts key: ${key.fingerprint}\n`,
    });
    return { outcome: "requested", ...base, commit, isSigned: signer !== null };
  } finally {
    state.close();
  }
}

function isEnrolled(approved: ApprovedPolicy, gate: string, fingerprint: string): boolean {
  const enrolled = approved.set.trust.gates.find(({ id }) => id === gate);
  if (enrolled === undefined || enrolled.fingerprint === fingerprint) return enrolled !== undefined;
  throw new MirrorError(
    "bad-key",
    `.mirror/trust.yaml enrols ${gate} with key ${enrolled.fingerprint}, but this gate's key is ${fingerprint}`,
    { hint: "put the enrolled key back, or have a signer of the trust role take the entry out" },
  );
}

function withGate(
  approved: ApprovedPolicy,
  gate: string,
  key: Awaited<ReturnType<typeof publicGateKey>>,
): PolicySetFiles {
  const file = `keys/${gate}${key.extension}`;
  const trust = approved.files.get("trust.yaml") ?? new Uint8Array();
  const after = new Map(approved.files)
    .set("trust.yaml", Buffer.from(enrolGate(trust, { id: gate, file, fingerprint: key.fingerprint })))
    .set(file, key.bytes);
  const { set, problems } = parsePolicySet(after);
  if (set === null) throw invalidPolicySet(problems);
  return after;
}

/** Finds the request that was made before, here or where it was pushed to; null if there is none. */
async function standingRequest(state: OpenState, branch: string, digest: string): Promise<string | null> {
  const { repository } = state;
  const local = readRef(repository, `refs/heads/${branch}`);
  if (local !== null && (await digestAt(state, local)) !== digest) {
    throw new MirrorError(
      "usage",
      `the branch \`${branch}\` is there, and proposes another policy set than this`,
      {
        hint: `the policy may have moved on: delete it (git branch -D ${branch}) and run \`mirror gate request\` again`,
      },
    );
  }
  if (local !== null) return local;
  for (const { id } of listRefs(repository, "refs/remotes/", `/${branch}`)) {
    if ((await digestAt(state, id)) === digest) return id;
  }
  return null;
}
