import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeExclude } from "../git/exclude.ts";
import { rememberedLines } from "./excluded-lines.ts";
import { keysDirectory } from "./home.ts";
import type { OpenState } from "./open-state.ts";
import { leaveProjects } from "./projects.ts";
import { removeIfEmpty } from "./remove-empty.ts";

/** Removes a repository's state, whose ledger has been ended, with all that names it. Gives what went. */
export function removeState({ home, repository, paths }: OpenState): {
  excluded: string[];
  removed: string[];
} {
  const excluded = rememberedLines(paths).filter((line) => removeExclude(repository.commonDir, line));
  leaveProjects(home, paths);
  // The record first: a state without it counts as none, whatever a crash leaves of the rest.
  rmSync(paths.repository);
  const removed = [paths.directory];
  if (!paths.sockets.startsWith(`${paths.directory}/`) && existsSync(paths.sockets)) {
    rmSync(paths.sockets, { recursive: true });
    removeIfEmpty(dirname(paths.sockets));
    removed.push(paths.sockets);
  }
  rmSync(paths.directory, { recursive: true });
  return { excluded, removed };
}

/** Removes the copies of the program that hooks run. The caller knows that no repository uses them any more. */
export function removeSharedParts(home: string): string[] {
  const bin = join(home, "bin");
  if (!existsSync(bin)) return [];
  rmSync(bin, { recursive: true });
  return [bin];
}

/** Removes directories of MIRROR_HOME that hold nothing. */
export function removeEmptyHome(home: string): void {
  removeIfEmpty(join(home, "repos"));
  removeIfEmpty(keysDirectory(home));
  removeIfEmpty(home);
}
