import { MirrorError } from "../../base/errors.ts";
import { gitOutput, runGit } from "../../git/launch.ts";
import { withMirrorFiles } from "../../git/mirror-tree.ts";
import { listRefs, readRef } from "../../git/refs.ts";
import type { PolicySetFiles } from "../../model/policy-set.ts";
import { policySetAt } from "../../policy-store/policy-set-at.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { parseCommitLinks } from "../../trust/commit.ts";
import { policySetDigest } from "../../trust/policy-digest.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Where } from "../where.ts";

/** Where branches of proposals stand: `mirror/policy/<name>`. */
export const proposalPrefix = "mirror/policy/";

/** A policy set that somebody proposes, on a branch. */
export interface Proposal {
  /** As people say it: `mirror/policy/<name>`, or what they named. */
  readonly branch: string;
  /** The branch of this repository that carries it; null where it is a remote's, or no branch. */
  readonly ref: string | null;
  /** False for a bare commit. */
  readonly isBranch: boolean;
  readonly commit: string;
  readonly files: PolicySetFiles;
  /** D of the policy set. */
  readonly digest: string;
}

/**
 * Finds what a person names: a branch, the name of a proposal, a branch that only a remote has, or a commit. Throws
 * `usage` where there is nothing, or no policy set in it.
 */
export async function findProposal(state: OpenState, name: string): Promise<Proposal> {
  const { branch, ref, isBranch, commit } = await locate(state, name);
  const files = await policySetAt(state.reader, commit);
  if (files === null) {
    throw new MirrorError(
      "usage",
      `\`${branch}\` at ${commit.slice(0, 12)} holds no policy set: no .mirror/`,
      {
        hint: "a proposal is a branch made from the policy branch; `mirror policy list` shows those there are",
      },
    );
  }
  return { branch, ref, isBranch, commit, files, digest: policySetDigest(files) };
}

/** Gives the files of a proposal. Throws `usage`. */
export async function proposedFiles(where: Where, name: string): Promise<PolicySetFiles> {
  const state = await openState(where.directory, where.environment);
  try {
    return (await findProposal(state, name)).files;
  } finally {
    state.close();
  }
}

/** Says which policy set a proposal is, by its branch and commit. */
export function namedSet({ branch, commit }: Pick<Proposal, "branch" | "commit">): string {
  return `the policy set of ${branch} at ${commit.slice(0, 12)}`;
}

type Located = Pick<Proposal, "branch" | "ref" | "isBranch" | "commit">;

/** Finds the commit that a person names. Throws `usage` where there is none. */
export async function locate(state: OpenState, name: string): Promise<Located> {
  const { repository } = state;
  for (const branch of [name, `${proposalPrefix}${name}`]) {
    const ref = `refs/heads/${branch}`;
    const commit = isRefName(branch) ? readRef(repository, ref) : null;
    if (commit !== null) return { branch, ref, isBranch: true, commit };
  }
  for (const branch of [name, `${proposalPrefix}${name}`]) {
    const [only, ...more] = remotesWith(state, branch);
    if (only !== undefined && more.every(({ id }) => id === only.id))
      return { branch, ref: null, isBranch: true, commit: only.id };
  }
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, stdout } = await runGit(repository.git, ["--git-dir", repository.gitDir, ...args], {});
  if (code === 0)
    return { branch: name, ref: null, isBranch: false, commit: stdout.toString("latin1").trim() };
  const several = remotesWith(state, name);
  if (several.length > 0) {
    const found = several.map(({ ref, id }) => `${ref} at ${id.slice(0, 12)}`).join(" and ");
    throw new MirrorError("usage", `\`${name}\` is not the same on all remotes: ${found}`, {
      hint: `name one of them, for example ${several[0]?.ref}`,
    });
  }
  throw new MirrorError("usage", `\`${name}\` is no branch or commit here`, {
    hint: "`mirror policy list` shows the proposals; run `git fetch` if it is new",
  });
}

