import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import type { GitObject } from "../model/git.ts";
import { gitOutput } from "./launch.ts";
import { checkPacked, encodePack, objectsById } from "./pack.ts";
import type { Repository } from "./repository.ts";
import { synchronise } from "./synchronise.ts";

// `index-pack` and `pack-objects` read `core.*` and `pack.*` settings and run nothing: no hook, no filter, no program.

/** What the `.keep` file of a pack of mirror's says. */
export const keepMark = "mirror\n";

/**
 * Writes objects as one pack that no repack touches, durable when this resolves. Its name follows from the objects:
 * writing the same ones again changes nothing. `room` names a directory of the caller's own in which it is made, one
 * level below objects/: what lies there as `tmp_…`, a `git gc --prune=now` of the person's removes while it is in use.
 *
 * Unlike `writeObjects`, the index is made by git, in a process of its own: a gate answers calls meanwhile.
 */
export async function writeKeptPack(
  repo: Pick<Repository, "git" | "commonDir">,
  room: string,
  objects: readonly GitObject[],
): Promise<void> {
  if (objects.length > 0) await makeKeptPack(repo, room, objects, keepMark);
}

/**
 * Writes objects as one pack that git may repack and prune like any other; it is kept only until `publish` has named
 * them by a ref. Of what a crash left under the same `room` the mark goes.
 */
export async function writePassingPack(
  repo: Pick<Repository, "git" | "commonDir">,
  room: string,
  objects: readonly GitObject[],
  publish: () => Promise<void>,
): Promise<void> {
  // Another mark than the ledger's: its packs are merged into ones that stay.
  const mark = `${room}\n`;
  await releasePacks(repo, mark);
  const made = await makeKeptPack(repo, room, objects, mark);
  try {
    await publish();
  } finally {
    await rm(`${made}.keep`, { force: true });
  }
}

async function releasePacks(repo: Pick<Repository, "commonDir">, mark: string): Promise<void> {
  const packs = join(repo.commonDir, "objects", "pack");
  if (!existsSync(packs)) return;
  for (const name of await readdir(packs)) {
    const path = join(packs, name);
    if (name.endsWith(".keep") && (await textOf(path)) === mark) await rm(path, { force: true });
  }
}

/** Gives a file's text; null where somebody has just removed it. */
async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

async function makeKeptPack(
  repo: Pick<Repository, "git" | "commonDir">,
  room: string,
  objects: readonly GitObject[],
  mark: string,
): Promise<string> {
  const directory = join(repo.commonDir, "objects", room);
  // What a crash left.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  try {
    const byId = objectsById(objects);
    const made = join(directory, "new");
    await writeFile(`${made}.pack`, await encodePack(byId), { mode: 0o444 });
    await gitOutput(repo.git, ["--git-dir", repo.commonDir, "index-pack", `${made}.pack`], {});
    checkPacked(byId, await packedIds(`${made}.idx`));
    for (const extension of [".pack", ".idx"]) await synchronise(made + extension);
    return await placeKeptPack(repo, made, `pack-${sha1([...byId.keys()].join("\n"))}`, mark);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/** Reads the ids in a pack's index, version 2: 8 bytes of header, 256 counts, then the ids. */
export async function packedIds(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  const start = 8 + 256 * 4;
  if (bytes.length < start + 40 || bytes.readUInt32BE(0) !== 0xff744f63 || bytes.readUInt32BE(4) !== 2) {
    throw new MirrorError("corrupt-object", `\`${path}\` is no index of a pack, version 2`);
  }
  const count = bytes.readUInt32BE(start - 4);
  return Array.from({ length: count }, (_, index) =>
    bytes.toString("hex", start + 20 * index, start + 20 * (index + 1)),
  );
}

/** Moves a durable pack and its index into the repository, with its mark there first. Gives its path there. */
export async function placeKeptPack(
  repo: Pick<Repository, "commonDir">,
  made: string,
  name: string,
  mark: string = keepMark,
): Promise<string> {
  const packs = join(repo.commonDir, "objects", "pack");
  const target = join(packs, name);
  await mkdir(packs, { recursive: true });
  await writeFile(`${target}.keep`, mark);
  // Git takes a pack for whole once its .idx is there: that comes last.
  await rename(`${made}.pack`, `${target}.pack`);
  await rename(`${made}.idx`, `${target}.idx`);
  await synchronise(packs);
  return target;
}
