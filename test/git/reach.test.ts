import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ObjectReader } from "../../src/git/objects.ts";
import { listAncestors, listNewCommits, parentsOf } from "../../src/git/reach.ts";
import { readerOf, repositoryAt } from "../fixtures/git-room.ts";
import {
  addLine,
  type ScratchRepository,
  scratchDirectory,
  scratchRepository,
} from "../fixtures/scratch-repository.ts";

/** main: one, two, merge of side; side: one, three. */
function withMerge(): ScratchRepository {
  const repository = scratchRepository({ commits: [{ message: "one" }] });
  repository.git("branch", "side");
  repository.commit({ message: "two" });
  repository.git("checkout", "-q", "side");
  repository.commit({ message: "three", files: { "c.txt": "c" } });
  repository.git("checkout", "-q", "main");
  repository.git("merge", "-q", "--no-ff", "-m", "merge", "side");
  return repository;
}

async function walk(
  reader: ObjectReader,
  tips: readonly string[],
  known: ReadonlySet<string> = new Set(),
): Promise<{ ids: string[]; missing: string[] }> {
  const ids: string[] = [];
  const missing: string[] = [];
  for await (const reached of listNewCommits(reader, tips, (id) => known.has(id))) {
    if (reached.missing === null) ids.push(reached.id);
    else missing.push(reached.missing);
  }
  return { ids, missing };
}

test("gives each commit once, nearest first, and stops at known ones", async () => {
  const repository = withMerge();
  const reader = readerOf(await repositoryAt(repository.directory));
  const [main = "", two = "", side = "", one = ""] = repository
    .git("rev-parse", "main", "main^1", "main^2", "main~2")
    .split("\n");
  expect(await walk(reader, [main, side, main])).toEqual({ ids: [main, side, two, one], missing: [] });
  expect(await walk(reader, [main], new Set([side, one]))).toEqual({ ids: [main, two], missing: [] });
  expect(await walk(reader, [main], new Set([main]))).toEqual({ ids: [], missing: [] });
  expect(await walk(reader, [])).toEqual({ ids: [], missing: [] });
});

test("a long history is read in bulk: the same commits, and what is missing in it is named", async () => {
  const repository = scratchRepository();
  const ids = addLine(repository, 700);
  repository.git("checkout", "-q", "line");
  repository.git("merge", "-q", "--no-ff", "--allow-unrelated-histories", "-m", "merge", "main");
  const tip = repository.git("rev-parse", "HEAD");
  const all = repository.git("rev-list", "HEAD").split("\n");
  expect(all).toHaveLength(702);
  const repo = await repositoryAt(repository.directory);
  const bulk = async (known: ReadonlySet<string> = new Set()) => {
    const found: string[] = [];
    for await (const { missing, ...reached } of listNewCommits(
      readerOf(repo),
      [tip],
      (id) => known.has(id),
      repo,
    ))
      found.push(missing ?? ("id" in reached ? reached.id : ""));
    return found;
  };
  expect((await bulk()).sort()).toEqual([...all].sort());
  const half = new Set(ids.slice(350));
  expect((await bulk(half)).sort()).toEqual(all.filter((id) => !half.has(id)).sort());
  const gone = ids[500] ?? "";
  rmSync(join(repository.directory, ".git/objects", gone.slice(0, 2), gone.slice(2)));
  expect((await bulk()).sort()).toEqual(all.filter((id) => !ids.slice(501).includes(id)).sort());
});

test("follows tags to their commits and passes over trees and blobs", async () => {
  const repository = scratchRepository();
  repository.git("tag", "-a", "-m", "tag", "v1");
  repository.git("tag", "-a", "-m", "tag of a tag", "v2", "v1");
  repository.git("tag", "-a", "-m", "tag of a tree", "v3", "HEAD^{tree}");
  const tips = repository.git("rev-parse", "v2", "v3", "HEAD:README.md").split("\n");
  const reader = readerOf(await repositoryAt(repository.directory));
  expect(await walk(reader, tips)).toEqual({ ids: [repository.git("rev-parse", "HEAD")], missing: [] });
});

test("names what is missing and goes on with the rest", async () => {
  const origin = withMerge();
  const clone = join(scratchDirectory(), "clone");
  origin.git("clone", "-q", "--depth", "2", `file://${origin.directory}`, clone);
  const [main = "", two = "", side = "", one = ""] = origin
    .git("rev-parse", "main", "main^1", "main^2", "main~2")
    .split("\n");
  const repo = await repositoryAt(clone);
  expect(await walk(readerOf(repo), [main])).toEqual({ ids: [main, two, side], missing: [one] });
  await expect(listAncestors(repo, main)).rejects.toMatchObject({ code: "shallow" });
});

test("lists all ancestors of a commit", async () => {
  const repository = withMerge();
  const repo = await repositoryAt(repository.directory);
  const main = repository.git("rev-parse", "main");
  expect((await listAncestors(repo, main)).sort()).toEqual(
    repository.git("rev-list", "main").split("\n").sort(),
  );
  await expect(listAncestors(repo, "f".repeat(40))).rejects.toMatchObject({ code: "missing-object" });
  await expect(listAncestors(repo, "--all")).rejects.toMatchObject({ code: "missing-object" });
});

test("parents are the header's, not the message's", () => {
  const [tree, parent, other] = ["a", "b", "c"].map((digit) => digit.repeat(40));
  const raw = `tree ${tree}\nparent ${parent}\nauthor A <a@b> 1 +0000\n\nparent ${other}\n`;
  expect(parentsOf("id", Buffer.from(raw))).toEqual([parent]);
  expect(() => parentsOf("id", Buffer.from(`parent ${parent}\n`))).toThrow(
    expect.objectContaining({ code: "corrupt-object" }),
  );
});
