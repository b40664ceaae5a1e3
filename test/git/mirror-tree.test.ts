import { expect, test } from "vitest";
import { limits } from "../../src/base/limits.ts";
import { policySetTree, readMirrorTree, withMirrorFiles } from "../../src/git/mirror-tree.ts";
import { writeObjects } from "../../src/git/write-objects.ts";
import { readerOf, repositoryAt } from "../fixtures/git-room.ts";
import { type ScratchRepository, scratchRepository } from "../fixtures/scratch-repository.ts";

const files = new Map([
  ["mirror.yaml", Buffer.from("version: 1\n")],
  ["policies/base.yaml", Buffer.from("id: base\n")],
]);

/** Makes a tree from `mode type id<tab>name` lines by git itself. */
function tree(repository: ScratchRepository, ...lines: string[]): string {
  return repository.gitWith(
    { input: lines.map((line) => `${line}\0`).join("") },
    "mktree",
    "-z",
    "--missing",
  );
}

function blob(repository: ScratchRepository, content: string | Uint8Array): string {
  return repository.gitWith({ input: content }, "hash-object", "-w", "--stdin");
}

test("reads the policy set of a commit, without memory", async () => {
  const repository = scratchRepository({
    commits: [
      {
        files: {
          "README.md": "x",
          ".mirror/mirror.yaml": "version: 1\n",
          ".mirror/policies/base.yaml": "id: base\n",
          ".mirror/memory/fact.md": "a fact",
        },
      },
    ],
  });
  const reader = readerOf(await repositoryAt(repository.directory));
  const found = await readMirrorTree(reader, repository.git("rev-parse", "HEAD^{tree}"));
  expect([...(found?.files ?? [])].map(([path, data]) => [path, Buffer.from(data).toString()])).toEqual([
    ["mirror.yaml", "version: 1\n"],
    ["policies/base.yaml", "id: base\n"],
  ]);
  expect(found?.id).toBe(repository.git("rev-parse", "HEAD:.mirror"));
  repository.commit({ files: { "other.txt": "y" } });
  expect(await readMirrorTree(reader, repository.git("rev-parse", "HEAD^{tree}"))).toBe(found);
  expect(await readMirrorTree(reader, tree(repository))).toBeNull();
});

test("replaces the policy set in a tree and keeps all else to the byte, names that are not UTF-8 too", async () => {
  const repository = scratchRepository({ commits: [] });
  const repo = await repositoryAt(repository.directory);
  const reader = readerOf(repo);
  const content = blob(repository, "content");
  const fact = tree(repository, `100644 blob ${content}\tfact.md`);
  const old = tree(repository, `040000 tree ${fact}\tmemory`, `100644 blob ${content}\told.yaml`);
  const latin = Buffer.concat([
    Buffer.from(`100644 blob ${content}\tna`),
    Buffer.from([0xef]),
    Buffer.from("ve\0"),
  ]);
  const lines = [
    `040000 tree ${old}\t.mirror\0`,
    `100755 blob ${content}\t.mirror-x\0`,
    `120000 blob ${content}\tl\0`,
  ];
  const input = Buffer.concat([...lines.map((line) => Buffer.from(line)), latin]);
  const root = repository.gitWith({ input }, "mktree", "-z");
  const written = await withMirrorFiles(reader, root, files);
  await writeObjects(repo, written.objects);
  const list = (id: string): string[] => repository.git("ls-tree", "-r", "-t", id).split("\n").sort();
  const others = list(root).filter((line) => !line.includes(".mirror\t") && !/\.mirror(\/|$)/.test(line));
  expect(list(written.tree)).toEqual(expect.arrayContaining(others));
  expect(repository.git("ls-tree", "-r", "--name-only", written.tree).split("\n").sort()).toEqual(
    [
      ".mirror-x",
      ".mirror/memory/fact.md",
      ".mirror/mirror.yaml",
      ".mirror/policies/base.yaml",
      "l",
      '"na\\357ve"',
    ].sort(),
  );
  const back = await readMirrorTree(reader, written.tree);
  expect(new Map([...(back?.files ?? [])].map(([path, data]) => [path, Buffer.from(data)]))).toEqual(files);
  expect((await withMirrorFiles(reader, written.tree, files)).tree).toBe(written.tree);
});

