import { spawnSync } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { type Git, gitEnvironment } from "./launch.ts";

const oldest = [2, 34] as const;

/**
 * Looks for git along a PATH: absolute directories only, and none that packages of a project fill
 * (`node_modules`), since an agent may write there. Throws `git-failed` if there is none. Its age is not looked at:
 * that takes as long as the rest of a command.
 */
export function findGit(searchPath: string): Git {
  for (const directory of searchPath.split(":")) {
    if (!directory.startsWith("/") || directory.split("/").includes("node_modules")) continue;
    const path = programIn(directory);
    if (path !== null) return { path };
  }
  throw new MirrorError("git-failed", "no `git` in any absolute directory of PATH", {
    hint: `install git ${oldest.join(".")} or newer`,
  });
}

/** Looks for git as `findGit` does, and asks it for its version: throws `git-failed` too if it is older than 2.34. */
export function findRecentGit(searchPath: string): Git {
  const git = findGit(searchPath);
  mustBeRecent(git);
  return git;
}

function programIn(directory: string): string | null {
  try {
    const path = join(realpathSync(directory), "git");
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : null;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES" || code === "ELOOP") return null;
    throw error;
  }
}

function mustBeRecent({ path }: Git): void {
  const options = { cwd: "/", env: gitEnvironment(undefined), encoding: "utf8" } as const;
  const text = spawnSync(path, ["--version"], options).stdout ?? "";
  const match = /^git version (\d+)\.(\d+)/.exec(text);
  if (match === null) {
    throw new MirrorError("git-failed", `\`${path} --version\` says \`${text.trim()}\`, expected a version`);
  }
  const version = [Number(match[1]), Number(match[2])] as const;
  if (version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1])) {
    throw new MirrorError(
      "git-failed",
      `\`${path}\` is git ${version.join(".")}, expected ${oldest.join(".")} or newer`,
      {
        hint: "install a newer git and put it first in PATH",
      },
    );
  }
}