/** Gives the remote-tracking branches of that name: `origin/<branch>`. */
function remotesWith({ repository }: OpenState, branch: string): readonly { ref: string; id: string }[] {
  return listRefs(repository, "refs/remotes/", `/${branch}`).map(({ ref, id }) => ({
    ref: ref.slice("refs/remotes/".length),
    id,
  }));
}

function isRefName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name) && !name.includes("..") && !name.includes("//");
}

/**
 * Makes sure that a proposal changes `.mirror/` alone and begins where the policy branch has the approved set: brought
 * in otherwise, it would take something back, or lose what else it changes. Throws `usage`.
 */
export async function mustChangePolicyAlone(
  state: OpenState,
  approved: ApprovedPolicy,
  { branch, commit }: Proposal,
): Promise<void> {
  const { policyBranch } = approved.set.config;
  const tip = readRef(state.repository, `refs/heads/${policyBranch}`);
  // That there is no such branch is said where it would be moved.
  if (tip === null) return;
  const began = await mergeBase(state, tip, commit);
  if (began === null) {
    throw new MirrorError("usage", `\`${branch}\` has no commit in common with ${policyBranch}`, {
      hint: `make a branch from ${policyBranch} that changes .mirror/ alone`,
    });
  }
  const standing = await policySetAt(state.reader, began);
  const { lineage } = approved;
  if (standing !== null && policySetDigest(standing) !== lineage.digest) {
    throw new MirrorError(
      "usage",
      `\`${branch}\` began at ${began.slice(0, 12)}, before the policy set of epoch ${lineage.epoch}, expected a commit that has it`,
      {
        hint: `bring it up to date, so that it takes nothing back: git rebase ${policyBranch} ${branch}`,
      },
    );
  }
  const root = await rootOf(state, began);
  if (await differsInPolicyAlone(state, commit, { root, files: approved.files })) return;
  const other = await otherFile(state, began, commit);
  throw new MirrorError(
    "usage",
    `\`${branch}\` differs from ${policyBranch} in more than .mirror/: ${other}`,
    {
      hint: `make a branch from ${policyBranch} that changes .mirror/ alone`,
    },
  );
}

/** Names a file by which two commits differ and that is not of the policy set. */
async function otherFile({ repository: { git, gitDir } }: OpenState, a: string, b: string): Promise<string> {
  const args = ["--git-dir", gitDir, "diff-tree", "-r", "-z", "--name-only", a, b];
  const paths = (await gitOutput(git, args, {})).split("\0");
  return paths.find((path) => !path.startsWith(".mirror/") || path.startsWith(".mirror/memory/")) ?? "";
}

/** Tells whether a commit differs in its policy set alone from a root tree with these files as its policy set. */
export async function differsInPolicyAlone(
  state: OpenState,
  commit: string,
  { root, files }: { readonly root: string; readonly files: PolicySetFiles },
): Promise<boolean> {
  const proposed = await rootOf(state, commit);
  return (await withMirrorFiles(state.reader, proposed, files)).tree === root;
}

/** Tells whether the policy branch has a proposal's commit already: it was merged, whatever came after. */
export async function isMerged(
  state: OpenState,
  approved: ApprovedPolicy,
  { commit }: Pick<Proposal, "commit">,
): Promise<boolean> {
  const tip = readRef(state.repository, `refs/heads/${approved.set.config.policyBranch}`);
  return tip !== null && (await mergeBase(state, tip, commit)) === commit;
}

/** Gives the commit where two histories part; null if they have none in common. */
export async function mergeBase(state: OpenState, a: string, b: string): Promise<string | null> {
  const args = ["--git-dir", state.repository.gitDir, "merge-base", a, b];
  const { code, stdout } = await runGit(state.repository.git, args, {});
  return code === 0 ? stdout.toString("latin1").trim() : null;
}

/** Gives the root tree of a commit. */
export async function rootOf(state: OpenState, commit: string): Promise<string> {
  return parseCommitLinks((await state.reader.read(commit)).data).tree;
}
