import { firstLine, runGit } from "./launch.ts";
import type { Repository } from "./repository.ts";

/**
 * Says what is missing of everything that a commit leads to, in git's words; null if all of it is there. Git looks
 * whether objects are there, not what is in them.
 */
export async function whatIsMissing(
  repo: Pick<Repository, "git" | "commonDir">,
  commit: string,
): Promise<string | null> {
  const args = [
    "--git-dir",
    repo.commonDir,
    "rev-list",
    "--objects",
    "--quiet",
    "--end-of-options",
    commit,
    "--",
  ];
  const { code, stderr } = await runGit(repo.git, args, {});
  return code === 0 ? null : firstLine(stderr);
}
