import { beforeAll, expect, test } from "vitest";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import * as real from "../../src/trust/signature.ts";
import type { SignatureResult } from "../../src/trust/signature-result.ts";
import { type Cut, moduleWithout } from "../fixtures/without-rule.ts";
import {
  armor,
  type ForgedKey,
  forgeArmored,
  forgeCertificate,
  forgedAt,
  forgeKey,
  forgeSignature,
  packet,
  subpacket,
  uint32,
} from "../trust/forge.ts";
import { gpgHome } from "../trust/real-keys.ts";

// One packet, version 4, type 0x00, a strong hash, nothing critical that is not known: all else that an OpenPGP
// program may shrug at is refused, by name.
const payload = Buffer.from("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nhello\n");
let key: ForgedKey;
let known: PublicKey;

beforeAll(async () => {
  key = forgeKey();
  known = await parsePublicKey("keys/ada.asc", forgeCertificate(key));
});

type Verifier = typeof real;

function verify(armored: string, { verifySignature }: Verifier = real): SignatureResult {
  return verifySignature(payload, { kind: "openpgp", armored }, [known], { now: null });
}

const file = "src/trust/openpgp-signature.ts";
const cut = (text: string, by = ""): Cut => ({ file, text, by });
const without = (...cuts: readonly Cut[]): Promise<Verifier> =>
  moduleWithout<Verifier>("src/trust/signature.ts", ...cuts);

// What stands in mirror's way of each forgery, one by one.
const weakHashesAreTaken = cut('[10, "sha512"],', '[10, "sha512"], [1, "md5"], [2, "sha1"], [11, "sha224"],');
const anyType = cut("if (type !== 0)", "if (type < 0)");
const anyVersion = cut("if (version !== 4)", "if (version === 0)");
const firstTimeCounts = cut("created === undefined || more.length > 0", "created === undefined");
const endIsOverlooked = cut("if (subpacket.type === subpacketTypes.expires)", "if (subpacket === null)");
const criticalIsOverlooked = cut("subpacket.critical && !known.has(subpacket.type)", "subpacket === null");
const embeddedIsOverlooked = cut("subpacket.type === subpacketTypes.embeddedSignature", "subpacket === null");
const unsignedIsOverlooked = cut("if (stranger !== undefined)", "if (stranger === null)");
const firstMakerCounts = cut("ids.size > 1 || new Set(fingerprints).size > 1", "ids.size === 0");
const anyAlgorithm = cut("signing.algorithm !== signature.algorithm", "signing === null");

function refused(armored: string): string {
  const result = verify(armored);
  return result.status === "bad"
    ? result.why.replace("the OpenPGP signature is refused: ", "")
    : result.status;
}

const weakHash = (hash: number): string =>
  `hash algorithm ${hash} is not taken, expected SHA-256, SHA-384 or SHA-512`;

test("the forger's plain signature is good", () => {
  expect(verify(forgeArmored(key, payload))).toMatchObject({ status: "good", time: forgedAt });
  expect(verify(forgeArmored(key, payload, { hash: 10 })).status).toBe("good");
});

test.each([
  ["MD5", { hash: 1 }, weakHash(1), weakHashesAreTaken],
  ["SHA-1", { hash: 2 }, weakHash(2), weakHashesAreTaken],
  ["SHA-224", { hash: 11 }, weakHash(11), weakHashesAreTaken],
  ["over text", { type: 1 }, "type 0x01, expected 0x00", anyType],
  ["a standalone signature", { type: 2 }, "type 0x02, expected 0x00", anyType],
  ["a certification", { type: 0x10 }, "type 0x10, expected 0x00", anyType],
  ["version 3", { version: 3 }, "version 3, expected 4", anyVersion],
  ["version 6", { version: 6 }, "version 6, expected 4", anyVersion],
  [
    "with two times",
    { hashed: [subpacket(2, uint32(1))] },
    "it does not have exactly one time",
    firstTimeCounts,
  ],
  [
    "with an end",
    { hashed: [subpacket(3, uint32(60))] },
    "a signature that expires is not taken",
    endIsOverlooked,
  ],
  [
    "an unknown critical subpacket",
    { hashed: [subpacket(100, Buffer.alloc(1), true)] },
    "critical subpacket 100 is not known",
    criticalIsOverlooked,
  ],
  [
    "a critical notation",
    { hashed: [subpacket(20, Buffer.alloc(8), true)] },
    "critical subpacket 20 is not known",
    criticalIsOverlooked,
  ],
  [
    "an embedded signature",
    { hashed: [subpacket(32, Buffer.alloc(8))] },
    "a second signature is embedded",
    embeddedIsOverlooked,
  ],
  [
    "an embedded signature outside",
    { unhashed: [subpacket(32, Buffer.alloc(8))] },
    "subpacket 32 is not signed",
    unsignedIsOverlooked,
  ],
  [
    "a second time that is not signed",
    { unhashed: [subpacket(2, uint32(1))] },
    "subpacket 2 is not signed",
    unsignedIsOverlooked,
  ],
  [
    "two makers",
    { unhashed: [subpacket(16, Buffer.alloc(8))] },
    "it names more than one key",
    firstMakerCounts,
  ],
  ["another algorithm's number", { algorithm: 19 }, "its algorithm is not its key's", anyAlgorithm],
] as const)("%s is refused", async (_, spec, why, rule) => {
  const armored = forgeArmored(key, payload, spec);
  expect(refused(armored)).toBe(why);
  expect(verify(armored, await without(rule)).status).toBe("good");
});

