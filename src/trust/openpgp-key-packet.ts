import { createHash } from "node:crypto";
import { MirrorError } from "../base/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import {
  type EcCurve,
  ecdsaMaterial,
  ed25519Material,
  type KeyMaterial,
  rsaMaterial,
} from "./key-material.ts";
import { readInteger } from "./openpgp-packets.ts";

/** OpenPGP's numbers of the signature algorithms mirror verifies. */
export const openPgpAlgorithms = {
  rsa: 1,
  rsaSignOnly: 3,
  ecdsa: 19,
  ed25519Legacy: 22,
  ed25519: 27,
} as const;

const curves: ReadonlyMap<string, EcCurve> = new Map([
  ["2a8648ce3d030107", "P-256"],
  ["2b81040022", "P-384"],
  ["2b81040023", "P-521"],
]);
const ed25519LegacyOid = "2b06010401da470f01";

/** A primary key or subkey as its packet's body gives it. */
export interface KeyPacket {
  readonly algorithm: number;
  /** Upper-case hex: SHA-1 over the packet, as version 4 has it. */
  readonly fingerprint: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly material: KeyMaterial;
}

/** Parses the body of a version 4 public key packet (RFC 4880, section 5.5.2). Throws `bad-key`. */
export function readKeyPacket(body: Uint8Array): KeyPacket {
  const reader = new ByteReader(
    body,
    (why) => new MirrorError("bad-key", `a key packet is malformed: ${why}`),
  );
  const version = reader.number(1);
  if (version !== 4) throw new MirrorError("bad-key", `a key has version ${version}, expected 4`);
  const created = reader.number(4);
  const algorithm = reader.number(1);
  const material = readMaterial(reader, algorithm);
  reader.end();
  return { algorithm, fingerprint: fingerprint(body), created, material };
}

/** Gives the key id that belongs to a version 4 fingerprint: its last 16 digits. */
export function keyIdOf(fingerprint: string): string {
  return fingerprint.slice(-16);
}

function readMaterial(reader: ByteReader, algorithm: number): KeyMaterial {
  switch (algorithm) {
    case openPgpAlgorithms.rsa:
    case openPgpAlgorithms.rsaSignOnly:
      return rsaMaterial(readInteger(reader), readInteger(reader));
    case openPgpAlgorithms.ecdsa: {
      const oid = hex(reader.counted(1));
      const curve = curves.get(oid);
      if (curve === undefined)
        throw new MirrorError(
          "bad-key",
          `the curve with OID ${oid} is not taken, expected P-256, P-384 or P-521`,
        );
      return ecdsaMaterial(curve, readInteger(reader));
    }
    case openPgpAlgorithms.ed25519Legacy: {
      const oid = hex(reader.counted(1));
      const point = readInteger(reader);
      if (oid !== ed25519LegacyOid || point[0] !== 0x40)
        throw new MirrorError("bad-key", "an EdDSA key is not Ed25519");
      return ed25519Material(point.subarray(1));
    }
    case openPgpAlgorithms.ed25519:
      return ed25519Material(reader.take(32));
    default:
      throw new MirrorError(
        "bad-key",
        `OpenPGP key algorithm ${algorithm} is not taken for signatures, expected Ed25519, ECDSA or RSA`,
      );
  }
}

function fingerprint(body: Uint8Array): string {
  const prefix = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
  return createHash("sha1").update(prefix).update(body).digest("hex").toUpperCase();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
