import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sha256 } from "../../src/base/digest.ts";
import * as real from "../../src/trust/policy-digest.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

// One digest is one policy set and one lineage is one history: what is left out of either is what an attacker moves.
// test/trust/vectors.test.ts holds both to numbers that another program made from the text of the rule.

type Digests = typeof real;

const file = "src/trust/policy-digest.ts";

async function without(text: string, by: string): Promise<Digests> {
  return await moduleWithout<Digests>(file, { file, text, by });
}

const files = (record: Record<string, string>): Map<string, Uint8Array> =>
  new Map(Object.entries(record).map(([path, content]) => [path, Buffer.from(content)]));

const [digest, other] = ["1".repeat(64), "2".repeat(64)];
const [genesis, elsewhere] = ["a".repeat(40), "b".repeat(40)];

test("P2: the digest is the one in the vectors, which were made without mirror", () => {
  const { policySets } = JSON.parse(readFileSync(new URL("../vectors/trust.json", import.meta.url), "utf8"));
  expect(policySets.length).toBeGreaterThan(3);
  for (const vector of policySets) expect(real.policySetDigest(files(vector.files))).toBe(vector.digest);
});

test("P2: a file under another name, or with other content, is another set", async () => {
  const base = files({ "policies/a.yaml": "deny", "policies/b.yaml": "allow" });
  const swapped = files({ "policies/a.yaml": "allow", "policies/b.yaml": "deny" });
  const attack = (digests: Digests, set: Map<string, Uint8Array>) =>
    digests.policySetDigest(set) === digests.policySetDigest(base);
  const record = `\`100644 \${sha256(files.get(path) ?? "")} \${path}\\0\``;
  const renamed = files({ "policies/a.yaml": "deny", "policies/c.yaml": "allow" });
  expect(attack(real, renamed)).toBe(false);
  expect(attack(await without(record, `sha256(files.get(path) ?? "")`), renamed)).toBe(true);
  expect(attack(real, swapped)).toBe(false);
  expect(attack(await without(record, "path"), swapped)).toBe(true);
});

test("P2: no path can hold the end of its own record", async () => {
  const two = files({ a: "x", b: "y" });
  const one = files({ [`a\x00100644 ${sha256("y")} b`]: "x" });
  expect(() => real.policySetDigest(one)).toThrow(expect.objectContaining({ code: "invalid-policy-set" }));
  const digests = await without('path.includes("\\0") ||', "");
  expect(digests.policySetDigest(one)).toBe(digests.policySetDigest(two));
});

test("P2: the order in which files come does not matter, so nobody can have two digests for one set", async () => {
  const forth = files({ a: "x", b: "y" });
  const back = files({ b: "y", a: "x" });
  expect(real.policySetDigest(forth)).toBe(real.policySetDigest(back));
  const digests = await without("paths.sort((a, b) => Buffer.compare(a.bytes, b.bytes));", "");
  expect(digests.policySetDigest(forth)).not.toBe(digests.policySetDigest(back));
});

test("P2: the lineage hangs on the genesis and on every set since", async () => {
  // Two repositories that begin with the same set.
  const sharesItsStart = (digests: Digests) =>
    digests.firstLineage(genesis, digest) === digests.firstLineage(elsewhere, digest);
  expect(sharesItsStart(real)).toBe(false);
  const noGenesis = await without(`return sha256(\`mirror/lineage/v1\\n\${genesis}\\n`, "return sha256(`");
  expect(sharesItsStart(noGenesis)).toBe(true);
  // There and back again.
  const comesBack = ({ firstLineage, nextLineage }: Digests) => {
    const there = nextLineage(firstLineage(genesis, digest), other);
    return nextLineage(nextLineage(there, digest), other) === there;
  };
  expect(comesBack(real)).toBe(false);
  const noParent = await without(`return sha256(\`mirror/lineage/v1\\n\${lineage}\\n`, "return sha256(`");
  expect(comesBack(noParent)).toBe(true);
});
