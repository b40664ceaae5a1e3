import { createHash } from "node:crypto";
import { formatTime } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import { readArmor } from "./armor.ts";
import { ByteReader } from "./byte-reader.ts";
import type { SignatureEquation } from "./key-material.ts";
import type { OpenPgpKey, SigningKey } from "./openpgp-key.ts";
import { keyIdOf, openPgpAlgorithms } from "./openpgp-key-packet.ts";
import { readInteger, readOnlyPacket, readSubpackets, type Subpacket } from "./openpgp-packets.ts";
import {
  type JudgedAt,
  notMatching,
  type SignatureReading,
  type SignatureResult,
} from "./signature-result.ts";

/** A signature packet, parsed strictly. */
export interface OpenPgpSignature {
  readonly algorithm: number;
  readonly hash: "sha256" | "sha384" | "sha512";
  /** Seconds since 1970. */
  readonly created: number;
  /** Who made it, as it says: a fingerprint where it has one, else a key id; upper-case hex. */
  readonly issuer: string;
  /** What is hashed after the data. */
  readonly trailer: Uint8Array;
  /** The first two bytes of the digest. */
  readonly digestStart: Uint8Array;
  readonly numbers: readonly Uint8Array[];
}

const hashes: ReadonlyMap<number, OpenPgpSignature["hash"]> = new Map([
  [8, "sha256"],
  [9, "sha384"],
  [10, "sha512"],
]);
const subpacketTypes = { created: 2, expires: 3, keyId: 16, embeddedSignature: 32, fingerprint: 33 } as const;
const known: ReadonlySet<number> = new Set([
  subpacketTypes.created,
  subpacketTypes.keyId,
  subpacketTypes.fingerprint,
]);
const hints: ReadonlySet<number> = new Set([subpacketTypes.keyId, subpacketTypes.fingerprint]);

/** A signature may be this much later than the clock, in seconds (TRUST S2). */
const clockTolerance = 300;

/**
 * Parses an armored OpenPGP signature over data (RFC 4880, section 5.2): one packet, version 4, type 0x00, with
 * SHA-256, SHA-384 or SHA-512 (TRUST S1). Throws `bad-signature`.
 */
export function parseOpenPgpSignature(armored: string): OpenPgpSignature {
  const packet = readOnlyPacket(readArmor(armored, "PGP SIGNATURE", malformed), malformed);
  if (packet.tag !== 2) throw malformed(`packet ${packet.tag} is no signature`);
  const reader = new ByteReader(packet.body, malformed);
  const version = reader.number(1);
  if (version !== 4) throw malformed(`version ${version}, expected 4`);
  const type = reader.number(1);
  if (type !== 0) throw malformed(`type 0x${type.toString(16).padStart(2, "0")}, expected 0x00`);
  const algorithm = reader.number(1);
  const hashNumber = reader.number(1);
  const hash = hashes.get(hashNumber);
  if (hash === undefined)
    throw malformed(`hash algorithm ${hashNumber} is not taken, expected SHA-256, SHA-384 or SHA-512`);
  const hashed = readSubpackets(reader.counted(2), malformed);
  const signed = packet.body.subarray(0, reader.at);
  const unhashed = readSubpackets(reader.counted(2), malformed);
  const digestStart = reader.take(2);
  const numbers = readNumbers(reader, algorithm);
  reader.end();
  const created = readCreated(hashed);
  return {
    algorithm,
    hash,
    created,
    issuer: readIssuer(hashed, unhashed),
    trailer: trailer(signed),
    digestStart,
    numbers,
  };
}

/**
 * Holds a parsed signature against the keys, all but the mathematics. The keys' expiry and revocation are judged at
 * its own time.
 */
export function readOpenPgpClaim(
  payload: Uint8Array,
  signature: OpenPgpSignature,
  keys: readonly OpenPgpKey[],
  at: JudgedAt,
): SignatureReading {
  const [found, ...more] = issuersAmong(keys, signature.issuer);
  if (found === undefined) return { status: "unknown", keyId: signature.issuer };
  if (more.length > 0) return bad(`more than one key has the id ${signature.issuer}`);
  const { key, signing } = found;
  if (signing.algorithm !== signature.algorithm) return bad("its algorithm is not its key's");
  const equation = equationOf(payload, signature, signing);
  if (equation === null) return notMatching;
  const { created } = signature;
  const unusable = unusableAt(signing, created);
  if (unusable !== null) return { equation, ifItHolds: bad(unusable) };
  if (at.now !== null && created > at.now / 1000 + clockTolerance)
    return {
      equation,
      ifItHolds: bad(`it was made in the future: signed ${when(created)}, now ${formatTime(at.now)}`),
    };
  return { equation, ifItHolds: { status: "good", fingerprint: key.fingerprint, time: created } };
}

