import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { directoryMode, encodeTree, fileMode } from "../../src/git/tree.ts";
import { buildTree } from "../../src/git/tree-builder.ts";
import {
  addReceipt,
  digitsOf,
  emptyReceiptTree,
  pathDigits,
  receiptPath,
} from "../../src/ledger/receipt-tree.ts";

const hash = (text: string): string => createHash("sha1").update(text).digest("hex");
const blobOf = (seq: number): Buffer => Buffer.from(`receipt ${seq}\n`);

test("a receipt's path is its number in hex, a directory for each digit but the last", () => {
  expect(receiptPath(0)).toBe("receipts/0/0/0/0/0/0/0/0.json");
  expect(receiptPath(31)).toBe("receipts/0/0/0/0/0/0/1/f.json");
  expect(receiptPath(0x89abcdef)).toBe("receipts/8/9/a/b/c/d/e/f.json");
});

test("adding one receipt after the other gives the tree that git has for all the files", () => {
  let tree = emptyReceiptTree;
  const files = new Map<string, Uint8Array>();
  for (let seq = 0; seq < 700; seq += 1) {
    const added = addReceipt(tree, gitObjectId("blob", blobOf(seq)));
    tree = added.tree;
    files.set(receiptPath(seq).slice("receipts/".length), blobOf(seq));
    expect(added.objects).toHaveLength(pathDigits);
    if (seq % 83 === 0 || [0, 15, 16, 255, 256, 257].includes(seq))
      expect(added.id).toBe(buildTree(files, []).tree);
  }
});

test("an append stays small: at most 1.5 kB of trees, deflated, on the average after a million receipts", () => {
  // As the directories above receipt 999,999 look.
  const digits = digitsOf(999_999);
  let tree = {
    count: 1_000_000,
    levels: [...digits].map((digit, level) =>
      encodeTree(
        Array.from({ length: Number.parseInt(digit, 16) + 1 }, (_, index) => {
          const name = index.toString(16);
          const isFile = level === pathDigits - 1;
          return {
            mode: isFile ? fileMode : directoryMode,
            name: isFile ? `${name}.json` : name,
            id: hash(`${level} ${index}`),
          };
        }),
      ),
    ),
  };
  let bytes = 0;
  const appends = 4_096;
  for (let index = 0; index < appends; index += 1) {
    const added = addReceipt(tree, hash(String(index)));
    tree = { count: added.tree.count, levels: [...added.tree.levels] };
    for (const { data } of added.objects) bytes += deflateSync(data).length;
  }
  expect(bytes / appends).toBeLessThan(1_500);
});

test("a full ledger says so", () => {
  expect(() => addReceipt({ ...emptyReceiptTree, count: 16 ** 8 }, hash("x"))).toThrow("full");
});
