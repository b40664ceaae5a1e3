import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Repository } from "../../src/git/repository.ts";
import { checkFollow, followMirrorFiles } from "../../src/git/work-tree.ts";
import type { WorkTree } from "../../src/git/work-trees.ts";
import { writeObjects } from "../../src/git/write-objects.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import { repositoryAt } from "../fixtures/git-room.ts";
import {
  type ScratchRepository,
  scratchDirectory,
  scratchRepository,
} from "../fixtures/scratch-repository.ts";

const before = setOf({
  "mirror.yaml": "version: 1\n",
  "agents/old.yaml": "id: old\n",
  "policies/base.yaml": "id: base\n",
});
const after = setOf({
  "mirror.yaml": "version: 1\n",
  "agents/new.yaml": "id: new\n",
  "policies/base.yaml": "id: BASE\n",
});

function setOf(files: Readonly<Record<string, string>>): PolicySetFiles {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}

interface Scene {
  readonly repository: ScratchRepository;
  readonly repo: Repository;
  readonly tree: WorkTree;
  follow(): Promise<"followed" | "nothing">;
}

async function scene(repository: ScratchRepository, directory = repository.directory): Promise<Scene> {
  const repo = await repositoryAt(directory);
  await writeObjects(
    repo,
    [...after.values()].map((data) => ({ type: "blob", data })),
  );
  const tree = { path: repo.workTree, gitDir: repo.gitDir };
  return { repository, repo, tree, follow: () => followMirrorFiles(repo, tree, before, after) };
}

/** A repository whose HEAD holds `before`, a fact and other files. */
function repositoryWithPolicy(): ScratchRepository {
  const files: Record<string, string> = {
    "src/a.txt": "a\n",
    "src/b.txt": "b\n",
    ".mirror/memory/fact.md": "fact\n",
  };
  for (const [path, data] of before) files[`.mirror/${path}`] = Buffer.from(data).toString();
  return scratchRepository({ commits: [{ files }] });
}

function status(repository: ScratchRepository, cwd = repository.directory): string[] {
  return repository
    .gitWith({ cwd }, "status", "--porcelain", "-uall")
    .split("\n")
    .filter((line) => line !== "");
}

/** Everything in the index and on the disk, for "nothing changed". */
function everything(repository: ScratchRepository): string {
  const files = readdirSync(repository.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !`${entry.parentPath}/`.includes("/.git/"))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return entry.isFile() ? `${path} ${readFileSync(path, "latin1")}` : path;
    });
  return [...files.sort(), repository.git("ls-files", "-v", "--stage")].join("\n");
}

const staged = [
  "D  .mirror/agents/old.yaml",
  "A  .mirror/agents/new.yaml",
  "M  .mirror/policies/base.yaml",
].sort();

test("clean files follow, in the index and on the disk; staged and unstaged work stays", async () => {
  const repository = repositoryWithPolicy();
  const { follow } = await scene(repository);
  repository.write("src/a.txt", "staged\n");
  repository.git("add", "src/a.txt");
  repository.write("src/a.txt", "staged, then changed\n");
  repository.write("src/b.txt", "changed\n");
  repository.write("untracked.txt", "mine\n");
  repository.write(".mirror/policies/draft.yaml", "mine\n");
  repository.write(".mirror/memory/fact.md", "changed fact\n");
  repository.write(".mirror/mirror.yaml", "my own version\n");
  const others = status(repository);
  expect(await follow()).toBe("followed");
  expect(status(repository).sort()).toEqual([...others, ...staged].sort());
  expect(readFileSync(join(repository.directory, ".mirror/policies/base.yaml"), "utf8")).toBe("id: BASE\n");
  expect(existsSync(join(repository.directory, ".mirror/agents/old.yaml"))).toBe(false);
  expect(repository.git("show", ":src/a.txt")).toBe("staged");
  expect(readdirSync(join(repository.directory, ".mirror/policies")).sort()).toEqual([
    "base.yaml",
    "draft.yaml",
  ]);
  expect(await follow()).toBe("nothing");
});