function issuersAmong(
  keys: readonly OpenPgpKey[],
  issuer: string,
): { key: OpenPgpKey; signing: SigningKey }[] {
  const isIssuer = (signing: SigningKey): boolean =>
    issuer.length === 40 ? signing.fingerprint === issuer : keyIdOf(signing.fingerprint) === issuer;
  return keys.flatMap((key) => key.signingKeys.filter(isIssuer).map((signing) => ({ key, signing })));
}

function equationOf(
  payload: Uint8Array,
  signature: OpenPgpSignature,
  { material }: SigningKey,
): SignatureEquation | null {
  const { hash, numbers } = signature;
  const data = Buffer.concat([payload, signature.trailer]);
  const digest = createHash(hash).update(data).digest();
  if (!digest.subarray(0, 2).equals(signature.digestStart)) return null;
  // OpenPGP's EdDSA signs the digest; the others hash by themselves.
  return material.kind === "ed25519"
    ? { material, hash: null, data: digest, numbers }
    : { material, hash, data, numbers };
}

function unusableAt({ validity: { from, until, revoked } }: SigningKey, time: number): string | null {
  if (time < from) return `it is older than its key: signed ${when(time)}, key from ${when(from)}`;
  if (until !== null && time >= until)
    return `its key had expired: signed ${when(time)}, key until ${when(until)}`;
  if (revoked !== null && time >= revoked) return "its key is revoked";
  return null;
}

function when(seconds: number): string {
  return formatTime(seconds * 1000);
}

function readNumbers(reader: ByteReader, algorithm: number): readonly Uint8Array[] {
  switch (algorithm) {
    case openPgpAlgorithms.rsa:
    case openPgpAlgorithms.rsaSignOnly:
      return [readInteger(reader)];
    case openPgpAlgorithms.ecdsa:
    case openPgpAlgorithms.ed25519Legacy:
      return [readInteger(reader), readInteger(reader)];
    case openPgpAlgorithms.ed25519:
      return [reader.take(32), reader.take(32)];
    default:
      throw malformed(`key algorithm ${algorithm} is not taken, expected Ed25519, ECDSA or RSA`);
  }
}

function readCreated(hashed: readonly Subpacket[]): number {
  for (const subpacket of hashed) {
    if (subpacket.critical && !known.has(subpacket.type)) {
      throw malformed(`critical subpacket ${subpacket.type} is not known`);
    }
    if (subpacket.type === subpacketTypes.embeddedSignature)
      throw malformed("a second signature is embedded");
    if (subpacket.type === subpacketTypes.expires) throw malformed("a signature that expires is not taken");
  }
  const [created, ...more] = hashed.filter((subpacket) => subpacket.type === subpacketTypes.created);
  if (created === undefined || more.length > 0) throw malformed("it does not have exactly one time");
  const reader = new ByteReader(created.body, malformed);
  const time = reader.number(4);
  reader.end();
  return time;
}

// The unhashed area is not signed: it may hint at the key, and nothing else may stand there. All hints agree.
function readIssuer(hashed: readonly Subpacket[], unhashed: readonly Subpacket[]): string {
  const stranger = unhashed.find((subpacket) => !hints.has(subpacket.type));
  if (stranger !== undefined) throw malformed(`subpacket ${stranger.type} is not signed`);
  const all = [...hashed, ...unhashed];
  const fingerprints = all.filter(({ type }) => type === subpacketTypes.fingerprint).map(readFingerprint);
  const keyIds = all.filter(({ type }) => type === subpacketTypes.keyId).map(readKeyId);
  const ids = new Set([...fingerprints.map(keyIdOf), ...keyIds]);
  if (ids.size > 1 || new Set(fingerprints).size > 1) throw malformed("it names more than one key");
  const issuer = fingerprints[0] ?? keyIds[0];
  if (issuer === undefined) throw malformed("it names no key");
  return issuer;
}

function readFingerprint({ body }: Subpacket): string {
  if (body.length !== 21 || body[0] !== 4) throw malformed("it names no version 4 key");
  return Buffer.from(body.subarray(1)).toString("hex").toUpperCase();
}

function readKeyId({ body }: Subpacket): string {
  if (body.length !== 8) throw malformed("its key id is malformed");
  return Buffer.from(body).toString("hex").toUpperCase();
}

function trailer(signed: Uint8Array): Uint8Array {
  const end = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  end.writeUInt32BE(signed.length, 2);
  return Buffer.concat([signed, end]);
}

function bad(why: string): SignatureResult {
  return { status: "bad", why };
}

function malformed(why: string): MirrorError {
  return new MirrorError("bad-signature", `the OpenPGP signature is refused: ${why}`);
}
