import { gitObjectId } from "../base/digest.ts";
import { withMirrorFiles } from "../git/mirror-tree.ts";
import { updateRefs } from "../git/update-refs.ts";
import { writeObjects } from "../git/write-objects.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { CommitSigner } from "../signers/signer.ts";
import { parseCommitLinks } from "../trust/commit.ts";
import { encodeCommit, withSignature } from "../trust/commit-text.ts";
import type { Desk } from "./commits.ts";

/** A policy set that is proposed. */
export interface Proposal {
  /** The commit to build on. */
  readonly on: string;
  readonly after: PolicySetFiles;
  readonly message: string;
}

/**
 * Makes a proposal: a new branch with one commit that changes the policy set alone. It approves nothing, signed or not.
 * No work tree and no index is touched. Gives the commit's id. Throws `ref-moved` if the branch is there.
 */
export async function commitProposal(
  desk: Omit<Desk, "signer"> & { readonly signer: CommitSigner | null },
  { on, after, message }: Proposal,
): Promise<string> {
  const { repository, reader, branch, person, signer, now } = desk;
  const root = parseCommitLinks((await reader.read(on)).data).tree;
  const { tree, objects } = await withMirrorFiles(reader, root, after);
  const by = { ...person, time: now, zone: "+0000" };
  const payload = encodeCommit({ tree, parents: [on], author: by, committer: by, message });
  const data = signer === null ? payload : withSignature(payload, await signer.sign(payload));
  const id = gitObjectId("commit", data);
  await writeObjects(repository, [...objects, { type: "commit", data }]);
  await updateRefs(repository, [{ ref: branch, to: id, from: null, message: "mirror: a proposal" }]);
  return id;
}
