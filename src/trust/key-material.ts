import { createPublicKey, type JsonWebKeyInput, type KeyObject, verify } from "node:crypto";
import { sha256 } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";

export type HashName = "sha1" | "sha256" | "sha384" | "sha512";

export type EcCurve = "P-256" | "P-384" | "P-521";

/** A public key as mathematics: what OpenPGP and SSH keys have in common. */
export interface KeyMaterial {
  readonly kind: "ed25519" | "ecdsa" | "rsa";
  readonly key: KeyObject;
  /** Bytes of one number in a signature: a coordinate, or the modulus. */
  readonly size: number;
  /** SHA-256 of the key itself, the same in whatever file it stands: by this no two people share one key. */
  readonly id: string;
}

const coordinateBytes: Readonly<Record<EcCurve, number>> = { "P-256": 32, "P-384": 48, "P-521": 66 };

/** Bits of the RSA moduli that are taken: below, too weak; above, OpenSSL does not verify. */
const modulusBits = { least: 2048, most: 16384 } as const;

/** Takes the 32 bytes of an Ed25519 public key. Throws `bad-key`. */
export function ed25519Material(point: Uint8Array): KeyMaterial {
  if (point.length !== 32)
    throw new MirrorError("bad-key", `an Ed25519 key has ${point.length} bytes, expected 32`);
  return material("ed25519", { kty: "OKP", crv: "Ed25519", x: base64url(point) }, 32);
}

/** Takes an uncompressed point (0x04, x, y) on a NIST curve. Throws `bad-key`, also for one off the curve. */
export function ecdsaMaterial(curve: EcCurve, point: Uint8Array): KeyMaterial {
  const size = coordinateBytes[curve];
  if (point.length !== 1 + 2 * size || point[0] !== 4) {
    throw new MirrorError("bad-key", `a ${curve} key is not an uncompressed point`);
  }
  const [x, y] = [base64url(point.subarray(1, 1 + size)), base64url(point.subarray(1 + size))];
  return material("ecdsa", { kty: "EC", crv: curve, x, y }, size);
}

/** Takes modulus and exponent, big-endian, without leading zeros. Throws `bad-key`, also for a modulus too short. */
export function rsaMaterial(modulus: Uint8Array, exponent: Uint8Array): KeyMaterial {
  if (modulus[0] === 0 || exponent[0] === 0) throw new MirrorError("bad-key", "an RSA key has leading zeros");
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  if (bits < modulusBits.least || bits > modulusBits.most) {
    const expected = `expected ${modulusBits.least} to ${modulusBits.most}`;
    throw new MirrorError("bad-key", `an RSA key has ${bits} bits, ${expected}`);
  }
  return material("rsa", { kty: "RSA", n: base64url(modulus), e: base64url(exponent) }, modulus.length);
}

/**
 * What a signature comes down to once its format is taken apart: that `numbers` were made over `data` with the
 * secret half of `material`. `numbers` are r and s (Ed25519, ECDSA) or the one RSA value (PKCS #1 v1.5),
 * big-endian as the format stores them; leading zeros may be missing.
 */
export interface SignatureEquation {
  readonly material: KeyMaterial;
  /** Null: the algorithm hashes by itself. */
  readonly hash: HashName | null;
  readonly data: Uint8Array;
  readonly numbers: readonly Uint8Array[];
}

/** Tells whether it holds. */
export function holds(equation: SignatureEquation): boolean {
  const signature = openSslSignature(equation);
  if (signature === null) return false;
  const key = { key: equation.material.key, dsaEncoding: "ieee-p1363" } as const;
  return verify(equation.hash, equation.data, key, signature);
}

/** The numbers as OpenSSL takes them, one after the other in full length; null if they are none of this key's. */
export function openSslSignature({ material, numbers }: SignatureEquation): Uint8Array | null {
  if (numbers.length !== (material.kind === "rsa" ? 1 : 2)) return null;
  if (numbers.some((number) => number.length > material.size)) return null;
  const bytes = new Uint8Array(numbers.length * material.size);
  for (const [index, number] of numbers.entries()) {
    bytes.set(number, (index + 1) * material.size - number.length);
  }
  return bytes;
}

function material(kind: KeyMaterial["kind"], key: JsonWebKeyInput["key"], size: number): KeyMaterial {
  try {
    const object = createPublicKey({ key, format: "jwk" });
    return { kind, key: object, size, id: sha256(object.export({ type: "spki", format: "der" })) };
  } catch (cause) {
    // OpenSSL's refusals have no type of their own; there is nothing else here that could fail.
    throw new MirrorError("bad-key", `a key is no ${kind} public key`, { cause });
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
