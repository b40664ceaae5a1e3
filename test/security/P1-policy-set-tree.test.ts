import { expect, test } from "vitest";
import * as real from "../../src/git/mirror-tree.ts";
import { readerOf, repositoryAt } from "../fixtures/git-room.ts";
import { type ScratchRepository, scratchRepository } from "../fixtures/scratch-repository.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";

// What a person approves are the bytes under a digest. A link, a submodule or an executable would let the same digest
// stand for something else once it is checked out, and so would a directory that a file system takes for `.mirror`.

type Room = typeof real;

const file = "src/git/mirror-tree.ts";

const without = (cut: Cut): Promise<Room> => moduleWithout<Room>(file, cut);

const whatIsOddIsPassedOver: Cut = {
  file,
  text: `throw refused(\`\\\`\${printable(path)}\\\`, \${kindOf(mode)}\`, "only directories and plain files");`,
  by: "continue;",
};

interface Made {
  readonly repository: ScratchRepository;
  readonly content: string;
  tree(...lines: string[]): string;
  read(room: Room, root: string): Promise<readonly string[] | null>;
}

async function made(): Promise<Made> {
  const repository = scratchRepository({ commits: [] });
  const content = repository.gitWith({ input: "x" }, "hash-object", "-w", "--stdin");
  const reader = readerOf(await repositoryAt(repository.directory));
  return {
    repository,
    content,
    tree: (...lines) =>
      repository.gitWith({ input: lines.map((line) => `${line}\0`).join("") }, "mktree", "-z", "--missing"),
    read: async (room, root) => {
      // Another reader each time: what was read once is remembered with it.
      const found = await room.readMirrorTree({ ...reader, read: (id) => reader.read(id) }, root);
      return found === null ? null : [...found.files.keys()];
    },
  };
}

test("P1: a link, a submodule and an executable are refused, wherever below .mirror", async () => {
  const { content, tree, read } = await made();
  const plain = `100644 blob ${content}\tmirror.yaml`;
  const executableIsPlain: Cut = {
    file,
    text: "mode === fileMode",
    by: 'mode === fileMode || mode === "100755"',
  };
  for (const [odd, cut, seen] of [
    [`120000 blob ${content}\ttrust.yaml`, whatIsOddIsPassedOver, ["mirror.yaml"]],
    [`160000 commit ${"f".repeat(40)}\tkeys`, whatIsOddIsPassedOver, ["mirror.yaml"]],
    [`100755 blob ${content}\ttrust.yaml`, executableIsPlain, ["mirror.yaml", "trust.yaml"]],
  ] as const) {
    const root = tree(`040000 tree ${tree(plain, odd)}\t.mirror`);
    await expect(read(real, root)).rejects.toMatchObject({ code: "invalid-policy-set" });
    // The set is read as if nothing were odd: one digest for two things.
    expect(await read(await without(cut), root)).toEqual(seen);
  }
});

test("P1: .mirror itself is one plain directory", async () => {
  const { content, tree, read } = await made();
  const anyMode = await without({
    file,
    text: "if (entry.mode !== directoryMode)",
    by: "if (entry.mode === null)",
  });
  for (const entry of [`120000 blob ${content}`, `100644 blob ${content}`]) {
    const root = tree(`${entry}\t.mirror`);
    await expect(read(real, root)).rejects.toMatchObject({ code: "invalid-policy-set" });
    // A file or link cannot be read as a directory either: two rules hold this, and the second says so in its own words.
    await expect(read(anyMode, root)).rejects.toThrow(/in place of a tree/);
  }
});

test.each([
  ".Mirror",
  ".MIRROR",
  ".m\u0131rror",
  ".\u200cmirror",
  ".mir\ufeffror",
  ".\uff4dirror",
  ".m\u00adirror",
])("P1: a root entry that a file system may take for .mirror is refused: %j", async (name) => {
  const { content, tree, read } = await made();
  const set = tree(`100644 blob ${content}\tmirror.yaml`);
  const evil = tree(`100644 blob ${content}\tmirror.yaml`, `100644 blob ${content}\tevil.yaml`);
  const root = tree(`040000 tree ${set}\t.mirror`, `040000 tree ${evil}\t${name}`);
  await expect(read(real, root)).rejects.toMatchObject({ code: "invalid-policy-set" });
  const cut = { file, text: "if (!isTwin(name)) continue;", by: "if (name !== mirrorName) continue;" };
  expect(await read(await without(cut), root)).toEqual(["mirror.yaml"]);
});

test("P1: facts below memory/ are no part of the policy set", async () => {
  const { content, tree, read } = await made();
  const facts = tree(`100644 blob ${content}\tfact.md`);
  const set = tree(`040000 tree ${facts}\tmemory`, `100644 blob ${content}\tmirror.yaml`);
  const root = tree(`040000 tree ${set}\t.mirror`);
  expect(await read(real, root)).toEqual(["mirror.yaml"]);
  const cut = { file, text: "if (path === memoryName && mode === directoryMode) continue;", by: "" };
  const otherwise = {
    file,
    text: "if (path === memoryName) throw refused",
    by: "if (path === null) throw refused",
  };
  const room = await moduleWithout<Room>(file, cut, otherwise);
  // Whoever may write a fact would make another policy set of it.
  expect(await read(room, root)).toEqual(["memory/fact.md", "mirror.yaml"]);
});
