import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import * as real from "../../src/trust/commit.ts";
import { encodeCommit, withSignature } from "../../src/trust/commit-text.ts";
import { scratchRepository } from "../fixtures/scratch-repository.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";

const { parseCommit, parseCommitLinks } = real;

const cut = (text: string, by: string): Cut => ({ file: "src/trust/commit.ts", text, by });
const without = (...cuts: readonly Cut[]): Promise<typeof real> =>
  moduleWithout<typeof real>("src/trust/commit.ts", ...cuts);

/** Headers that do not belong there are read over, as git does. */
const oddHeadersAreReadOver: readonly Cut[] = [
  cut("headers.end();", ""),
  cut(
    "const found = this.next();\n    if (found !== name)",
    "while (this.next() !== name && this.next() !== null) this.#at += 1;\n    const found = this.next();\n    if (found !== name)",
  ),
];
const anyArmor = cut(
  "const kind = signatureKinds.get(first);",
  'const kind = signatureKinds.get(first) ?? "openpgp";',
);
const anyIdentity = cut("(0|[1-9][0-9]{0,14}) ([+-][0-9]{4})$/;", "?([0-9]*) ?([+-][0-9]{4})?$/;");

const tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const parent = "a".repeat(40);
const who = "Ada <ada@example.org> 1767225600 +0000";
const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----";
const plain = [`tree ${tree}`, `parent ${parent}`, `author ${who}`, `committer ${who}`];

function commit(headers: readonly string[], message = "hello\n"): Buffer {
  return Buffer.from(`${headers.join("\n")}\n\n${message}`);
}

describe("a commit that is to be believed", () => {
  test("has the headers git always writes, and one signature after them", () => {
    const parsed = parseCommit(commit([...plain, signature]));
    const identity = { name: "Ada", email: "ada@example.org", time: 1_767_225_600, zone: "+0000" };
    expect(parsed).toMatchObject({
      tree,
      parents: [parent],
      author: identity,
      committer: identity,
      message: "hello\n",
    });
    expect(parsed.signature).toEqual({
      kind: "openpgp",
      armored: "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n",
    });
    expect(Buffer.from(parsed.payload).equals(commit(plain))).toBe(true);
  });

  test.each<[string, readonly (string | undefined)[], string, readonly Cut[]]>([
    [
      "a second signature header",
      [...plain, signature, signature],
      "`gpgsig` does not belong there",
      oddHeadersAreReadOver,
    ],
    [
      "a signature for SHA-256",
      [...plain, signature.replace("gpgsig", "gpgsig-sha256")],
      "`gpgsig-sha256` does not",
      oddHeadersAreReadOver,
    ],
    [
      "both signatures",
      [...plain, signature, signature.replace("gpgsig", "gpgsig-sha256")],
      "`gpgsig-sha256` does not",
      oddHeadersAreReadOver,
    ],
    [
      "an encoding",
      [...plain, "encoding ISO-8859-1", signature],
      "`encoding` does not belong there",
      oddHeadersAreReadOver,
    ],
    [
      "a merged tag",
      [...plain, "mergetag object x", signature],
      "`mergetag` does not belong there",
      oddHeadersAreReadOver,
    ],
    [
      "another program's header",
      [...plain, "HG:rename a:b", signature],
      "`HG:rename` does not belong there",
      oddHeadersAreReadOver,
    ],
    [
      "a header after the signature",
      [...plain, signature, "x y"],
      "`x` does not belong there",
      oddHeadersAreReadOver,
    ],
    [
      "a second tree",
      [`tree ${tree}`, ...plain, signature],
      "expected header `author`, found `tree`",
      oddHeadersAreReadOver,
    ],
    [
      "a parent after the author",
      [plain[0], plain[2], plain[1], plain[3]],
      "expected header `committer`, found `parent`",
      oddHeadersAreReadOver,
    ],
    [
      "a second author",
      [...plain.slice(0, 3), plain[2], plain[3]],
      "expected header `committer`, found `author`",
      oddHeadersAreReadOver,
    ],
    [
      "a signature of another kind",
      [...plain, "gpgsig -----BEGIN SIGNED MESSAGE-----"],
      "BEGIN SIGNED MESSAGE",
      [anyArmor],
    ],
    [
      "a clear-signed message",
      [...plain, "gpgsig -----BEGIN PGP MESSAGE-----"],
      "BEGIN PGP MESSAGE",
      [anyArmor],
    ],
    [
      "an upper-case id",
      [`tree ${tree.toUpperCase()}`, ...plain.slice(1)],
      "its `tree` header is malformed",
      [cut("/^tree ([0-9a-f]{40})$/", "/^tree ([0-9A-F]{40})$/")],
    ],
    [
      "two addresses",
      [...plain.slice(0, 3), `committer A <b> <c> 1 +0000`],
      "its `committer` header is malformed",
      [cut("/^([^<>\\n ](?:[^<>\\n]*[^<>\\n ])?) <", "/^(.*) <")],
    ],
    [
      "no time",
      [...plain.slice(0, 3), "committer A <b>"],
      "its `committer` header is malformed",
      [anyIdentity],
    ],
  ])("%s is refused, by name", async (_, headers, why, rule) => {
    const raw = commit(headers as string[]);
    expect(() => parseCommit(raw)).toThrow(why);
    expect(() => parseCommit(raw)).toThrow(expect.objectContaining({ code: "corrupt-object" }));
    const mirror = await without(...rule);
    expect(mirror.parseCommit(raw).message).toBe("hello\n");
  });

  // Nobody can read what is not there.
  test.each([
    ["no committer", plain.slice(0, 3), "found the end of the headers"],
    ["no tree", plain.slice(1), "expected header `tree`"],
    ["a short id", [`tree ${tree.slice(1)}`, ...plain.slice(1)], "its `tree` header is malformed"],
  ])("%s is refused", (_, headers, why) => {
    expect(() => parseCommit(commit(headers))).toThrow(why);
  });

  test("NUL, bytes that are not UTF-8, and headers without end are refused", () => {
    expect(() => parseCommit(commit(plain, "a\0b\n"))).toThrow("NUL");
    expect(() => parseCommit(Buffer.concat([commit(plain), Buffer.from([0xff])]))).toThrow("UTF-8");
    expect(() => parseCommit(Buffer.from(plain.join("\n")))).toThrow("no end");
    expect(() => parseCommit(Buffer.alloc(5_000_000, 97))).toThrow("5000000 bytes");
  });

  test("a message with a byte-order mark keeps it", () => {
    expect(parseCommit(commit(plain, "\uFEFFhello\n")).message).toBe("\uFEFFhello\n");
  });
});

