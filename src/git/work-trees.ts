import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import { runGit } from "./launch.ts";
import type { Repository } from "./repository.ts";

/** One work tree of a repository: its root and its own git directory. Absolute real paths. */
export interface WorkTree {
  readonly path: string;
  readonly gitDir: string;
}

/**
 * Gives the repository's work trees that exist, the main one first. A work tree counts only if its `.git` leads
 * back to this repository, so that a planted entry cannot make another directory part of it.
 */
export async function listWorkTrees(repo: Pick<Repository, "git" | "commonDir">): Promise<WorkTree[]> {
  const main = await mainWorkTree(repo);
  const linked = linkedGitDirs(repo.commonDir).map((gitDir) => linkedWorkTree(gitDir));
  return [main, ...linked].filter((tree) => tree !== null);
}

/** Gives the work tree that holds `path` (absolute; it need not exist), the innermost; null if none does. */
export async function workTreeOf(
  repo: Pick<Repository, "git" | "commonDir">,
  path: string,
): Promise<WorkTree | null> {
  const real = realPathOfExisting(path);
  const holders = (await listWorkTrees(repo)).filter(
    (tree) => real === tree.path || real.startsWith(tree.path === "/" ? "/" : `${tree.path}/`),
  );
  return holders.sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}

async function mainWorkTree(repo: Pick<Repository, "git" | "commonDir">): Promise<WorkTree | null> {
  const { commonDir } = repo;
  const configured = await configuredWorkTree(repo);
  const candidates: string[] = [];
  if (configured !== null) candidates.push(resolve(commonDir, configured));
  if (basename(commonDir) === ".git") candidates.push(dirname(commonDir));
  const path = candidates.find((candidate) => leadsTo(candidate) === commonDir);
  return path === undefined ? null : { path: realpathSync(path), gitDir: commonDir };
}

/** Gives `core.worktree`; null if it is not set. Git is asked only where its files could name one. */
async function configuredWorkTree({
  git,
  commonDir,
}: Pick<Repository, "git" | "commonDir">): Promise<string | null> {
  const files = ["config", "config.worktree"].map((name) =>
    quietly(() => readFileSync(join(commonDir, name), "utf8")),
  );
  if (!files.some((text) => text !== null && /worktree|include/i.test(text))) return null;
  const { code, stdout } = await runGit(
    git,
    ["--git-dir", commonDir, "config", "--get", "core.worktree"],
    {},
  );
  const configured = stdout.toString("utf8").replace(/\n$/, "");
  return code === 0 && configured !== "" ? configured : null;
}

function linkedGitDirs(commonDir: string): string[] {
  const parent = join(commonDir, "worktrees");
  return (quietly(() => readdirSync(parent)) ?? []).sort().map((name) => join(parent, name));
}

function linkedWorkTree(gitDir: string): WorkTree | null {
  const text = quietly(() => readFileSync(join(gitDir, "gitdir"), "utf8"));
  if (text === null) return null;
  const path = dirname(resolve(gitDir, text.replace(/\n$/, "")));
  return leadsTo(path) === gitDir ? { path: realpathSync(path), gitDir } : null;
}

/** Gives the git directory that `.git` in `directory` is or names, by real path; null if there is none. */
function leadsTo(directory: string): string | null {
  const dotGit = join(directory, ".git");
  const text = quietly(() => readFileSync(dotGit, "utf8"));
  const named = text === null ? null : /^gitdir: (.+)\n*$/.exec(text);
  if (text !== null && named === null) return null;
  return quietly(() => realpathSync(named === null ? dotGit : resolve(directory, named[1] ?? "")));
}

function realPathOfExisting(path: string): string {
  const real = quietly(() => realpathSync(path));
  if (real !== null) return real;
  const parent = dirname(path);
  return parent === path ? path : join(realPathOfExisting(parent), basename(path));
}

/** Gives null where the path is not there, not reachable, or a directory instead of a file. */
function quietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== null && ["ENOENT", "ENOTDIR", "EISDIR", "EACCES", "ELOOP"].includes(code)) return null;
    throw error;
  }
}
