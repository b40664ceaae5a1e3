import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type { Repository } from "../git/repository.ts";
import { listWorkTrees, type WorkTree } from "../git/work-trees.ts";

/** Gives the repository's work trees as of now, and the very same list as long as none comes or goes. */
export type WorkTreeWatch = () => Promise<readonly WorkTree[]>;

/** Watches the work trees of a repository: a call costs one directory listing while nothing changes. */
export function watchWorkTrees(repository: Repository): WorkTreeWatch {
  let seen: string | null = null;
  let trees: Promise<readonly WorkTree[]> = Promise.resolve([]);
  return () => {
    const now = stamp(join(repository.commonDir, "worktrees"));
    if (now !== seen) {
      seen = now;
      trees = listWorkTrees(repository);
      // A failure is not remembered: the next call looks again.
      trees.catch(() => {
        seen = null;
      });
    }
    return trees;
  };
}

/** Changes whenever a linked work tree is added, moved or removed. */
function stamp(directory: string): string {
  try {
    return readdirSync(directory)
      .map((name) => `${name}:${statSync(join(directory, name, "gitdir")).mtimeMs}`)
      .join("\n");
  } catch (error) {
    // No linked work tree, or one being removed this moment: a state of its own.
    const code = systemErrorCode(error);
    if (code === null) throw error;
    return code;
  }
}
