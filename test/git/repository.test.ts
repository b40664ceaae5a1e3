import { chownSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isShallow } from "../../src/git/objects.ts";
import { listWorkTrees, workTreeOf } from "../../src/git/work-trees.ts";
import { git, repositoryAt } from "../fixtures/git-room.ts";
import { scratchDirectory, scratchRepository } from "../fixtures/scratch-repository.ts";

test("opens the main work tree, from any directory in it and through links", async () => {
  const { directory, write } = scratchRepository();
  write("a/b/c.txt", "c\n");
  const link = join(scratchDirectory(), "link");
  symlinkSync(join(directory, "a"), link);
  const expected = {
    git,
    commonDir: join(directory, ".git"),
    gitDir: join(directory, ".git"),
    workTree: directory,
  };
  for (const start of [directory, join(directory, "a/b"), join(link, "b")]) {
    expect(await repositoryAt(start)).toEqual(expected);
  }
});

test("opens a linked work tree: its own git directory, the common one of the main", async () => {
  const repository = scratchRepository();
  const linked = join(scratchDirectory(), "linked");
  repository.git("worktree", "add", "-q", linked);
  expect(await repositoryAt(linked)).toMatchObject({
    commonDir: join(repository.directory, ".git"),
    gitDir: join(repository.directory, ".git", "worktrees", "linked"),
    workTree: linked,
  });
});

test("opens a repository whose git directory stands elsewhere, as a submodule's does", async () => {
  const repository = scratchRepository();
  const superproject = scratchRepository();
  const environment = { GIT_ALLOW_PROTOCOL: "file" };
  superproject.gitWith({ environment }, "submodule", "--quiet", "add", repository.directory, "sub");
  const opened = await repositoryAt(join(superproject.directory, "sub"));
  expect(opened).toMatchObject({
    commonDir: join(superproject.directory, ".git/modules/sub"),
    workTree: join(superproject.directory, "sub"),
  });
  expect(await listWorkTrees(opened)).toEqual([{ path: opened.workTree, gitDir: opened.commonDir }]);
});

test("opens a repository without commits, a shallow one, and one with a strange name", async () => {
  const unborn = scratchRepository({ commits: [] });
  expect((await repositoryAt(unborn.directory)).workTree).toBe(unborn.directory);
  const origin = scratchRepository({ commits: [{}, {}] });
  const clone = join(scratchDirectory(), "a $(touch x) 'é'");
  origin.git("clone", "-q", "--depth", "1", `file://${origin.directory}`, clone);
  const shallow = await repositoryAt(clone);
  expect(shallow.workTree).toBe(realpathSync(clone));
  expect(isShallow(shallow)).toBe(true);
  expect(isShallow(await repositoryAt(origin.directory))).toBe(false);
});

test.each([
  ["a bare repository", ["--bare"], "unsupported-repository", /is a bare repository/],
  ["a SHA-256 repository", ["--object-format=sha256"], "unsupported-repository", /names objects by `sha256`/],
])("refuses %s", async (_name, init, code, message) => {
  const { directory } = scratchRepository({ commits: [], init });
  await expect(repositoryAt(directory)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    hint: expect.any(String),
  });
});

test("refuses a repository that keeps its refs in a table", async () => {
  const repository = scratchRepository();
  repository.git("config", "core.repositoryFormatVersion", "1");
  repository.git("config", "extensions.refStorage", "reftable");
  await expect(repositoryAt(repository.directory)).rejects.toMatchObject({
    code: "unsupported-repository",
    message: expect.stringMatching(/keeps its refs as `reftable`/),
  });
});

test("a directory outside every repository, a git directory, a file, nothing: not-a-repository", async () => {
  const repository = scratchRepository();
  const file = join(repository.directory, "README.md");
  const places = [scratchDirectory(), join(repository.directory, ".git"), file, "/nonexistent/x"];
  for (const place of places) {
    await expect(repositoryAt(place)).rejects.toMatchObject({ code: "not-a-repository" });
  }
});

test.skipIf(process.getuid?.() !== 0)("another user's repository is a clear refusal", async () => {
  const repository = scratchRepository();
  for (const path of [repository.directory, join(repository.directory, ".git")])
    chownSync(path, 12_345, 12_345);
  await expect(repositoryAt(repository.directory)).rejects.toMatchObject({
    code: "unsupported-repository",
    message: expect.stringMatching(/another user owns/),
    hint: expect.stringMatching(/safe\.directory/),
  });
});

test("lists the work trees that exist, the main one first, and finds the one that holds a path", async () => {
  const repository = scratchRepository();
  const outside = scratchDirectory();
  const linked = join(outside, "linked");
  const inside = join(repository.directory, "inside");
  for (const path of [linked, inside, join(outside, "gone")]) repository.git("worktree", "add", "-q", path);
  writeFileSync(join(outside, "gone", ".git"), "gitdir: /elsewhere\n");
  const repo = await repositoryAt(linked);
  const trees = await listWorkTrees(repo);
  expect(trees[0]).toEqual({ path: repository.directory, gitDir: repo.commonDir });
  expect(
    trees
      .map((tree) => tree.path)
      .slice(1)
      .sort(),
  ).toEqual([inside, linked].sort());
  expect((await workTreeOf(repo, join(linked, "not", "there")))?.path).toBe(linked);
  expect((await workTreeOf(repo, join(inside, "x")))?.path).toBe(inside);
  expect((await workTreeOf(repo, repository.directory))?.path).toBe(repository.directory);
  expect(await workTreeOf(repo, outside)).toBeNull();
});

test("a planted entry does not make another directory a work tree", async () => {
  const repository = scratchRepository();
  const victim = scratchRepository();
  const planted = join(repository.directory, ".git/worktrees/planted");
  mkdirSync(planted, { recursive: true });
  writeFileSync(join(planted, "gitdir"), `${victim.directory}/.git\n`);
  const repo = await repositoryAt(repository.directory);
  // Nor does a configuration that calls it the main one.
  repository.git("config", "core.worktree", victim.directory);
  const trees = await listWorkTrees(repo);
  expect(trees.map((tree) => tree.path)).toEqual([repository.directory]);
});
