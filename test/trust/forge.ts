import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

// Writes OpenPGP packets by hand, so that tests can make what no honest program would.

const hashNames = { 1: "md5", 2: "sha1", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224" } as const;

/** OpenPGP's number of a hash algorithm. */
type HashNumber = keyof typeof hashNames;

/** An Ed25519 key pair in the form OpenPGP had before RFC 9580. */
export interface ForgedKey {
  readonly body: Buffer;
  readonly fingerprint: Buffer;
  readonly privateKey: KeyObject;
}

export interface SignatureSpec {
  readonly version?: number;
  readonly type?: number;
  readonly algorithm?: number;
  readonly hash?: HashNumber;
  /** Seconds since 1970; null: no time. */
  readonly created?: number | null;
  readonly hashed?: readonly Buffer[];
  /** Instead of the issuer's key id. */
  readonly unhashed?: readonly Buffer[];
  /** Null: says not who made it. */
  readonly issuer?: Buffer | null;
}

export const forgedAt = 1_767_225_600;

export function forgeKey(created = forgedAt): ForgedKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const point = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const oid = Buffer.from("092b06010401da470f01", "hex");
  const mpi = Buffer.concat([Buffer.from([1, 7, 0x40]), point]);
  const body = Buffer.concat([Buffer.from([4]), uint32(created), Buffer.from([22]), oid, mpi]);
  const fingerprint = createHash("sha1").update(keyData(body)).digest();
  return { body, fingerprint, privateKey };
}

/** Gives the packet of a signature over `data`. */
export function forgeSignature(key: ForgedKey, data: Uint8Array, spec: SignatureSpec = {}): Buffer {
  const {
    version = 4,
    type = 0,
    algorithm = 22,
    hash = 8,
    created = forgedAt,
    issuer = key.fingerprint,
  } = spec;
  const hashed = Buffer.concat([
    ...(created === null ? [] : [subpacket(2, uint32(created))]),
    ...(issuer === null ? [] : [subpacket(33, Buffer.concat([Buffer.from([4]), issuer]))]),
    ...(spec.hashed ?? []),
  ]);
  const keyId = issuer === null ? [] : [subpacket(16, issuer.subarray(-8))];
  const unhashed = Buffer.concat([...(spec.unhashed ?? keyId)]);
  const signed = Buffer.concat([
    Buffer.from([version, type, algorithm, hash]),
    uint16(hashed.length),
    hashed,
  ]);
  const trailer = Buffer.concat([signed, Buffer.from([4, 0xff]), uint32(signed.length)]);
  const digest = createHash(hashNames[hash]).update(data).update(trailer).digest();
  const value = sign(null, digest, key.privateKey);
  const numbers = [integer(value.subarray(0, 32)), integer(value.subarray(32))];
  return packet(
    2,
    Buffer.concat([signed, uint16(unhashed.length), unhashed, digest.subarray(0, 2), ...numbers]),
  );
}

export function forgeArmored(key: ForgedKey, data: Uint8Array, spec: SignatureSpec = {}): string {
  return armor("PGP SIGNATURE", forgeSignature(key, data, spec));
}

export interface CertificateSpec {
  readonly flags?: number;
  readonly self?: SignatureSpec;
  /** Packets put in after the user id's self-signature. */
  readonly more?: readonly Buffer[];
}

const userId = Buffer.from("Ada <ada@example.org>");

/** Gives an armored certificate with one user id. */
export function forgeCertificate(key: ForgedKey, spec: CertificateSpec = {}): Buffer {
  const self = forgeSelfSignature(key, spec.flags ?? 0x03, spec.self);
  const packets = [packet(6, key.body), packet(13, userId), self, ...(spec.more ?? [])];
  return Buffer.from(armor("PGP PUBLIC KEY BLOCK", Buffer.concat(packets)));
}

/** Gives the packet that ties the user id to the key and says what the key may do. */
export function forgeSelfSignature(key: ForgedKey, flags: number, spec: SignatureSpec = {}): Buffer {
  const data = Buffer.concat([keyData(key.body), Buffer.from([0xb4]), uint32(userId.length), userId]);
  const hashed = [subpacket(27, Buffer.from([flags])), ...(spec.hashed ?? [])];
  return forgeSignature(key, data, { type: 0x13, ...spec, hashed });
}

export interface SubkeySpec {
  readonly flags?: number;
  /** Who signs in return; null: nobody. */
  readonly crossCertifiedBy?: ForgedKey | null;
  readonly binding?: SignatureSpec;
}

/** Gives the packets of a subkey: the key and what binds it. */
export function forgeSubkey(primary: ForgedKey, subkey: ForgedKey, spec: SubkeySpec = {}): Buffer {
  const data = Buffer.concat([keyData(primary.body), keyData(subkey.body)]);
  const by = spec.crossCertifiedBy === undefined ? subkey : spec.crossCertifiedBy;
  const back = by === null ? null : forgeSignature(by, data, { type: 0x19, issuer: subkey.fingerprint });
  const embedded = back === null ? [] : [subpacket(32, back.subarray(2))];
  const hashed = [
    subpacket(27, Buffer.from([spec.flags ?? 0x02])),
    ...embedded,
    ...(spec.binding?.hashed ?? []),
  ];
  return Buffer.concat([
    packet(14, subkey.body),
    forgeSignature(primary, data, { type: 0x18, ...spec.binding, hashed }),
  ]);
}

/** Gives a revocation of the primary key, as it stands right after it. */
export function forgeRevocation(key: ForgedKey, spec: SignatureSpec = {}): Buffer {
  return forgeSignature(key, keyData(key.body), { type: 0x20, ...spec });
}

export function subpacket(type: number, body: Uint8Array, critical = false): Buffer {
  const length = body.length + 1;
  const header = length < 192 ? [length] : [((length - 192) >> 8) + 192, (length - 192) & 0xff];
  return Buffer.concat([Buffer.from([...header, type | (critical ? 0x80 : 0)]), body]);
}

/** Writes a packet with a one-byte length if that will do. */
export function packet(tag: number, body: Uint8Array): Buffer {
  const header =
    body.length < 256
      ? [0x80 | (tag << 2), body.length]
      : [0x81 | (tag << 2), body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from(header), body]);
}

export function armor(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, "", ...lines, `-----END ${label}-----`, ""].join("\n");
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function keyData(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x99]), uint16(body.length), body]);
}

function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const rest = first < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(first));
  return Buffer.concat([
    uint16(rest.length * 8 - (rest.length === 0 ? 0 : Math.clz32(rest[0] ?? 0) - 24)),
    rest,
  ]);
}
