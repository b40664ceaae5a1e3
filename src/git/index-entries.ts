import { MirrorError } from "../base/errors.ts";
import { type GitResult, gitFailure, runGit } from "./launch.ts";
import type { Repository } from "./repository.ts";
import type { WorkTree } from "./work-trees.ts";

/** One entry of a work tree's index. */
export interface IndexEntry {
  readonly mode: string;
  readonly id: string;
  /** 0; 1 to 3 for the sides of an unresolved merge. */
  readonly stage: number;
  /** A sparse checkout leaves the file out of the work tree. */
  readonly skipped: boolean;
}

/** What an index entry is to become; a null id takes it away. */
export interface IndexChange {
  /** From the work tree's root. */
  readonly path: string;
  readonly id: string | null;
  readonly skipped: boolean;
}

/** Gives the index entries of `directory` and below, by path from the work tree's root. */
export async function readIndex(
  repo: Pick<Repository, "git">,
  workTree: WorkTree,
  directory: string,
): Promise<ReadonlyMap<string, readonly IndexEntry[]>> {
  const result = await runInWorkTree(
    repo,
    workTree,
    ["ls-files", "-v", "--stage", "-z", "--", directory],
    "",
  );
  if (result.code !== 0) throw gitFailure("ls-files", result);
  const entries = new Map<string, IndexEntry[]>();
  for (const line of result.stdout.toString("utf8").split("\0")) {
    // `H 100644 <id> 0<tab>path`; a letter in lower case means assume-unchanged, S skip-worktree.
    const [, tag, mode, id, stage, path] = /^(\S) (\d{6}) ([0-9a-f]{40}) ([0-3])\t(.+)$/s.exec(line) ?? [];
    if (tag === undefined || mode === undefined || id === undefined || path === undefined) continue;
    const entry = { mode, id, stage: Number(stage), skipped: tag.toUpperCase() === "S" };
    entries.set(path, [...(entries.get(path) ?? []), entry]);
  }
  return entries;
}

/** Changes index entries and nothing else of the index. Throws `git-locked` if another program keeps its lock. */
export async function changeIndex(
  repo: Pick<Repository, "git">,
  workTree: WorkTree,
  changes: readonly IndexChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const lines = changes.map(({ path, id }) =>
    id === null ? `0 ${"0".repeat(40)}\t${path}\0` : `100644 ${id}\t${path}\0`,
  );
  await updateIndex(repo, workTree, ["-z", "--index-info"], lines.join(""));
  // A replaced entry has lost the mark that its file is left out.
  const skipped = changes.filter((change) => change.skipped && change.id !== null);
  if (skipped.length === 0) return;
  const paths = skipped.map((change) => `${change.path}\0`).join("");
  await updateIndex(repo, workTree, ["-z", "--skip-worktree", "--stdin"], paths);
}

const patience = { attempts: 30, milliseconds: 100 };

async function updateIndex(
  repo: Pick<Repository, "git">,
  workTree: WorkTree,
  args: readonly string[],
  input: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await runInWorkTree(repo, workTree, ["update-index", ...args], input);
    if (result.code === 0) return;
    const lock = /Unable to create '(.+index\.lock)': File exists/.exec(result.stderr)?.[1];
    if (lock === undefined) throw gitFailure("update-index", result);
    if (attempt === patience.attempts) {
      throw new MirrorError("git-locked", `another program holds \`${lock}\``, {
        data: { lock },
        hint: `wait for it; if no git is running, remove \`${lock}\``,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, patience.milliseconds));
  }
}

function runInWorkTree(
  { git }: Pick<Repository, "git">,
  workTree: WorkTree,
  args: readonly string[],
  input: string,
): Promise<GitResult> {
  const place = ["--git-dir", workTree.gitDir, "--work-tree", workTree.path];
  return runGit(git, [...place, ...args], { cwd: workTree.path, input });
}