test("after the branch moved, git status says the same as before", async () => {
  const repository = repositoryWithPolicy();
  const { follow } = await scene(repository);
  repository.write("src/a.txt", "changed\n");
  const wanted = status(repository);
  expect(await follow()).toBe("followed");
  const tree = repository.git("write-tree");
  repository.git("update-ref", "HEAD", repository.git("commit-tree", tree, "-p", "HEAD", "-m", "next"));
  expect(status(repository)).toEqual(wanted);
});

test("on an unborn branch, beside staged work", async () => {
  const repository = scratchRepository({ commits: [] });
  const { repo, tree } = await scene(repository);
  repository.write("a.txt", "a\n");
  repository.git("add", "a.txt");
  expect(await followMirrorFiles(repo, tree, null, after)).toBe("followed");
  const lines = [...after.keys()].map((path) => `A  .mirror/${path}`);
  expect(status(repository).sort()).toEqual([...lines, "A  a.txt"].sort());
});

test("in a linked work tree: only there", async () => {
  const repository = repositoryWithPolicy();
  const linked = join(scratchDirectory(), "linked");
  repository.git("worktree", "add", "-q", linked);
  const { follow } = await scene(repository, linked);
  expect(await follow()).toBe("followed");
  expect(status(repository, linked).sort()).toEqual(staged);
  expect(status(repository)).toEqual([]);
});

test("half a following that was cut off is finished", async () => {
  const repository = repositoryWithPolicy();
  const { follow } = await scene(repository);
  repository.write(".mirror/policies/base.yaml", "id: BASE\n");
  repository.git("rm", "-q", "--cached", ".mirror/agents/old.yaml");
  expect(await follow()).toBe("followed");
  expect(status(repository).sort()).toEqual(staged);
});

const conflicts: Readonly<Record<string, [path: string, prepare: (repository: ScratchRepository) => void]>> =
  {
    "a changed file": ["policies/base.yaml", ({ write }) => write(".mirror/policies/base.yaml", "mine\n")],
    "a staged change": [
      "policies/base.yaml",
      ({ write, git }) => {
        write(".mirror/policies/base.yaml", "mine\n");
        git("add", ".mirror");
        write(".mirror/policies/base.yaml", "id: base\n");
      },
    ],
    "a removed file": [
      "policies/base.yaml",
      ({ directory }) => rmSync(join(directory, ".mirror/policies/base.yaml")),
    ],
    "an untracked file in the way": [
      "agents/new.yaml",
      ({ write }) => write(".mirror/agents/new.yaml", "mine\n"),
    ],
    "a file that goes, changed": [
      "agents/old.yaml",
      ({ write }) => write(".mirror/agents/old.yaml", "mine\n"),
    ],
    "a file marked executable in the index": [
      "policies/base.yaml",
      ({ git }) => git("update-index", "--chmod=+x", ".mirror/policies/base.yaml"),
    ],
    "a change hidden by assume-unchanged": [
      "policies/base.yaml",
      ({ git, write }) => {
        git("update-index", "--assume-unchanged", ".mirror/policies/base.yaml");
        write(".mirror/policies/base.yaml", "mine\n");
      },
    ],
    "a directory in the way": [
      "agents/new.yaml",
      ({ write }) => write(".mirror/agents/new.yaml/x", "mine\n"),
    ],
    "a symbolic link for the file": [
      "policies/base.yaml",
      ({ directory, write }) => {
        const file = join(directory, ".mirror/policies/base.yaml");
        write("target.yaml", "id: base\n");
        rmSync(file);
        symlinkSync(join(directory, "target.yaml"), file);
      },
    ],
    "a symbolic link for a directory": [
      "policies/base.yaml",
      ({ directory, write }) => {
        write("elsewhere/base.yaml", "id: base\n");
        rmSync(join(directory, ".mirror/policies"), { recursive: true });
        symlinkSync(join(directory, "elsewhere"), join(directory, ".mirror/policies"));
      },
    ],
    "an unresolved merge": [
      "policies/base.yaml",
      ({ git, commit }) => {
        git("checkout", "-q", "-b", "side");
        commit({ files: { ".mirror/policies/base.yaml": "side\n" } });
        git("checkout", "-q", "main");
        commit({ files: { ".mirror/policies/base.yaml": "main\n" } });
        expect(() => git("merge", "-q", "side")).toThrow();
      },
    ],
  };