test("a root of its own: from no tree, and back to none", async () => {
  const repository = scratchRepository({ commits: [] });
  const repo = await repositoryAt(repository.directory);
  const reader = readerOf(repo);
  const written = await withMirrorFiles(reader, null, files);
  await writeObjects(repo, written.objects);
  expect(repository.git("rev-parse", `${written.tree}:.mirror`)).toBe(policySetTree(files).tree);
  expect((await withMirrorFiles(reader, written.tree, new Map())).tree).toBe(tree(repository));
});

const twins = [
  ".Mirror",
  ".MIRROR",
  ".m\u0131rror", // dotless i, an I in upper case
  ".\u200cmirror", // HFS+ ignores zero-width characters
  ".mir\ufeffror",
  ".mirror\u202e",
  ".\uff4dirror", // full width
  ".m\u00adirror",
];

test.each(twins)("refuses a root entry that a file system may take for .mirror: %j", async (name) => {
  const repository = scratchRepository({ commits: [] });
  const reader = readerOf(await repositoryAt(repository.directory));
  const empty = tree(repository);
  const alone = tree(repository, `040000 tree ${empty}\t${name}`);
  const beside = tree(repository, `040000 tree ${empty}\t${name}`, `040000 tree ${empty}\t.mirror`);
  for (const root of [alone, beside]) {
    await expect(readMirrorTree(reader, root)).rejects.toMatchObject({ code: "invalid-policy-set" });
    await expect(withMirrorFiles(reader, root, files)).rejects.toMatchObject({ code: "invalid-policy-set" });
  }
});

test("names that only resemble it are nobody's business", async () => {
  const repository = scratchRepository({ commits: [] });
  const reader = readerOf(await repositoryAt(repository.directory));
  const content = blob(repository, "x");
  const names = ["mirror", ".mirrors", ".mirror.yaml", ".mirro", "a.mirror", ".mírror"];
  const root = tree(repository, ...names.map((name) => `100644 blob ${content}\t${name}`));
  expect(await readMirrorTree(reader, root)).toBeNull();
});

test("refuses links, submodules, executables, and what is not a directory", async () => {
  const repository = scratchRepository({ commits: [] });
  const reader = readerOf(await repositoryAt(repository.directory));
  const content = blob(repository, "x");
  const bad = [
    [`120000 blob ${content}\ttrust.yaml`, /`trust\.yaml`, a symbolic link/],
    [`100755 blob ${content}\tmirror.yaml`, /`mirror\.yaml`, an executable file/],
    [`160000 commit ${"f".repeat(40)}\tkeys`, /`keys`, a submodule/],
    [`100644 blob ${content}\tmemory`, /`memory` with mode `100644`/],
    [`120000 blob ${content}\tmemory`, /`memory` with mode `120000`/],
  ] as const;
  for (const [line, message] of bad) {
    const root = tree(repository, `040000 tree ${tree(repository, line)}\t.mirror`);
    await expect(readMirrorTree(reader, root)).rejects.toMatchObject({
      code: "invalid-policy-set",
      message: expect.stringMatching(message),
    });
  }
  for (const entry of [
    `120000 blob ${content}`,
    `100644 blob ${content}`,
    `160000 commit ${"f".repeat(40)}`,
  ]) {
    const root = tree(repository, `${entry}\t.mirror`);
    await expect(readMirrorTree(reader, root)).rejects.toMatchObject({ code: "invalid-policy-set" });
  }
});

test("refuses more or larger files, and deeper directories, than the limits say", async () => {
  const repository = scratchRepository({ commits: [] });
  const repo = await repositoryAt(repository.directory);
  const reader = readerOf(repo);
  const root = async (set: ReadonlyMap<string, Uint8Array>): Promise<string> => {
    const written = await withMirrorFiles(reader, null, set);
    await writeObjects(repo, written.objects);
    return written.tree;
  };
  const many = Array.from({ length: limits.policySetFiles + 1 }, (_, index) => `f${index}`);
  const sets = [
    new Map(many.map((path) => [path, Buffer.from("x")])),
    new Map([["big.yaml", Buffer.alloc(limits.document + 1)]]),
    new Map([[`${"d/".repeat(9)}x`, Buffer.from("x")]]),
    new Map(many.slice(0, 18).map((path) => [path, Buffer.alloc(limits.document)])),
  ];
  for (const set of sets) {
    const id = await root(set);
    await expect(readMirrorTree(reader, id)).rejects.toMatchObject({ code: "invalid-policy-set" });
  }
  expect(
    (await readMirrorTree(reader, await root(new Map(many.slice(1).map((path) => [path, Buffer.from("x")])))))
      ?.files.size,
  ).toBe(limits.policySetFiles);
});
