import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { keepMark, packedIds, placeKeptPack } from "./kept-pack.ts";
import { gitOutput } from "./launch.ts";
import type { Repository } from "./repository.ts";
import { synchronise } from "./synchronise.ts";

/** A pack that `writeObjects` made with `keep`. */
interface KeptPack {
  /** Without extension. */
  readonly path: string;
  /** Bytes of the `.pack` file. */
  readonly size: number;
}

/**
 * Merges kept packs where there are more than `most`: the small ones into one, so that each that is left is at least
 * twice as large as all smaller ones together, and the work an object sees stays logarithmic. Packs that other
 * programs keep are left alone. The old packs go last: at any moment every object is in a kept pack.
 */
export async function mergeKeptPacks(
  repo: Pick<Repository, "git" | "commonDir">,
  most: number,
): Promise<void> {
  const packs = await keptPacks(repo);
  if (packs.length <= most) return;
  const merged = smallOnes(packs);
  const ids = new Set<string>();
  for (const pack of merged) for (const id of await packedIds(`${pack.path}.idx`)) ids.add(id);
  const target = await packObjects(repo, ids);
  for (const { path } of merged) {
    if (path === target) continue;
    // Without its index git takes a pack for gone; a reader that has it open looks around and finds the new one.
    for (const extension of [".idx", ".rev", ".pack", ".keep"]) await rm(path + extension, { force: true });
  }
}

async function keptPacks(repo: Pick<Repository, "commonDir">): Promise<KeptPack[]> {
  const directory = join(repo.commonDir, "objects", "pack");
  const packs: KeptPack[] = [];
  for (const name of await readdir(directory)) {
    if (!/^pack-[0-9a-f]{40}\.keep$/.test(name)) continue;
    const path = join(directory, name.slice(0, -".keep".length));
    if (!existsSync(`${path}.idx`) || (await readFile(join(directory, name), "utf8")) !== keepMark) continue;
    packs.push({ path, size: (await stat(`${path}.pack`)).size });
  }
  return packs.sort((a, b) => b.size - a.size);
}

/** Gives the packs to merge: from the first that is not twice as large as all behind it together. */
function smallOnes(packs: readonly KeptPack[]): readonly KeptPack[] {
  let rest = packs.reduce((sum, pack) => sum + pack.size, 0);
  for (const [index, pack] of packs.entries()) {
    rest -= pack.size;
    if (pack.size < 2 * rest) return packs.slice(index);
  }
  return [];
}

/** Packs objects of the repository into one kept pack; gives its path without extension. */
async function packObjects(
  repo: Pick<Repository, "git" | "commonDir">,
  ids: ReadonlySet<string>,
): Promise<string> {
  const objects = join(repo.commonDir, "objects");
  // Not `tmp_…`: a `git gc --prune=now` of the person's removes such directories while they are in use.
  const temporary = await mkdtemp(join(objects, "mirror-merge-"));
  try {
    const args = [
      "--git-dir",
      repo.commonDir,
      "-c",
      "pack.threads=1",
      "pack-objects",
      "-q",
      join(temporary, "pack"),
    ];
    const name = await gitOutput(repo.git, args, { input: [...ids, ""].join("\n") });
    const made = join(temporary, `pack-${name}`);
    for (const extension of [".pack", ".idx"]) await synchronise(made + extension);
    return await placeKeptPack(repo, made, `pack-${name}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
