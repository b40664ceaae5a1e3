import { MirrorError } from "../base/errors.ts";
import { runGit } from "../git/launch.ts";
import { readMirrorTree, withMirrorFiles } from "../git/mirror-tree.ts";
import { readRef } from "../git/refs.ts";
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
    const { policyBranch } = approved.set.config;
    const tip = readRef(state.repository, `refs/heads/${policyBranch}`);
    const standing = tip === null ? null : await rootOf(state, tip);
    // Taken with the approved set, both trees must be one: whatever else the branch changes would be lost.
    if ((await withMirrorFiles(state.reader, proposed, approved.files)).tree !== standing) {
      throw new MirrorError("usage", `\`${branch}\` differs from ${policyBranch} in more than .mirror/`, {
        hint: `make a branch from ${policyBranch} that changes .mirror/ alone (git rebase ${policyBranch}, if it is behind)`,
      });
    }
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

async function commitOf(state: OpenState, branch: string): Promise<string> {
  const args = [
    "--git-dir",
    state.repository.gitDir,
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${branch}^{commit}`,
  ];
  const { code, stdout } = await runGit(state.repository.git, args, {});
  if (code === 0) return stdout.toString("latin1").trim();
  throw new MirrorError("usage", `\`${branch}\` is no branch or commit here`);
}

async function rootOf(state: OpenState, commit: string): Promise<string> {
  return parseCommitLinks((await state.reader.read(commit)).data).tree;
}
