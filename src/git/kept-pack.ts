import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../base/errors.ts";
import type { GitObject } from "../model/git.ts";
import type { Repository } from "./repository.ts";
import { writeObjects } from "./write-objects.ts";

/** What the `.keep` file of a pack of mirror's says. */
export const keepMark = "mirror\n";

/**
 * Writes objects as one pack that no repack touches, durable when this resolves. `room` names a directory of the
 * caller's own in which it is made. Right below objects/, a `git gc --prune=now` of the person's would remove what
 * `writeObjects` has under way there (`tmp_…`); one level down it looks at nothing.
 */
export async function writeKeptPack(
  repo: Pick<Repository, "commonDir">,
  room: string,
  objects: readonly GitObject[],
): Promise<void> {
  const directory = join(repo.commonDir, "objects", room);
  // What a crash left.
  await rm(directory, { recursive: true, force: true });
  try {
    const name = await writeObjects({ commonDir: directory }, objects);
    if (name !== null) await placeKeptPack(repo, join(directory, "objects", "pack", name), name);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Moves a durable pack and its index into the repository, with its mark there first. Gives its path there. */
export async function placeKeptPack(
  repo: Pick<Repository, "commonDir">,
  made: string,
  name: string,
): Promise<string> {
  const packs = join(repo.commonDir, "objects", "pack");
  const target = join(packs, name);
  await mkdir(packs, { recursive: true });
  await writeFile(`${target}.keep`, keepMark);
  // Git takes a pack for whole once its .idx is there: that comes last.
  await rename(`${made}.pack`, `${target}.pack`);
  await rename(`${made}.idx`, `${target}.idx`);
  await synchronise(packs);
  return target;
}

/** Makes a file, or the names in a directory, durable. */
export async function synchronise(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems refuse to sync a directory.
    if (systemErrorCode(error) !== "EINVAL") throw error;
  } finally {
    await handle.close();
  }
}
