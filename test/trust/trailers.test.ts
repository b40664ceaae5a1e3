import { expect, test } from "vitest";
import { readApproval, readGenesis, readSettlement } from "../../src/trust/statement.ts";
import { lastParagraph, onlyTrailer, readTrailers } from "../../src/trust/trailers.ts";
import { scratchRepository } from "../fixtures/scratch-repository.ts";

const d = "0123456789abcdef".repeat(4);
const l = "fedcba9876543210".repeat(4);

test("the last paragraph is what follows the last empty line", () => {
  expect(lastParagraph("a\n\nb\nc\n")).toEqual(["b", "c"]);
  expect(lastParagraph("a\n\n\n\nb\n\n\n")).toEqual(["b"]);
  expect(lastParagraph("a\nb")).toEqual(["a", "b"]);
  expect(lastParagraph("a\n \nb\n")).toEqual(["a", " ", "b"]);
  expect(lastParagraph("")).toEqual([]);
  expect(lastParagraph("\n\n")).toEqual([]);
});

test("trailers are exact", () => {
  const message =
    "a\n\nKey: value\nOther-Key:  two spaces\nnot a trailer\nNo:space\n indented: x\nKey: again \n";
  expect(readTrailers(message)).toEqual([
    ["Key", "value"],
    ["Other-Key", " two spaces"],
    ["Key", "again "],
  ]);
});

test("only one line that could be taken for a trailer is taken", () => {
  expect(onlyTrailer(["Key: a"], "Key")).toBe("a");
  for (const lines of [
    [],
    ["Key: a", "Key: a"],
    ["Key: a", "key : b"],
    ["Key: a", " KEY: b"],
    ["key: a"],
    [" Key: a"],
    ["Key:a"],
  ]) {
    expect(onlyTrailer(lines, "Key")).toBe(null);
  }
});

test("statements have one form", () => {
  expect(readApproval(`a\n\nMirror-Approve: v1 sha256:${d}\nMirror-Base: 7 ${l}\n`)).toEqual({
    digest: d,
    epoch: 7,
    lineage: l,
  });
  expect(readApproval(`Mirror-Base: 0 ${l}\nMirror-Approve: v1 sha256:${d}`)).toEqual({
    digest: d,
    epoch: 0,
    lineage: l,
  });
  expect(readSettlement(`a\n\nMirror-Settle: 7 ${l} ${d}\n`)).toEqual({ epoch: 7, parent: l, child: d });
  expect(readGenesis(`a\n\nMirror-Genesis: v1 sha256:${d}\n`)).toBe(d);
  for (const base of [
    `07 ${l}`,
    `-1 ${l}`,
    `7 ${l} `,
    `7  ${l}`,
    `7 ${l.toUpperCase()}`,
    `7 ${l.slice(1)}`,
    `1e3 ${l}`,
    `9999999999999999 ${l}`,
  ]) {
    expect(readApproval(`a\n\nMirror-Approve: v1 sha256:${d}\nMirror-Base: ${base}\n`)).toBe(null);
  }
  for (const digest of [
    `v2 sha256:${d}`,
    `v1 sha1:${d}`,
    `sha256:${d}`,
    `v1 sha256:${d.toUpperCase()}`,
    `v1 sha256:${d}0`,
  ]) {
    expect(readApproval(`a\n\nMirror-Approve: ${digest}\nMirror-Base: 7 ${l}\n`)).toBe(null);
  }
});

test("git sees the same trailers", () => {
  const repository = scratchRepository({ commits: [] });
  const message = `subject\n\nbody\n\nMirror-Approve: v1 sha256:${d}\nMirror-Base: 7 ${l}\nSigned-off-by: Ada <ada@example.org>\n`;
  const parsed = repository.gitWith({ input: message }, "interpret-trailers", "--parse");
  expect(parsed.split("\n")).toEqual(readTrailers(message).map(([key, value]) => `${key}: ${value}`));
});
