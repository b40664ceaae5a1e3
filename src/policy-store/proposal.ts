import { gitObjectId } from "../base/digest.ts";
import { withMirrorFiles } from "../git/mirror-tree.ts";
import { updateRefs } from "../git/update-refs.ts";
import { writeObjects } from "../git/write-objects.ts";
import type { Lineage } from "../model/lineage.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { CommitSigner } from "../signers/signer.ts";
import { parseCommitLinks } from "../trust/commit.ts";
import { encodeCommit, withSignature } from "../trust/commit-text.ts";
import { approvalStatement } from "../trust/statement.ts";
import type { Desk } from "./commits.ts";

/** A policy set that is proposed. */
export interface Proposal {
  /** The commit to build on. */
  readonly on: string;
  readonly after: PolicySetFiles;
  readonly message: string;
  /** The commit the branch stands at, where it carries an earlier proposal that is merged; null: it is new. */
  readonly replaces: string | null;
}

/**
 * Makes a proposal: a new branch with one commit that changes the policy set alone. It approves nothing, signed or not.
 * No work tree and no index is touched. Gives the commit's id. Throws `ref-moved` if the branch stands elsewhere.
 */
export async function commitProposal(
  desk: Desk,
  { on, after, message, replaces }: Proposal,
): Promise<string> {
  const { repository, reader, branch, person, signer, now } = desk;
  const root = parseCommitLinks((await reader.read(on)).data).tree;
  const { tree, objects } = await withMirrorFiles(reader, root, after);
  const by = { ...person, time: now, zone: "+0000" };
  const payload = encodeCommit({ tree, parents: [on], author: by, committer: by, message });
  const data = signer === null ? payload : withSignature(payload, await signer.sign(payload));
  const id = gitObjectId("commit", data);
  await writeObjects(repository, [...objects, { type: "commit", data }]);
  await updateRefs(repository, [{ ref: branch, to: id, from: replaces, message: "mirror: a proposal" }]);
  return id;
}

/**
 * Adds an approval to a proposal's branch: a signed commit with its tree, which says that this policy set is approved on
 * this lineage (TRUST P3). `isHere` is false where the branch has yet to be made. Gives the commit's id. Throws
 * `ref-moved` if the branch moved meanwhile.
 */
export async function commitApproval(
  { repository, reader, branch, person, signer, now }: Desk & { readonly signer: CommitSigner },
  on: { readonly commit: string; readonly isHere: boolean },
  base: Lineage,
  digest: string,
  name: string,
): Promise<string> {
  const { tree } = parseCommitLinks((await reader.read(on.commit)).data);
  const by = { ...person, time: now, zone: "+0000" };
  const statement = approvalStatement(digest, base.epoch, base.lineage);
  const message = `policy: approve ${name}\n\n${statement}\n`;
  const payload = encodeCommit({ tree, parents: [on.commit], author: by, committer: by, message });
  const data = withSignature(payload, await signer.sign(payload));
  const id = gitObjectId("commit", data);
  await writeObjects(repository, [{ type: "commit", data }]);
  const from = on.isHere ? on.commit : null;
  await updateRefs(repository, [{ ref: branch, to: id, from, message: "mirror: an approval" }]);
  return id;
}