test.each(Object.entries(conflicts))("a conflict changes nothing: %s", async (_what, [path, prepare]) => {
  const repository = repositoryWithPolicy();
  const { follow, repo, tree } = await scene(repository);
  prepare(repository);
  const was = everything(repository);
  const conflict = {
    code: "work-tree-conflict",
    message: expect.stringContaining(`.mirror/${path}`),
    data: expect.objectContaining({ paths: expect.arrayContaining([`.mirror/${path}`]) }),
  };
  await expect(checkFollow(repo, tree, before, after)).rejects.toMatchObject(conflict);
  await expect(follow()).rejects.toMatchObject(conflict);
  expect(everything(repository)).toBe(was);
});

test.each(["link", "file"])("`.mirror` itself as a %s is never written through or replaced", async (kind) => {
  const repository = scratchRepository();
  const { repo, tree } = await scene(repository);
  const path = join(repository.directory, ".mirror");
  const outside = scratchDirectory();
  if (kind === "link") symlinkSync(outside, path);
  else writeFileSync(path, "mine");
  const follow = followMirrorFiles(repo, tree, null, after);
  await expect(follow).rejects.toMatchObject({ code: "work-tree-conflict" });
  expect(readdirSync(outside)).toEqual([]);
  expect(lstatSync(path).isSymbolicLink()).toBe(kind === "link");
  expect(repository.git("ls-files", ".mirror")).toBe("");
});

test("a tracked file named `.mirror` is a conflict, not thrown out of the index", async () => {
  const repository = scratchRepository({ commits: [{ files: { ".mirror": "mine" } }] });
  const { repo, tree } = await scene(repository);
  rmSync(join(repository.directory, ".mirror"));
  await expect(followMirrorFiles(repo, tree, null, after)).rejects.toMatchObject({
    code: "work-tree-conflict",
  });
  expect(repository.git("ls-files")).toBe(".mirror");
});

test.each([["--cone"], ["--cone", "--sparse-index"]])(
  "a sparse checkout without .mirror stays so (%s %s)",
  async (...options) => {
    const repository = repositoryWithPolicy();
    const { follow } = await scene(repository);
    repository.git("sparse-checkout", "set", ...options.filter((option) => option !== undefined), "src");
    expect(existsSync(join(repository.directory, ".mirror"))).toBe(false);
    expect(await follow()).toBe("followed");
    expect(status(repository).sort()).toEqual(staged);
    expect(existsSync(join(repository.directory, ".mirror"))).toBe(false);
    expect(await follow()).toBe("nothing");
  },
);

test("a split index, and an index of version 4", async () => {
  for (const option of ["--split-index", "--index-version=4"]) {
    const repository = repositoryWithPolicy();
    const { follow } = await scene(repository);
    repository.git("update-index", ...(option === "--split-index" ? [option] : ["--index-version", "4"]));
    expect(await follow()).toBe("followed");
    expect(status(repository).sort()).toEqual(staged);
  }
});

test("lines that git checked out with carriage returns are clean, not a conflict", async () => {
  const repository = repositoryWithPolicy();
  const { follow } = await scene(repository);
  repository.git("config", "core.autocrlf", "true");
  rmSync(join(repository.directory, ".mirror"), { recursive: true });
  mkdirSync(join(repository.directory, ".mirror"));
  repository.git("checkout", "-q", "--", ".mirror");
  expect(readFileSync(join(repository.directory, ".mirror/agents/old.yaml"), "utf8")).toBe("id: old\r\n");
  expect(await follow()).toBe("followed");
  expect(status(repository).sort()).toEqual(staged);
});

test("an index lock that somebody left is named, and nothing changed", async () => {
  const repository = repositoryWithPolicy();
  const { follow, repo } = await scene(repository);
  const was = everything(repository);
  const lock = join(repo.gitDir, "index.lock");
  writeFileSync(lock, "");
  await expect(follow()).rejects.toMatchObject({ code: "git-locked", data: { lock } });
  rmSync(lock);
  expect(everything(repository)).toBe(was);
});