test("history that mirror did not make can still be walked", () => {
  const others = [...plain, "encoding ISO-8859-1", "HG:extra a:b", signature, signature];
  const raw = Buffer.concat([commit(others), Buffer.from([0xff, 0])]);
  expect(parseCommitLinks(raw)).toEqual({ tree, parents: [parent] });
  expect(parseCommitLinks(commit([plain[0] ?? "", `author ${who}`]))).toEqual({ tree, parents: [] });
  expect(() => parseCommitLinks(commit(plain.slice(1)))).toThrow("does not begin");
  expect(() => parseCommitLinks(commit([plain[0] ?? "", "x y"]))).toThrow("author");
  expect(() => parseCommitLinks(new Uint8Array(0))).toThrow("does not begin");
});

test("parse ∘ encode is the identity, and git reads what is written", () => {
  const repository = scratchRepository({ commits: [] });
  const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  // Line and paragraph separators are refused in identities: no name has them, and they end lines for some readers.
  const name = word
    .map((text) => text.replaceAll(/[<>\n\0\u2028\u2029]/gu, "x").trim())
    .filter((text) => text !== "");
  const email = word.map((text) => text.replaceAll(/[<>\n\0\u2028\u2029]/gu, "x"));
  const identity = fc.record({
    name,
    email,
    time: fc.nat(),
    zone: fc.constantFrom("+0000", "-0730", "+1400"),
  });
  const fields = fc.record({
    tree: fc.constant(tree),
    parents: fc.array(fc.constant(parent), { maxLength: 3 }),
    author: identity,
    committer: identity,
    message: fc.string({ unit: "grapheme" }).map((text) => `${text.replaceAll("\0", "x")}\n`),
  });
  fc.assert(
    fc.property(fields, (made) => {
      const payload = encodeCommit(made);
      expect(parseCommit(payload)).toMatchObject({ ...made, signature: null });
      const armored = "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n";
      const signed = parseCommit(withSignature(payload, armored));
      expect(signed).toMatchObject({ ...made, signature: { kind: "ssh", armored } });
      expect(Buffer.from(signed.payload).equals(payload)).toBe(true);
    }),
    { numRuns: 200 },
  );
  const payload = encodeCommit({
    tree: repository.gitWith({ input: "" }, "mktree"),
    parents: [],
    author: { name: "Ada", email: "ada@example.org", time: 1_767_225_600, zone: "+0000" },
    committer: { name: "Ada", email: "ada@example.org", time: 1_767_225_600, zone: "+0000" },
    message: "hello\n",
  });
  const id = repository.gitWith({ input: payload }, "hash-object", "-t", "commit", "-w", "--stdin");
  expect(id).toBe(gitObjectId("commit", payload));
});

test("fields that would write headers of their own are refused", () => {
  const identity = { name: "Ada", email: "ada@example.org", time: 1, zone: "+0000" };
  const fields = { tree, parents: [], author: identity, committer: identity, message: "hello\n" };
  for (const changed of [
    { author: { ...identity, name: "Ada\nparent x" } },
    { author: { ...identity, name: "Ada <x>" } },
    { author: { ...identity, name: " Ada" } },
    { author: { ...identity, email: "a> 1 +0000\ncommitter x <y" } },
    { committer: { ...identity, zone: `+0000\n${signature}` } },
    { committer: { ...identity, time: 1.5 } },
    { message: "a\0" },
    { tree: `${tree}\nparent ${parent}` },
  ]) {
    expect(() => encodeCommit({ ...fields, ...changed })).toThrow();
  }
});
