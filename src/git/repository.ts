import { realpathSync, statSync } from "node:fs";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { firstLine, type Git, type GitRun, gitFailure, runGit } from "./launch.ts";

/** A repository with a work tree. All paths are absolute and real. */
export interface Repository {
  readonly git: Git;
  /** Objects, branches and configuration, shared by all work trees. */
  readonly commonDir: string;
  /** This work tree's own: HEAD, index. The common directory for the main work tree. */
  readonly gitDir: string;
  /** Root of the work tree. */
  readonly workTree: string;
}

const questions = [
  "rev-parse",
  "--path-format=absolute",
  "--is-bare-repository",
  "--is-inside-work-tree",
  "--show-object-format",
  "--git-common-dir",
  "--git-dir",
] as const;

/**
 * Finds the repository whose work tree holds `directory`, as git finds it: main or linked work tree, submodule,
 * any depth below the root. Shallow and partial clones are fine.
 *
 * Throws `not-a-repository` where there is none, `unsupported-repository` for bare, SHA-256 and reftable ones and
 * for one that git refuses because another user owns it (a person's `environment` lets git see their
 * `safe.directory`).
 */
export async function openRepository(
  git: Git,
  directory: string,
  environment?: GitRun["environment"],
): Promise<Repository> {
  const run: GitRun = { cwd: existingDirectory(directory), ...(environment && { environment }) };
  const { code, stdout, stderr } = await runGit(git, questions, run);
  if (code !== 0) throw refusal(directory, { code, stderr });
  const [bare, inside, format, commonDir, gitDir] = stdout.toString("utf8").split("\n");
  if (bare === "true") {
    throw unsupported(directory, "is a bare repository", "run this in a clone that has a work tree");
  }
  if (format !== "sha1") {
    throw unsupported(
      directory,
      `names objects by \`${format}\``,
      "use a repository that names them by sha1; git cannot convert one in place",
    );
  }
  if (inside !== "true" || commonDir === undefined || gitDir === undefined) {
    throw new MirrorError(
      "not-a-repository",
      `\`${directory}\` lies in a git directory, not in a work tree`,
      {
        hint: "run this in the work tree",
      },
    );
  }
  await refuseReftable(git, commonDir);
  const top = await runGit(git, ["rev-parse", "--path-format=absolute", "--show-toplevel"], run);
  if (top.code !== 0) throw refusal(directory, top);
  return {
    git,
    commonDir: realpathSync(commonDir),
    gitDir: realpathSync(gitDir),
    workTree: realpathSync(top.stdout.toString("utf8").replace(/\n$/, "")),
  };
}

function existingDirectory(directory: string): string {
  try {
    const path = realpathSync(directory);
    if (statSync(path).isDirectory()) return path;
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw cause;
  }
  throw new MirrorError("not-a-repository", `\`${directory}\` is no directory`);
}

/** From git 2.45 on there are repositories whose refs are in one binary table. */
async function refuseReftable(git: Git, commonDir: string): Promise<void> {
  const result = await runGit(git, ["--git-dir", commonDir, "config", "--get", "extensions.refStorage"], {});
  const format = result.stdout.toString("utf8").trim();
  if (result.code === 0 && format !== "files") throw reftable(commonDir, format);
  // 1: there is no such key.
  if (result.code > 1) throw gitFailure("config", result);
}

function reftable(directory: string, format: string): MirrorError {
  return unsupported(
    directory,
    `keeps its refs as \`${format}\``,
    "run `git refs migrate --ref-format=files` in it",
  );
}

function unsupported(directory: string, what: string, hint: string): MirrorError {
  return new MirrorError(
    "unsupported-repository",
    `\`${directory}\` ${what}, which mirror does not serve yet`,
    {
      data: { directory },
      hint,
    },
  );
}

function refusal(directory: string, result: { code: number; stderr: string }): MirrorError {
  const { stderr } = result;
  if (/not a git repository|not a git dir/.test(stderr)) {
    return new MirrorError("not-a-repository", `\`${directory}\` is in no git repository`, {
      data: { directory },
      hint: "run `git init` first, or name a repository with `-C`",
    });
  }
  if (/dubious ownership|unsafe repository/.test(stderr)) {
    return new MirrorError(
      "unsupported-repository",
      `git refuses \`${directory}\`: another user owns the repository`,
      {
        data: { directory },
        hint: `change its owner, or trust it with \`git config --global --add safe.directory '${directory}'\``,
      },
    );
  }
  if (/extension.*refstorage/is.test(stderr)) return reftable(directory, "reftable");
  if (/must be run in a work tree/.test(stderr)) {
    return new MirrorError("not-a-repository", `\`${directory}\` has no work tree`, {
      hint: "run this in the work tree",
    });
  }
  if (/repository format|repository version|repository extension|Expected git repo version/i.test(stderr)) {
    return unsupported(directory, `has a format git does not know (${firstLine(stderr)})`, "use a newer git");
  }
  return gitFailure("rev-parse", result);
}
