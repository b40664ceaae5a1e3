import { expect, test } from "vitest";
import { gitObjectId } from "../../src/base/digest.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import * as real from "../../src/trust/genesis.ts";
import { firstLineage, policySetDigest } from "../../src/trust/policy-digest.ts";
import { genesisStatement } from "../../src/trust/statement.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";
import { gpgHome } from "../trust/real-keys.ts";
import { type Person, person, policySet, World } from "../trust/world.ts";

// A genesis is signed by a trust signer of its own set and names that set, exactly once.
const { checkGenesis } = real;
type GenesisResult = real.GenesisResult;

const cut = (text: string, by: string, file = "genesis.ts"): Cut => ({ file: `src/trust/${file}`, text, by });
const good = 'return { status: "good", lineage, set, signer: "ada", fingerprint: "" };';
const anySet = cut("if (named !== digest) {", 'if (named === "") {');
const noLineIsAsked: readonly Cut[] = [cut("if (named === null)", "if (commit === null)"), anySet];
const readAnywhere = cut(
  'return versionedDigest.exec(onlyTrailer(lastParagraph(message), genesisKey) ?? "")?.[1] ?? null;',
  "return /Mirror-Genesis: v1 sha256:([0-9a-f]{64})/.exec(message)?.[1] ?? null;",
  "statement.ts",
);
const unsignedIsTaken = cut('return failed("unsigned", "it is not signed");', good);
const anyKey = cut(
  'if (result.status === "unknown")\n    return failed("unknown-key",',
  `if (result.status === "unknown") ${good}\n    if (set === null) return failed("unknown-key",`,
);
const anyRole = cut('set.trust.roles.get("trust")?.signers.includes(signer) !== true', "set === null");
const badIsTaken = cut(
  'if (result.status === "bad") return',
  `if (result.status === "bad") ${good}\n  if (set === null) return`,
);
const gateIsAPerson = cut(
  "gates.set(gate.id, key);",
  "keys.push(key); owners.set(key.fingerprint, trust.signers[0].id);",
  "keyring.ts",
);
const anyKeyInTheFile = cut(
  "if (key.fingerprint !== reference.fingerprint) {",
  "if (key === null) {",
  "keyring.ts",
);

const [ada, bob, eve] = [person("ada"), person("bob"), person("eve")];
const set = policySet({ signers: [ada, bob], roles: { policies: { signers: [bob] } } });
const line = genesisStatement(policySetDigest(set));

async function check(
  message: string,
  by: Person | null,
  files: PolicySetFiles = set,
  cuts: readonly Cut[] = [],
): Promise<GenesisResult> {
  const { id, raw } = new World().commit({ set: files, by, message });
  const mirror = cuts.length === 0 ? real : await moduleWithout<typeof real>("src/trust/genesis.ts", ...cuts);
  return await mirror.checkGenesis(raw, id, files, parsePolicySet);
}

test("gives the lineage, the signer and the key to show a person", async () => {
  const world = new World();
  const { id, raw } = world.commit({ set, by: ada, message: `begin\n\nSigned-off-by: Ada\n${line}\n` });
  const digest = policySetDigest(set);
  expect(await checkGenesis(raw, id, set, parsePolicySet)).toMatchObject({
    status: "good",
    signer: "ada",
    fingerprint: ada.fingerprint,
    lineage: { genesis: id, epoch: 0, lineage: firstLineage(id, digest), digest },
  });
});

test.each<[string, string, Person | null, string, readonly Cut[]]>([
  ["no line", "begin\n", ada, "no-statement", noLineIsAsked],
  ["the line twice", `begin\n\n${line}\n${line}\n`, ada, "no-statement", [readAnywhere]],
  ["the line in another paragraph", `begin\n\n${line}\n\nmore\n`, ada, "no-statement", [readAnywhere]],
  [
    "the line in another case, too",
    `begin\n\n${line}\nmirror-genesis: x\n`,
    ada,
    "no-statement",
    [readAnywhere],
  ],
  [
    "another set's digest",
    `begin\n\n${genesisStatement("0".repeat(64))}\n`,
    ada,
    "other-policy-set",
    [anySet],
  ],
  ["no signature", `begin\n\n${line}\n`, null, "unsigned", [unsignedIsTaken]],
  ["a stranger's signature", `begin\n\n${line}\n`, eve, "unknown-key", [anyKey]],
  ["a signer without the role", `begin\n\n${line}\n`, bob, "no-trust-signer", [anyRole]],
])("%s is refused", async (_, message, by, failure, cuts) => {
  expect(await check(message, by)).toMatchObject({ status: "failed", failure });
  expect(await check(message, by, set, cuts)).toMatchObject({ status: "good" });
});

test("a policy set that does not parse, or with keys out of order, is refused", async () => {
  for (const broken of [
    new Map(set).set("mirror.yaml", Buffer.from("version: 2\n")),
    new Map(set).set("keys/bob.pub", Buffer.from(eve.publicKey)),
  ]) {
    const message = `begin\n\n${genesisStatement(policySetDigest(broken))}\n`;
    expect(await check(message, ada, broken)).toMatchObject({
      status: "failed",
      failure: "invalid-policy-set",
    });
  }
  // A set that cannot be read has no trust to judge by; one with another key in a signer's file has.
  const swapped = new Map(set).set("keys/bob.pub", Buffer.from(eve.publicKey));
  const message = `begin\n\n${genesisStatement(policySetDigest(swapped))}\n`;
  expect(await check(message, ada, swapped, [anyKeyInTheFile])).toMatchObject({ status: "good" });
});

test("a gate's key cannot sign a genesis", async () => {
  const gated = policySet({ signers: [ada], gates: [eve] });
  const message = `begin\n\n${genesisStatement(policySetDigest(gated))}\n`;
  expect(await check(message, eve, gated)).toMatchObject({ status: "failed", failure: "unknown-key" });
  expect(await check(message, eve, gated, [gateIsAPerson])).toMatchObject({ status: "good" });
});

test("a bad signature is refused", async () => {
  const world = new World();
  const { raw } = world.commit({ set, by: ada, message: `begin\n\n${line}\n` });
  const changed = Buffer.from(Buffer.from(raw).toString().replace("begin", "began"));
  const id = gitObjectId("commit", changed);
  expect(await checkGenesis(changed, id, set, parsePolicySet)).toMatchObject({ failure: "bad-signature" });
  const mirror = await moduleWithout<typeof real>("src/trust/genesis.ts", badIsTaken);
  expect(await mirror.checkGenesis(changed, id, set, parsePolicySet)).toMatchObject({ status: "good" });
});

test("an OpenPGP owner's genesis is good, too", async () => {
  const gpg = gpgHome();
  const fingerprint = gpg.makeKey("Ada <ada@example.org>");
  const owner: Person = {
    id: "ada",
    fingerprint,
    publicKey: Buffer.from(gpg.export(fingerprint)).toString(),
    sign: (payload) => gpg.sign(payload, fingerprint),
  };
  const files = new Map(
    [...policySet({ signers: [owner] })].map(([path, bytes]): [string, Uint8Array] => [
      path.replace("ada.pub", "ada.asc"),
      Buffer.from(Buffer.from(bytes).toString().replaceAll("keys/ada.pub", "keys/ada.asc")),
    ]),
  );
  const message = `begin\n\n${genesisStatement(policySetDigest(files))}\n`;
  expect(await check(message, owner, files)).toMatchObject({ status: "good", fingerprint });
});
