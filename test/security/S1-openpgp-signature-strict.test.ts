import { beforeAll, expect, test } from "vitest";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import { verifySignature } from "../../src/trust/signature.ts";
import type { SignatureResult } from "../../src/trust/signature-result.ts";
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

function verify(armored: string): SignatureResult {
  return verifySignature(payload, { kind: "openpgp", armored }, [known], { now: null });
}

function refused(armored: string): string {
  const result = verify(armored);
  return result.status === "bad"
    ? result.why.replace("the OpenPGP signature is refused: ", "")
    : result.status;
}

test("the forger's plain signature is good", () => {
  expect(verify(forgeArmored(key, payload))).toMatchObject({ status: "good", time: forgedAt });
  expect(verify(forgeArmored(key, payload, { hash: 10 })).status).toBe("good");
});

test.each([
  ["MD5", { hash: 1 }, "hash algorithm 1 is not taken"],
  ["SHA-1", { hash: 2 }, "hash algorithm 2 is not taken"],
  ["SHA-224", { hash: 11 }, "hash algorithm 11 is not taken"],
  ["over text", { type: 1 }, "type 0x01, expected 0x00"],
  ["a standalone signature", { type: 2 }, "type 0x02, expected 0x00"],
  ["a certification", { type: 0x10 }, "type 0x10, expected 0x00"],
  ["version 3", { version: 3 }, "version 3, expected 4"],
  ["version 6", { version: 6 }, "version 6, expected 4"],
  ["without a time", { created: null }, "it does not have exactly one time"],
  ["with two times", { hashed: [subpacket(2, uint32(1))] }, "it does not have exactly one time"],
  ["with an end", { hashed: [subpacket(3, uint32(60))] }, "a signature that expires is not taken"],
  [
    "an unknown critical subpacket",
    { hashed: [subpacket(100, Buffer.alloc(1), true)] },
    "critical subpacket 100 is not known",
  ],
  [
    "a critical notation",
    { hashed: [subpacket(20, Buffer.alloc(8), true)] },
    "critical subpacket 20 is not known",
  ],
  ["an embedded signature", { hashed: [subpacket(32, Buffer.alloc(8))] }, "a second signature is embedded"],
  [
    "an embedded signature outside",
    { unhashed: [subpacket(32, Buffer.alloc(8))] },
    "subpacket 32 is not signed",
  ],
  ["a second time that is not signed", { unhashed: [subpacket(2, uint32(1))] }, "subpacket 2 is not signed"],
  ["two makers", { unhashed: [subpacket(16, Buffer.alloc(8))] }, "it names more than one key"],
  ["no maker", { issuer: null }, "it names no key"],
  ["another algorithm's number", { algorithm: 19 }, "its algorithm is not its key's"],
  ["an unknown algorithm", { algorithm: 99 }, "key algorithm 99 is not taken"],
] as const)("%s is refused", (_, spec, why) => {
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

test("a second signature packet is refused, wherever it hides", () => {
  const one = forgeSignature(key, payload);
  const other = forgeSignature(forgeKey(), payload);
  expect(refused(armor("PGP SIGNATURE", Buffer.concat([one, other])))).toBe("it holds more than one packet");
  expect(refused(armor("PGP SIGNATURE", Buffer.concat([other, one])))).toBe("it holds more than one packet");
  expect(refused(armor("PGP SIGNATURE", packet(8, Buffer.concat([Buffer.from([0]), one]))))).toBe(
    "packet 8 is no signature",
  );
  const good = forgeArmored(key, payload);
  expect(refused(good + good)).toBe("its base64 is malformed");
  expect(refused(`${good}x`)).toBe("it does not end as a PGP SIGNATURE does");
  expect(refused(good.replaceAll("SIGNATURE", "MESSAGE"))).toBe("it does not begin as a PGP SIGNATURE does");
});

test("a maker named by a key id alone is matched, and another's signature under that id is bad", () => {
  const keyId = subpacket(16, key.fingerprint.subarray(-8));
  expect(verify(forgeArmored(key, payload, { issuer: null, unhashed: [keyId] })).status).toBe("good");
  expect(refused(forgeArmored(forgeKey(), payload, { issuer: null, unhashed: [keyId] }))).toBe(
    "it does not match",
  );
  expect(refused(forgeArmored(forgeKey(), payload, { issuer: key.fingerprint }))).toBe("it does not match");
});

test("gpg's own SHA-1 signature is refused", async () => {
  const gpg = gpgHome();
  const fingerprint = gpg.makeKey("old <old@example.org>", "rsa2048");
  known = await parsePublicKey("keys/old.asc", gpg.export(fingerprint));
  expect(refused(gpg.sign(payload, fingerprint, "--digest-algo", "SHA1"))).toBe(
    "hash algorithm 2 is not taken",
  );
  expect(refused(gpg.gpgWith(payload, "--textmode", "-bsau", fingerprint))).toBe("type 0x01, expected 0x00");
  expect(verify(gpg.sign(payload, fingerprint)).status).toBe("good");
});
