import fs from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitObject } from "../model/git.ts";
import { checkPacked, encodePack, objectsById } from "./pack.ts";
import type { Repository } from "./repository.ts";
import { synchronise } from "./synchronise.ts";

export interface WriteOptions {
  /**
   * Marks the pack with a `.keep` file, so that a `git repack` that runs before a ref names the objects leaves them
   * alone. `releasePack` takes the mark away.
   */
  readonly keep?: boolean;
}

/**
 * Writes objects into the repository as one pack and its index: on the disk when this resolves, and seen by every
 * git that runs. The name follows from the objects, so that writing the same ones again changes nothing. Gives the
 * pack's name without extension; null for no objects.
 */
export async function writeObjects(
  repo: Pick<Repository, "commonDir">,
  objects: readonly GitObject[],
  options: WriteOptions = {},
): Promise<string | null> {
  if (objects.length === 0) return null;
  const byId = objectsById(objects);
  const pack = await encodePack(byId);
  // Its checksum, as git does: one name never stands for two different files.
  const name = `pack-${pack.toString("hex", pack.length - 20)}`;
  const packs = join(repo.commonDir, "objects", "pack");
  const target = join(packs, name);
  await mkdir(packs, { recursive: true });
  if (options.keep === true) await writeFile(`${target}.keep`, "mirror\n");
  if (fs.existsSync(`${target}.pack`) && fs.existsSync(`${target}.idx`)) return name;
  // Below objects/, to be on the same file system; git prunes old `tmp_` entries there.
  const temporary = await mkdtemp(join(repo.commonDir, "objects", "mirror_new_"));
  try {
    await writePack(temporary, pack, byId);
    // Git takes a pack for whole once its .idx is there: that comes last.
    await rename(join(temporary, "new.pack"), `${target}.pack`);
    await rename(join(temporary, "new.idx"), `${target}.idx`);
    await synchronise(packs);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return name;
}

/** Takes the `.keep` mark of a pack away; a pack without one stays as it is. */
export async function releasePack(repo: Pick<Repository, "commonDir">, name: string): Promise<void> {
  await rm(join(repo.commonDir, "objects", "pack", `${name}.keep`), { force: true });
}

/** Writes `new.pack` and, by a second implementation that reads the pack back, `new.idx`; both durable. */
async function writePack(
  directory: string,
  pack: Buffer,
  objects: ReadonlyMap<string, GitObject>,
): Promise<void> {
  const filepath = "new.pack";
  await writeFile(join(directory, filepath), pack);
  const { indexPack } = await import("isomorphic-git");
  // Its own git directory is only asked for the bases of deltas, of which there are none.
  const { oids } = await indexPack({ fs, dir: directory, gitdir: directory, filepath });
  checkPacked(objects, oids);
  for (const name of [filepath, "new.idx"]) {
    await synchronise(join(directory, name));
    await chmod(join(directory, name), 0o444);
  }
}
