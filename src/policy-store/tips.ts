import { listRefs, readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";

/**
 * Gives the commits from which the policy set is looked for (TRUST P4): the HEAD of every work tree, the policy
 * branch, and its remote-tracking branches. Sorted, each once; a few small file reads.
 */
export function policyTips(
  repository: Repository,
  gitDirs: readonly string[],
  policyBranch: string,
): string[] {
  const tips = new Set<string>();
  const add = (id: string | null): void => {
    if (id !== null) tips.add(id);
  };
  for (const gitDir of gitDirs) add(readRef({ commonDir: repository.commonDir, gitDir }, "HEAD"));
  add(readRef(repository, `refs/heads/${policyBranch}`));
  // refs/remotes/<remote>/<branch>; a remote's name may hold slashes, so the end decides.
  for (const { id } of listRefs(repository, "refs/remotes/", `/${policyBranch}`)) add(id);
  return [...tips].sort();
}
