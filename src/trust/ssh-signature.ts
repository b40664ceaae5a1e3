import { createHash } from "node:crypto";
import { MirrorError } from "../base/errors.ts";
import { readArmor } from "./armor.ts";
import { ByteReader } from "./byte-reader.ts";
import type { HashName, KeyMaterial, SignatureEquation } from "./key-material.ts";
import { notMatching, type SignatureReading } from "./signature-result.ts";
import { type SshKey, type SshKeyType, sshFingerprint } from "./ssh-key.ts";
import { readName, readPositive, readString, sshString } from "./ssh-wire.ts";

/** An SSH signature, parsed strictly. */
export interface SshSignature {
  /** The public key it names, as SSH writes it. */
  readonly blob: Uint8Array;
  readonly hash: "sha256" | "sha512";
  readonly algorithm: string;
  /** What follows the algorithm's name. */
  readonly value: Uint8Array;
}

const magic = Buffer.from("SSHSIG", "latin1");
/** What a signature is for: git's, so that one made for anything else is not taken. */
const namespace = "git";
const userPresent = 0x01;

/**
 * Parses an armored SSH signature for git (OpenSSH's PROTOCOL.sshsig): version 1, namespace `git`, SHA-256 or
 * SHA-512. Throws `bad-signature`.
 */
export function parseSshSignature(armored: string): SshSignature {
  const reader = new ByteReader(readArmor(armored, "SSH SIGNATURE", malformed), malformed);
  if (!magic.equals(reader.take(magic.length))) throw malformed("it does not begin with SSHSIG");
  const version = reader.number(4);
  if (version !== 1) throw malformed(`version ${version}, expected 1`);
  const blob = readString(reader);
  const found = readName(reader, malformed);
  if (found !== namespace) throw malformed(`namespace \`${found}\`, expected \`${namespace}\``);
  if (readString(reader).length > 0) throw malformed("its reserved field is not empty");
  const hash = readName(reader, malformed);
  if (hash !== "sha256" && hash !== "sha512")
    throw malformed(`hash \`${hash}\` is not taken, expected sha256 or sha512`);
  const inner = new ByteReader(readString(reader), malformed);
  reader.end();
  const algorithm = readName(inner, malformed);
  return { blob, hash, algorithm, value: inner.take(inner.left) };
}

/** Holds a parsed signature against the keys, all but the mathematics. SSH signatures and keys carry no time. */
export function readSshClaim(
  payload: Uint8Array,
  signature: SshSignature,
  keys: readonly SshKey[],
): SignatureReading {
  const key = keys.find(({ blob }) => Buffer.from(blob).equals(signature.blob));
  if (key === undefined) return { status: "unknown", keyId: sshFingerprint(signature.blob) };
  const signed = Buffer.concat([
    magic,
    sshString(namespace),
    sshString(""),
    sshString(signature.hash),
    sshString(createHash(signature.hash).update(payload).digest()),
  ]);
  const scheme = schemes.get(`${key.type} ${signature.algorithm}`);
  if (scheme === undefined) {
    return { status: "bad", why: `algorithm \`${signature.algorithm}\` is not taken for a ${key.type} key` };
  }
  const equation =
    key.application === null
      ? scheme(key.material, signed, new ByteReader(signature.value, malformed))
      : equationOfHardware(scheme, key.material, key.application, signed, signature.value);
  if (equation === null) return notMatching;
  return { equation, ifItHolds: { status: "good", fingerprint: key.fingerprint, time: null } };
}

/** Reads one algorithm's signature value; null where it cannot match. */
type Scheme = (material: KeyMaterial, data: Uint8Array, value: ByteReader) => SignatureEquation | null;

const schemes: ReadonlyMap<string, Scheme> = new Map(
  (
    [
      ["ssh-ed25519", "ssh-ed25519", ed25519Scheme],
      ["ssh-rsa", "rsa-sha2-256", rsaScheme("sha256")],
      ["ssh-rsa", "rsa-sha2-512", rsaScheme("sha512")],
      ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", ecdsaScheme("sha256")],
      ["ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", ecdsaScheme("sha384")],
      ["ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", ecdsaScheme("sha512")],
      ["sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.com", ed25519Scheme],
      ["sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", ecdsaScheme("sha256")],
    ] satisfies [SshKeyType, string, Scheme][]
  ).map(([type, algorithm, scheme]) => [`${type} ${algorithm}`, scheme]),
);

function ed25519Scheme(material: KeyMaterial, data: Uint8Array, value: ByteReader): SignatureEquation | null {
  const bytes = readString(value);
  value.end();
  if (bytes.length !== 64) return null;
  return { material, hash: null, data, numbers: [bytes.subarray(0, 32), bytes.subarray(32)] };
}

function rsaScheme(hash: HashName): Scheme {
  return (material, data, value) => {
    const number = readString(value);
    value.end();
    return { material, hash, data, numbers: [number] };
  };
}

function ecdsaScheme(hash: HashName): Scheme {
  return (material, data, value) => {
    const numbers = new ByteReader(readString(value), malformed);
    value.end();
    const [r, s] = [readPositive(numbers, malformed), readPositive(numbers, malformed)];
    numbers.end();
    return { material, hash, data, numbers: [r, s] };
  };
}

// A security key signs what it was made for, whether a person touched it, its counter, and then the data
// (OpenSSH's PROTOCOL.u2f). Without the touch, whatever runs on the machine could have asked for it.
function equationOfHardware(
  scheme: Scheme,
  material: KeyMaterial,
  application: string,
  data: Uint8Array,
  value: Uint8Array,
): SignatureEquation | null {
  const flagsAt = value.length - 5;
  if (flagsAt < 0 || ((value[flagsAt] ?? 0) & userPresent) === 0) return null;
  const sha256 = (bytes: Uint8Array | string): Buffer => createHash("sha256").update(bytes).digest();
  const signed = Buffer.concat([sha256(application), value.subarray(flagsAt), sha256(data)]);
  return scheme(material, signed, new ByteReader(value.subarray(0, flagsAt), malformed));
}

function malformed(why: string): MirrorError {
  return new MirrorError("bad-signature", `the SSH signature is refused: ${why}`);
}
