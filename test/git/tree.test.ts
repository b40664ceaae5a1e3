import fc from "fast-check";
import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { encodeTree, parseTree, readRawTree } from "../../src/git/tree.ts";
import { buildTree } from "../../src/git/tree-builder.ts";
import type { TreeEntry } from "../../src/model/git.ts";
import { readerOf, repositoryAt } from "../fixtures/git-room.ts";
import { scratchRepository } from "../fixtures/scratch-repository.ts";

const id = "0123456789abcdef0123456789abcdef01234567";
const name = fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).filter((text) => {
  return text !== "." && text !== ".." && !/[/\0]/.test(text) && Buffer.from(text).toString() === text;
});
const entry = fc.record({
  mode: fc.constantFrom("40000", "100644", "100755", "120000", "160000"),
  name,
  id: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("hex")),
});
const entries = fc.uniqueArray(entry, { selector: (each) => each.name, maxLength: 12 });

test("law: parse after encode gives the entries, whatever order they came in", () => {
  fc.assert(
    fc.property(entries, (list) => {
      const byName = (a: TreeEntry, b: TreeEntry) => (a.name < b.name ? -1 : 1);
      const encoded = encodeTree(list);
      expect(parseTree(encoded).sort(byName)).toEqual([...list].sort(byName));
      expect(encodeTree([...list].reverse())).toEqual(encoded);
      expect(encodeTree(parseTree(encoded))).toEqual(encoded);
    }),
  );
});

test("trees are what git mktree makes, also where a directory sorts after a file with a dot", () => {
  const repository = scratchRepository({ commits: [] });
  const list = [
    { mode: "40000", name: "a", id },
    { mode: "100644", name: "a.b", id },
    { mode: "100644", name: "a-b", id },
    { mode: "100644", name: "a0", id },
    { mode: "120000", name: "ä", id },
  ];
  const input = list
    .map((each) => `${each.mode} ${each.mode === "40000" ? "tree" : "blob"} ${each.id}\t${each.name}\0`)
    .join("");
  expect(repository.gitWith({ input }, "mktree", "-z", "--missing")).toBe(
    gitObjectId("tree", encodeTree(list)),
  );
});

test("reads the trees that git writes", async () => {
  const repository = scratchRepository({ commits: [{ files: { "a/b": "1", "a.b": "2", "a-b": "3" } }] });
  const reader = readerOf(await repositoryAt(repository.directory));
  const tree = repository.git("rev-parse", "HEAD^{tree}");
  expect(parseTree((await reader.read(tree)).data).map((each) => each.name)).toEqual(["a-b", "a.b", "a"]);
});

function raw(...list: (readonly [string, string | Uint8Array])[]): Buffer {
  const parts = list.flatMap(([mode, text]) => [
    Buffer.from(`${mode} `),
    Buffer.from(text),
    Buffer.from("\0"),
    Buffer.from(id, "hex"),
  ]);
  return Buffer.concat(parts);
}

test.each([
  ["cut off in the id", raw(["100644", "a"]).subarray(0, -1)],
  ["no name", raw(["100644", ""])],
  ["a slash in a name", raw(["100644", "a/b"])],
  ["dot", raw(["40000", "."])],
  ["dot dot", raw(["40000", ".."])],
  ["a name that is not UTF-8", raw(["100644", Buffer.from([0xff])])],
  ["an old mode", raw(["100664", "a"])],
  ["a leading zero", raw(["040000", "a"])],
  ["a mode that is none", raw(["xyz", "a"])],
  ["out of order", raw(["100644", "b"], ["100644", "a"])],
  ["twice", raw(["100644", "a"], ["100644", "a"])],
  ["a file and a directory of one name", raw(["100644", "a"], ["40000", "a"])],
])("a malformed tree is corrupt-object: %s", (_what, data) => {
  expect(() => parseTree(data)).toThrow(expect.objectContaining({ code: "corrupt-object" }));
});

test("law: bytes that are no tree never do worse than corrupt-object", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        readRawTree(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: "corrupt-object" });
      }
    }),
  );
});

test("what no tree may hold is not encoded", () => {
  for (const bad of ["", ".", "..", "a/b", "a\0", "\ud800"]) {
    expect(() => encodeTree([{ mode: "100644", name: bad, id }])).toThrow(TypeError);
  }
  expect(() => encodeTree([{ mode: "100664", name: "a", id }])).toThrow(TypeError);
  expect(() => encodeTree([{ mode: "100644", name: "a", id: "abc" }])).toThrow(TypeError);
  for (const paths of [["a", "a/b"], ["a/b", "a"], ["a//b"], ["/a"], ["a/"], ["a/../b"]]) {
    expect(() => buildTree(new Map(paths.map((path) => [path, Buffer.from("")])), [])).toThrow(TypeError);
  }
});
