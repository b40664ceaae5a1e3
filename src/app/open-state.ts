import { MirrorError } from "../base/errors.ts";
import { findGit } from "../git/find-git.ts";
import { type ObjectReader, openObjectReader } from "../git/objects.ts";
import { openRepository, type Repository } from "../git/repository.ts";
import { listWorkTrees } from "../git/work-trees.ts";
import { PinFile } from "../policy-store/pin.ts";
import { type Environment, ensurePrivateDirectory, mirrorHome, type StatePaths } from "./home.ts";
import { findStates, type RepositoryRecord, readRepositoryRecord } from "./repository-record.ts";

/** A repository that is governed here, with all that commands need of it. Close it. */
export interface OpenState {
  readonly home: string;
  readonly repository: Repository;
  readonly reader: ObjectReader;
  readonly paths: StatePaths;
  readonly record: RepositoryRecord;
  readonly pin: PinFile;
  readonly close: () => void;
}

/** Opens the governed repository that `directory` lies in. Throws `not-initialised` where `mirror init` never ran. */
export async function openState(directory: string, environment: Environment): Promise<OpenState> {
  const home = mirrorHome(environment);
  const git = findGit(environment["PATH"] ?? "");
  const repository = await openRepository(git, directory);
  const [found, ...others] = findStates(home, repository.commonDir);
  if (found === undefined) {
    throw new MirrorError(
      "not-initialised",
      `${repository.workTree} is not governed by mirror on this machine`,
      {
        hint: "run `mirror init`",
      },
    );
  }
  if (others.length > 0) {
    const roots = [found, ...others].map(({ paths }) => paths.directory).join(", ");
    throw new MirrorError(
      "forked",
      `this repository is pinned to ${others.length + 1} policy histories: ${roots}`,
      {
        hint: "remove the state directory of the ones that were given up",
      },
    );
  }
  return openWith(home, repository, found.paths, found.record);
}

/**
 * Opens the repository of a state directory, as the daemon does: nothing is looked for, and no git is started to ask
 * what `init` asked. Throws `not-a-repository` where that is no longer what stands there.
 */
export async function openStateDirectory(paths: StatePaths): Promise<OpenState> {
  const record = readRepositoryRecord(paths);
  const { commonDir } = record;
  const git = { path: record.git };
  const trees = await listWorkTrees({ git, commonDir });
  // The work tree of `init` may be gone while the repository lives on in others.
  const tree = trees.find(({ path }) => path === record.workTree) ?? trees[0];
  if (tree === undefined) {
    throw new MirrorError("not-a-repository", `${record.workTree} is no work tree of ${commonDir} any more`, {
      hint: "put the repository back where it was, or run `mirror init` where it is now",
    });
  }
  const repository = { git, commonDir, gitDir: tree.gitDir, workTree: tree.path };
  return openWith(paths.home, repository, paths, record);
}

function openWith(
  home: string,
  repository: Repository,
  paths: StatePaths,
  record: RepositoryRecord,
): OpenState {
  // What need not be worked out twice may be deleted at any time, the directory with it.
  ensurePrivateDirectory(paths.caches);
  return stateOf(home, repository, paths, record);
}

/** Puts together what commands need of a repository, touching nothing: for those that look at what may be broken. */
export function stateOf(
  home: string,
  repository: Repository,
  paths: StatePaths,
  record: RepositoryRecord,
): OpenState {
  const reader = openObjectReader(repository);
  return {
    home,
    repository,
    reader,
    paths,
    record,
    pin: new PinFile(paths.pin),
    close: () => reader.close(),
  };
}
