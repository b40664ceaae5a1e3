import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstLineage, nextLineage, policySetDigest } from "../../src/trust/policy-digest.ts";
import {
  approvalStatement,
  genesisStatement,
  readApproval,
  readGenesis,
  readSettlement,
  settlementStatement,
} from "../../src/trust/statement.ts";

// Written by a few lines of Python from the text of the rules: another program, the same numbers.
interface Vectors {
  policySets: { name: string; files: Record<string, string>; digest: string }[];
  lineages: { genesis: string; line: { epoch: number; digest: string; lineage: string }[] };
  approvals: { name: string; message: string; approval: object | null }[];
  statements: Record<"digest" | "lineage" | "child" | "approval" | "genesis" | "settlement", string>;
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/trust.json", import.meta.url), "utf8"),
) as Vectors;
const files = (record: Record<string, string>): Map<string, Uint8Array> =>
  new Map(Object.entries(record).map(([path, content]) => [path, Buffer.from(content)]));

describe("policy set digests", () => {
  test.each(vectors.policySets)("$name", (vector) => {
    expect(policySetDigest(files(vector.files))).toBe(vector.digest);
  });

  test("do not depend on the order in which files come", () => {
    const sample = files(vectors.policySets[2]?.files ?? {});
    fc.assert(
      fc.property(fc.shuffledSubarray([...sample], { minLength: sample.size }), (shuffled) => {
        expect(policySetDigest(new Map(shuffled))).toBe(policySetDigest(sample));
      }),
    );
  });

  test.each(["", "/a", "a/", "a//b", "./a", "a/../b", "a\0b", "memory/fact.md", "memory", "a\ud800"])(
    "a path %j is refused",
    (path) => {
      expect(() => policySetDigest(files({ [path]: "x" }))).toThrow(
        expect.objectContaining({ code: "invalid-policy-set" }),
      );
    },
  );
});

test("lineages", () => {
  const [first, ...rest] = vectors.lineages.line;
  let lineage = firstLineage(vectors.lineages.genesis, first?.digest ?? "");
  expect(lineage).toBe(first?.lineage);
  for (const next of rest) {
    lineage = nextLineage(lineage, next.digest);
    expect(lineage).toBe(next.lineage);
  }
});

test.each(vectors.approvals)("an approval: $name", ({ message, approval }) => {
  expect(readApproval(message)).toEqual(approval);
});

test("statements are written as they are read", () => {
  const { digest, lineage, child, approval, genesis, settlement } = vectors.statements;
  expect(approvalStatement(digest, 0, lineage)).toBe(approval);
  expect(genesisStatement(digest)).toBe(genesis);
  expect(settlementStatement(0, lineage, child)).toBe(settlement);
  expect(readApproval(approval)).toEqual({ digest, epoch: 0, lineage });
  expect(readGenesis(genesis)).toBe(digest);
  expect(readSettlement(settlement)).toEqual({ epoch: 0, parent: lineage, child });
});
