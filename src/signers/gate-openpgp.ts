import { createHash, type KeyObject, sign } from "node:crypto";
import { openPgpArmor } from "./armor-writer.ts";

// An OpenPGP version 4 certificate and signatures of an Ed25519 key, written by hand (RFC 4880 with the EdDSA of
// RFC 4880bis, which gpg 2.2 and stock git read): a library takes ten times as long per signature.

const publicKeyTag = 6;
const userIdTag = 13;
const signatureTag = 2;
const eddsaLegacy = 22;
const sha512 = 10;
const ed25519Oid = Buffer.from("092b06010401da470f01", "hex");

const subpacket = { created: 2, keyFlags: 27, issuer: 16, issuerFingerprint: 33 } as const;
const certifyAndSign = 0x03;

/** The body of the public key packet. `point`: the 32 bytes of the key; `created`: seconds since 1970. */
export function publicKeyBody(point: Uint8Array, created: number): Buffer {
  const packed = Buffer.concat([Buffer.from([0x40]), point]);
  return Buffer.concat([
    Buffer.from([4]),
    number4(created),
    Buffer.from([eddsaLegacy]),
    ed25519Oid,
    integer(packed),
  ]);
}

/** Gives the fingerprint of a version 4 key: 20 bytes. */
export function keyFingerprint(body: Uint8Array): Buffer {
  return createHash("sha1").update(hashedKey(body)).digest();
}

/** Gives the armored certificate: key, user id, and the key's own signature over both. */
export function certificate(
  body: Uint8Array,
  privateKey: KeyObject,
  userId: string,
  created: number,
): string {
  const user = Buffer.from(userId, "utf8");
  const covered = Buffer.concat([hashedKey(body), Buffer.from([0xb4]), number4(user.length), user]);
  const flags = writeSubpacket(subpacket.keyFlags, Buffer.from([certifyAndSign]));
  const self = signature(0x13, covered, body, privateKey, created, [flags]);
  const packets = [packet(publicKeyTag, body), packet(userIdTag, user), packet(signatureTag, self)];
  return openPgpArmor("PGP PUBLIC KEY BLOCK", Buffer.concat(packets));
}

/** Gives the armored signature over data as it is (type 0x00). */
export function detachedSignature(
  payload: Uint8Array,
  body: Uint8Array,
  privateKey: KeyObject,
  now: number,
): string {
  return openPgpArmor(
    "PGP SIGNATURE",
    packet(signatureTag, signature(0x00, payload, body, privateKey, now, [])),
  );
}

function signature(
  type: number,
  covered: Uint8Array,
  body: Uint8Array,
  privateKey: KeyObject,
  now: number,
  more: readonly Buffer[],
): Buffer {
  const fingerprint = keyFingerprint(body);
  const hashedArea = Buffer.concat([
    writeSubpacket(subpacket.issuerFingerprint, Buffer.concat([Buffer.from([4]), fingerprint])),
    writeSubpacket(subpacket.created, number4(now)),
    ...more,
  ]);
  const head = Buffer.concat([Buffer.from([4, type, eddsaLegacy, sha512]), counted2(hashedArea)]);
  const trailer = Buffer.concat([head, Buffer.from([4, 0xff]), number4(head.length)]);
  const digest = createHash("sha512").update(covered).update(trailer).digest();
  const numbers = sign(null, digest, privateKey);
  // gpg 2.2 looks for the key by this one.
  const unhashedArea = writeSubpacket(subpacket.issuer, fingerprint.subarray(12));
  return Buffer.concat([
    head,
    counted2(unhashedArea),
    digest.subarray(0, 2),
    integer(numbers.subarray(0, 32)),
    integer(numbers.subarray(32)),
  ]);
}

function hashedKey(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x99]), counted2(body)]);
}

function packet(tag: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0xc0 | tag]), length(body.length), body]);
}

function writeSubpacket(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([length(body.length + 1), Buffer.from([type]), body]);
}

/** A new-format length below 8384 bytes. */
function length(bytes: number): Buffer {
  if (bytes < 192) return Buffer.from([bytes]);
  return Buffer.from([((bytes - 192) >> 8) + 192, (bytes - 192) & 0xff]);
}

/** A multiprecision integer: its length in bits, no leading zeros. */
function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  const bits = digits.length === 0 ? 0 : digits.length * 8 - (Math.clz32(digits[0] ?? 0) - 24);
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), digits]);
}

function counted2(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function number4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
