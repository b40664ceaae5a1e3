import { randomBytes } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Repository } from "../git/repository.ts";
import type { Pin } from "../model/lineage.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { PinFile } from "../policy-store/pin.ts";
import { type Environment, ensurePrivateDirectory, repositoryState, type StatePaths } from "./home.ts";
import { writeRepositoryRecord } from "./repository-record.ts";

export interface NewState {
  readonly home: string;
  readonly environment: Environment;
  readonly repository: Repository;
  readonly gate: string;
  /** Where it begins: at the genesis, or where an own ledger that goes on has come. */
  readonly pin: Pin;
}

/**
 * Makes a repository's state below MIRROR_HOME and pins it: the one place where a root comes to be trusted. The
 * caller has made the genesis, or has a person's word for it.
 */
export function makeState(state: NewState): StatePaths {
  const { home, environment, repository, gate, pin } = state;
  const paths = repositoryState(home, repository.commonDir, pin.genesis);
  for (const directory of [home, join(home, "repos"), paths.directory, paths.caches])
    ensurePrivateDirectory(directory);
  if (paths.sockets !== join(paths.directory, "sockets")) {
    replaceFile(join(paths.directory, "sockets.at"), `${paths.sockets}\n`);
  }
  replaceFile(join(paths.directory, "local.key"), randomBytes(32));
  new PinFile(paths.pin).create(pin);
  // Last: a state without its record counts as none.
  writeRepositoryRecord(paths, {
    version: 1,
    commonDir: repository.commonDir,
    workTree: repository.workTree,
    genesis: pin.genesis,
    gate,
    git: repository.git.path,
    home: environment["HOME"] ?? homedir(),
    tmp: tmpdir(),
  });
  return paths;
}
