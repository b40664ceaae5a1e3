import { gitObjectId } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import { withMirrorFiles } from "../git/mirror-tree.ts";
import type { ObjectReader } from "../git/objects.ts";
import { readHead, readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { updateRefs } from "../git/update-refs.ts";
import { checkFollow, followMirrorFiles } from "../git/work-tree.ts";
import { listWorkTrees, type WorkTree } from "../git/work-trees.ts";
import { writeObjects } from "../git/write-objects.ts";
import type { GitObject } from "../model/git.ts";
import type { Lineage } from "../model/lineage.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { CommitSigner } from "../signers/signer.ts";
import { parseCommitLinks } from "../trust/commit.ts";
import { encodeCommit, withSignature } from "../trust/commit-text.ts";
import { firstLineage, nextLineage, policySetDigest } from "../trust/policy-digest.ts";
import { approvalStatement, genesisStatement, settlementStatement } from "../trust/statement.ts";
import { policySetAt } from "./policy-set-at.ts";

// Commits that carry policy, made by plumbing: no hook runs, and what is staged or edited stays as it was.

/** Where commits go and who makes them. */
export interface Desk {
  readonly repository: Repository;
  readonly reader: ObjectReader;
  /** The policy branch: `refs/heads/main`. */
  readonly branch: string;
  readonly person: { readonly name: string; readonly email: string };
  /** Null: nobody signs, and nothing is stated. */
  readonly signer: CommitSigner | null;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Makes the genesis commit of a policy set on the policy branch, signed, holding nothing else. */
export async function commitGenesis(
  desk: Desk & { readonly signer: CommitSigner },
  files: PolicySetFiles,
): Promise<Lineage> {
  const tip = readRef(desk.repository, desk.branch);
  const digest = policySetDigest(files);
  const { tree, objects } = await withMirrorFiles(desk.reader, await rootTree(desk, tip), files);
  const message = [
    "mirror: the policy set begins",
    "",
    "From here on the policies below .mirror/ decide what AI agents may do in this repository.",
    "",
    genesisStatement(digest),
    "",
  ].join("\n");
  const commit = await personsCommit(desk, tree, tip === null ? [] : [tip], message);
  await land(
    desk,
    tip,
    commit,
    [...objects, commit.object],
    await mirrorFilesAt(desk, tip),
    files,
    "mirror init",
  );
  return { genesis: commit.id, epoch: 0, lineage: firstLineage(commit.id, digest), digest };
}

/** A change of policy that has the approvals it needs, the merging signer's counted in. */
export interface PolicyChange {
  /** The lineage it builds on. */
  readonly base: Lineage;
  readonly before: PolicySetFiles;
  readonly after: PolicySetFiles;
  /** First line of the commit message. */
  readonly subject: string;
  /** The commit that proposes it, on top of the policy branch or beside it; null: one is made. */
  readonly proposal: string | null;
  /** Says, too, that nothing else may hold on this base (TRUST P5): for a signer who is the trust role's threshold. */
  readonly settles: boolean;
}

/**
 * Brings a change in: the commit that proposes it, and the merge commit, which approves it where a signer makes it. The merge takes
 * nothing but the policy set. Gives the merge commit's id. Throws `ref-moved` if the branch moved meanwhile,
 * `work-tree-conflict` if files below `.mirror/` were edited, `forked` if the branch carries another policy set.
 */
export async function commitChange(desk: Desk, change: PolicyChange): Promise<string> {
  const tip = readRef(desk.repository, desk.branch);
  if (tip === null) throw noBranch(desk);
  const standing = await mirrorFilesAt(desk, tip);
  const found = standing === null ? null : policySetDigest(standing);
  if (found !== change.base.digest) {
    const [carried, expected] = [found, change.base.digest].map((digest) => digest?.slice(0, 12) ?? "none");
    throw new MirrorError(
      "forked",
      `commit ${tip.slice(0, 12)} on ${desk.branch} carries policy set ${carried}, expected the approved one of epoch ${change.base.epoch}, ${expected}`,
      {
        hint: "merge what is approved into it first, or take the unapproved change out; `mirror status` says how",
      },
    );
  }
  const { tree, objects } = await withMirrorFiles(desk.reader, await rootTree(desk, tip), change.after);
  const made =
    change.proposal === null
      ? commitObject(encodeCommit({ tree, parents: [tip], ...persons(desk), message: `${change.subject}\n` }))
      : null;
  const digest = policySetDigest(change.after);
  const { epoch, lineage } = change.base;
  const statements = [
    approvalStatement(digest, epoch, lineage),
    ...(change.settles ? [settlementStatement(epoch, lineage, nextLineage(lineage, digest))] : []),
  ];
  const said = desk.signer === null ? [] : ["", ...statements];
  const message = [`Merge: ${change.subject}`, ...said, ""].join("\n");
  const merge = await personsCommit(desk, tree, [tip, made?.id ?? change.proposal ?? tip], message);
  await land(
    desk,
    tip,
    merge,
    [...objects, ...(made === null ? [] : [made.object]), merge.object],
    change.before,
    change.after,
    change.subject,
  );
  return merge.id;
}

/** Which of two approved sets holds, where both leave the same one. */
export interface Settlement {
  /** The lineage that both leave. */
  readonly parent: Lineage;
  /** The lineage that is to hold, the merge commit that brought it, and its files. */
  readonly child: Lineage;
  readonly commit: string;
  readonly files: PolicySetFiles;
}

/**
 * Settles a fork (TRUST P5): a signed commit on the policy branch that names the child, carries its policy set and has
 * its merge commit among its parents. Gives the commit's id. Throws `ref-moved`, `work-tree-conflict`.
 */
export async function commitSettlement(
  desk: Desk & { readonly signer: CommitSigner },
  { parent, child, commit, files }: Settlement,
): Promise<string> {
  const tip = readRef(desk.repository, desk.branch);
  if (tip === null) throw noBranch(desk);
  const { tree, objects } = await withMirrorFiles(desk.reader, await rootTree(desk, tip), files);
  const subject = `policy: epoch ${child.epoch} is settled`;
  const statement = settlementStatement(parent.epoch, parent.lineage, child.lineage);
  const message = `${subject}\n\nOf two approved policy sets, the one of ${commit} holds.\n\n${statement}\n`;
  const settled = await personsCommit(desk, tree, [...new Set([tip, commit])], message);
  const before = await mirrorFilesAt(desk, tip);
  await land(desk, tip, settled, [...objects, settled.object], before, files, subject);
  return settled.id;
}

function noBranch({ branch }: Desk): MirrorError {
  const name = branch.replace(/^refs\/heads\//, "");
  return new MirrorError("bad-ref", `there is no branch \`${name}\` here to bring the change into`, {
    hint: `make it from the remote's: git branch ${name} origin/${name}`,
  });
}

interface NewCommit {
  readonly id: string;
  readonly object: GitObject;
}

function commitObject(data: Uint8Array): NewCommit {
  return { id: gitObjectId("commit", data), object: { type: "commit", data } };
}

async function personsCommit(
  desk: Desk,
  tree: string,
  parents: readonly string[],
  message: string,
): Promise<NewCommit> {
  const payload = encodeCommit({ tree, parents, ...persons(desk), message });
  return commitObject(
    desk.signer === null ? payload : withSignature(payload, await desk.signer.sign(payload)),
  );
}

function persons(desk: Desk): { author: CommitPerson; committer: CommitPerson } {
  const person = { ...desk.person, time: desk.now, zone: "+0000" };
  return { author: person, committer: person };
}

interface CommitPerson {
  readonly name: string;
  readonly email: string;
  readonly time: number;
  readonly zone: string;
}

async function rootTree(desk: Desk, commit: string | null): Promise<string | null> {
  if (commit === null) return null;
  return parseCommitLinks((await desk.reader.read(commit)).data).tree;
}

async function mirrorFilesAt(desk: Desk, commit: string | null): Promise<PolicySetFiles | null> {
  return commit === null ? null : await policySetAt(desk.reader, commit);
}

/**
 * Lets objects, branch and work trees follow, in the order that leaves nothing half-done: look whether every work
 * tree can follow, write the objects, move the branch if it still stands where it stood, then the files.
 */
async function land(
  desk: Desk,
  from: string | null,
  to: NewCommit,
  objects: readonly GitObject[],
  before: PolicySetFiles | null,
  after: PolicySetFiles,
  reason: string,
): Promise<void> {
  const trees = await checkedOutIn(desk);
  for (const tree of trees) await checkFollow(desk.repository, tree, before, after);
  await writeObjects(desk.repository, objects);
  await updateRefs(desk.repository, [{ ref: desk.branch, to: to.id, from, message: reason }]);
  for (const tree of trees) await followMirrorFiles(desk.repository, tree, before, after);
}

async function checkedOutIn(desk: Desk): Promise<WorkTree[]> {
  const trees = await listWorkTrees(desk.repository);
  return trees.filter((tree) => readHead(tree.gitDir).branch === desk.branch);
}