// Without these rules there would be nothing to go by: no time to hold against the key, no key, no way to compute.
test.each([
  ["without a time", { created: null }, "it does not have exactly one time"],
  ["no maker", { issuer: null }, "it names no key"],
  [
    "an unknown algorithm",
    { algorithm: 99 },
    "key algorithm 99 is not taken, expected Ed25519, ECDSA or RSA",
  ],
] as const)("%s is refused, and nobody could take it", (_, spec, why) => {
  expect(refused(forgeArmored(key, payload, spec))).toBe(why);
});

test("harmless notes that are signed and not critical are read over", () => {
  expect(
    verify(
      forgeArmored(key, payload, {
        hashed: [subpacket(20, Buffer.alloc(8)), subpacket(100, Buffer.alloc(1))],
      }),
    ).status,
  ).toBe("good");
});

test("a second signature packet is refused, wherever it hides", async () => {
  const one = forgeSignature(key, payload);
  const other = forgeSignature(forgeKey(), payload);
  expect(refused(armor("PGP SIGNATURE", Buffer.concat([one, other])))).toBe("it holds more than one packet");
  expect(refused(armor("PGP SIGNATURE", Buffer.concat([other, one])))).toBe("it holds more than one packet");
  const firstCounts = await without({
    file: "src/trust/openpgp-packets.ts",
    text: "reader.left > 0) throw",
    by: "reader === null) throw",
  });
  expect(verify(armor("PGP SIGNATURE", Buffer.concat([one, other])), firstCounts).status).toBe("good");
  expect(refused(armor("PGP SIGNATURE", packet(8, Buffer.concat([Buffer.from([0]), one]))))).toBe(
    "packet 8 is no signature",
  );
  const good = forgeArmored(key, payload);
  expect(refused(good + good)).toBe("its base64 is malformed");
  expect(refused(`${good}x`)).toBe("it does not end as a PGP SIGNATURE does");
  expect(refused(good.replaceAll("SIGNATURE", "MESSAGE"))).toBe("it does not begin as a PGP SIGNATURE does");
});

test("a maker named by a key id alone is matched, and another's signature under that id is bad", async () => {
  const keyId = subpacket(16, key.fingerprint.subarray(-8));
  expect(verify(forgeArmored(key, payload, { issuer: null, unhashed: [keyId] })).status).toBe("good");
  expect(refused(forgeArmored(forgeKey(), payload, { issuer: null, unhashed: [keyId] }))).toBe(
    "it does not match",
  );
  expect(refused(forgeArmored(forgeKey(), payload, { issuer: key.fingerprint }))).toBe("it does not match");
  const nameIsEnough = await without(
    cut("if (!digest.subarray(0, 2).equals(signature.digestStart)) return null;"),
    {
      file: "src/trust/signature.ts",
      text: "return holds(reading.equation) ? reading.ifItHolds : notMatching;",
      by: "return reading.ifItHolds;",
    },
  );
  expect(verify(forgeArmored(forgeKey(), payload, { issuer: key.fingerprint }), nameIsEnough).status).toBe(
    "good",
  );
});

test("gpg's own SHA-1 signature is refused", async () => {
  const gpg = gpgHome();
  const fingerprint = gpg.makeKey("old <old@example.org>", "rsa2048");
  known = await parsePublicKey("keys/old.asc", gpg.export(fingerprint));
  expect(refused(gpg.sign(payload, fingerprint, "--digest-algo", "SHA1"))).toBe(weakHash(2));
  expect(refused(gpg.gpgWith(payload, "--textmode", "-bsau", fingerprint))).toBe("type 0x01, expected 0x00");
  const armored = gpg.sign(payload, fingerprint, "--digest-algo", "SHA1");
  expect(verify(armored, await without(weakHashesAreTaken)).status).toBe("good");
  expect(verify(gpg.sign(payload, fingerprint)).status).toBe("good");
});
