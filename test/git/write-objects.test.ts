import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { buildTree } from "../../src/git/tree-builder.ts";
import { releasePack, writeObjects } from "../../src/git/write-objects.ts";
import type { GitObject } from "../../src/model/git.ts";
import { readerOf, repositoryAt } from "../fixtures/git-room.ts";
import { scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";

function commitOf(files: Readonly<Record<string, string>>): { objects: GitObject[]; id: string } {
  const written = buildTree(
    new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
    [],
  );
  const text = `tree ${written.tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nhello\n`;
  const commit: GitObject = { type: "commit", data: Buffer.from(text) };
  return { objects: [...written.objects, commit], id: gitObjectId("commit", commit.data) };
}

test("what is written is whole for git fsck --strict, and read at once by a git that runs already", async () => {
  const repository = scratchRepository();
  const repo = await repositoryAt(repository.directory);
  const reader = readerOf(repo);
  await reader.read(repository.git("rev-parse", "HEAD"));
  const { objects, id } = commitOf({ "a.txt": "a\n", "b/c.txt": "c".repeat(100_000), "b/e": "" });
  const name = await writeObjects(repo, objects);
  expect((await reader.read(id)).type).toBe("commit");
  repository.git("update-ref", "refs/heads/written", id);
  repository.git("fsck", "--strict", "--full");
  repository.git("verify-pack", `.git/objects/pack/${name}.pack`);
  expect(repository.git("ls-tree", "-r", "--name-only", id)).toBe("a.txt\nb/c.txt\nb/e");
  expect(repository.git("show", `${id}:b/c.txt`)).toBe("c".repeat(100_000));
});

test("writing the same again changes nothing, and leaves nothing behind", async () => {
  const repository = scratchRepository();
  const linked = join(scratchDirectory(), "linked");
  repository.git("worktree", "add", "-q", linked);
  const repo = await repositoryAt(linked);
  const { objects } = commitOf({ "a.txt": "a\n" });
  const first = await writeObjects(repo, objects);
  const again = await Promise.all([
    writeObjects(repo, objects),
    writeObjects(repo, [...objects, ...objects].reverse()),
  ]);
  expect(again).toEqual([first, first]);
  expect(await writeObjects(repo, [])).toBeNull();
  const packs = readdirSync(join(repo.commonDir, "objects", "pack"));
  expect(packs.sort()).toEqual([`${first}.idx`, `${first}.pack`]);
  expect(readdirSync(join(repo.commonDir, "objects")).filter((entry) => entry.startsWith("tmp_"))).toEqual(
    [],
  );
});

test("concurrent writers of the same and of other objects lose none", async () => {
  const repository = scratchRepository();
  const repo = await repositoryAt(repository.directory);
  const commits = Array.from({ length: 12 }, (_, index) => commitOf({ "a.txt": `${index % 6}\n` }));
  await Promise.all(commits.map((commit) => writeObjects(repo, commit.objects)));
  for (const { id } of commits) expect(repository.git("cat-file", "-t", id)).toBe("commit");
});

test("a kept pack survives a repack before its ref is there; a released one is git's to tidy", async () => {
  const repository = scratchRepository();
  const repo = await repositoryAt(repository.directory);
  const { objects, id } = commitOf({ "a.txt": "a\n" });
  const name = (await writeObjects(repo, objects, { keep: true })) ?? "";
  repository.git("repack", "-a", "-d", "-q");
  expect(repository.git("cat-file", "-t", id)).toBe("commit");
  repository.git("update-ref", "refs/mirror/ledger/gate", id);
  await releasePack(repo, name);
  await releasePack(repo, name);
  repository.git("repack", "-a", "-d", "-q");
  expect(existsSync(join(repo.commonDir, "objects", "pack", `${name}.pack`))).toBe(false);
  expect(repository.git("cat-file", "-t", id)).toBe("commit");
});

test("law: blobs of any bytes and sizes come back as they were", async () => {
  const repository = scratchRepository();
  const repo = await repositoryAt(repository.directory);
  const reader = readerOf(repo);
  const blob = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 0, max: 70_000 }).map((length) => new Uint8Array(length)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(blob, { minLength: 1, maxLength: 6 }), async (datas) => {
      await writeObjects(
        repo,
        datas.map((data) => ({ type: "blob", data })),
      );
      for (const data of datas) {
        expect(Buffer.compare((await reader.read(gitObjectId("blob", data))).data, data)).toBe(0);
      }
    }),
    { numRuns: 25 },
  );
  repository.git("fsck", "--strict", "--full");
}, 30_000);
