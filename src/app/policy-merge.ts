import { MirrorError } from "../base/errors.ts";
import { runGit } from "../git/launch.ts";
import { readMirrorTree, withMirrorFiles } from "../git/mirror-tree.ts";
import { listRefs, readRef } from "../git/refs.ts";
import type { ApprovedPolicy } from "../policy-store/policy-store.ts";
import { parseCommitLinks } from "../trust/commit.ts";
import { policySetDigest } from "../trust/policy-digest.ts";
import { type ApprovedChange, approveChange } from "./approve-change.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { refreshDaemon } from "./daemon-control.ts";
import { type OpenState, openState } from "./open-state.ts";
import type { Prompts } from "./owner.ts";
import type { Where } from "./where.ts";

/**
 * Approves the policy set of a branch and merges it into the policy branch, where this person alone may. Throws
 * `usage` for a branch that changes more than `.mirror/`, or nothing there.
 */
export async function mergePolicy(where: Where, branch: string, prompts: Prompts): Promise<ApprovedChange> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const proposal = await commitOf(state, branch);
    const proposed = await rootOf(state, proposal);
    const after = (await readMirrorTree(state.reader, proposed))?.files;
    if (after === undefined || policySetDigest(after) === approved.lineage.digest) {
      throw new MirrorError("usage", `\`${branch}\` changes nothing below .mirror/ (memory/ apart)`);
    }
    await mustChangePolicyAlone(state, approved, branch, { proposal, proposed });
    const change = await approveChange(
      state,
      where,
      approved,
      { after, subject: `policy: ${branch}`, proposal },
      prompts,
    );
    await refreshDaemon(state.paths);
    return change;
  } finally {
    state.close();
  }
}

/** Taken with the approved set, the branch must be where it began: whatever else it changes would be lost. */
async function mustChangePolicyAlone(
  state: OpenState,
  approved: ApprovedPolicy,
  branch: string,
  { proposal, proposed }: { readonly proposal: string; readonly proposed: string },
): Promise<void> {
  const { policyBranch } = approved.set.config;
  const tip = readRef(state.repository, `refs/heads/${policyBranch}`);
  // That there is no such branch is said where it would be moved.
  if (tip === null) return;
  const began = await mergeBase(state, tip, proposal);
  const root = began === null ? null : await rootOf(state, began);
  const standing = root === null ? undefined : (await readMirrorTree(state.reader, root))?.files;
  if (standing !== undefined && policySetDigest(standing) !== approved.lineage.digest) {
    throw new MirrorError(
      "usage",
      `\`${branch}\` began before the policy set of epoch ${approved.lineage.epoch}`,
      {
        hint: `bring it up to date, so that it takes nothing back: git rebase ${policyBranch} ${branch}`,
      },
    );
  }
  if (root !== null && (await withMirrorFiles(state.reader, proposed, approved.files)).tree === root) return;
  throw new MirrorError("usage", `\`${branch}\` differs from ${policyBranch} in more than .mirror/`, {
    hint: `make a branch from ${policyBranch} that changes .mirror/ alone`,
  });
}

async function mergeBase(state: OpenState, a: string, b: string): Promise<string | null> {
  const args = ["--git-dir", state.repository.gitDir, "merge-base", a, b];
  const { code, stdout } = await runGit(state.repository.git, args, {});
  return code === 0 ? stdout.toString("latin1").trim() : null;
}

/** Finds what a person names; a branch that only a remote has may be named without it, as `git switch` takes it. */
async function commitOf(state: OpenState, branch: string): Promise<string> {
  const { repository } = state;
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${branch}^{commit}`];
  const { code, stdout } = await runGit(repository.git, ["--git-dir", repository.gitDir, ...args], {});
  if (code === 0) return stdout.toString("latin1").trim();
  const remote = listRefs(repository, "refs/remotes/").filter(({ ref }) => ref.endsWith(`/${branch}`));
  if (remote.length === 1 && remote[0] !== undefined) return remote[0].id;
  throw new MirrorError("usage", `\`${branch}\` is no branch or commit here`, {
    hint: "run `git fetch` if it is new",
  });
}

async function rootOf(state: OpenState, commit: string): Promise<string> {
  return parseCommitLinks((await state.reader.read(commit)).data).tree;
}
