import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
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

/** Asked in one go; the last fails where there is no work tree, with the answers before it given. */
const questions = [
  "rev-parse",
  "--path-format=absolute",
  "--is-bare-repository",
  "--is-inside-work-tree",
  "--show-object-format",
  "--git-common-dir",
  "--git-dir",
  "--show-toplevel",
];

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
  const answers = stdout.toString("utf8").split("\n").slice(0, -1);
  const [bare, inside, objectFormat, commonDir, gitDir] = answers;
  if (commonDir === undefined || gitDir === undefined) throw refusal(directory, { code, stderr });
  if (bare === "true") {
    throw unsupported(directory, "is a bare repository", "run this in a clone that has a work tree");
  }
  if (objectFormat !== "sha1") {
    throw unsupported(
      directory,
      `names objects by \`${objectFormat}\``,
      "use a repository that names them by sha1; git cannot convert one in place",
    );
  }
  if (inside !== "true") {
    throw new MirrorError(
      "not-a-repository",
      `\`${directory}\` lies in a git directory, not in a work tree`,
      {
        hint: "run this in the work tree",
      },
    );
  }
  const workTree = answers[5];
  if (code !== 0 || workTree === undefined) throw refusal(directory, { code, stderr });
  // A git that knows this format keeps the refs in a directory of this name; an older one refuses the repository.
  if (existsSync(join(commonDir, "reftable"))) throw reftable(directory, "reftable");
  return {
    git,
    commonDir: realpathSync(commonDir),
    gitDir: realpathSync(gitDir),
    workTree: realpathSync(workTree),
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
  if (/repository format|repository version|repository extension|Expected git repo version/i.test(stderr)) {
    return unsupported(directory, `has a format git does not know (${firstLine(stderr)})`, "use a newer git");
  }
  return gitFailure("rev-parse", result);
}
