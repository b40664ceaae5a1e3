import { createHash } from "node:crypto";
import { errorText, isMirrorError, MirrorError } from "../base/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import {
  type EcCurve,
  ecdsaMaterial,
  ed25519Material,
  type KeyMaterial,
  rsaMaterial,
} from "./key-material.ts";
import { readName, readPositive, readString } from "./ssh-wire.ts";

/** Kinds of SSH key that mirror verifies. The `sk-` ones live in hardware. */
export type SshKeyType =
  | "ssh-ed25519"
  | "ssh-rsa"
  | "ecdsa-sha2-nistp256"
  | "ecdsa-sha2-nistp384"
  | "ecdsa-sha2-nistp521"
  | "sk-ssh-ed25519@openssh.com"
  | "sk-ecdsa-sha2-nistp256@openssh.com";

/** One SSH public key. */
export interface SshKey {
  readonly kind: "ssh";
  readonly file: string;
  /** `SHA256:…` as ssh-keygen prints it. */
  readonly fingerprint: string;
  readonly type: SshKeyType;
  /** The key as SSH writes it: what a signature must name, byte for byte. */
  readonly blob: Uint8Array;
  readonly material: KeyMaterial;
  /** What the hardware key was made for (`ssh:`); null for other keys. */
  readonly application: string | null;
}

const keyLine = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\n]*)?\n?$/;

/** Parses a file with exactly one SSH public key on one line: type, base64, comment. Throws `bad-key`. */
export function parseSshKey(file: string, bytes: Uint8Array): SshKey {
  const refuse = (why: string, cause?: unknown): MirrorError =>
    new MirrorError("bad-key", `key file \`${file}\` is refused: ${why}`, {
      cause,
      hint: "give the one line of a public key, as `ssh-keygen -y -f <private key>` prints it",
    });
  const text = Buffer.from(bytes).toString("utf8");
  if (text.includes("PRIVATE KEY")) throw refuse("it holds a private key");
  const line = keyLine.exec(text);
  if (line === null) throw refuse("it is not one line with one public key");
  const blob = Buffer.from(line[2] ?? "", "base64");
  if (blob.toString("base64") !== line[2]) throw refuse("its base64 is malformed");
  try {
    const reader = new ByteReader(blob, (why) => new MirrorError("bad-key", why));
    const key = readKey(reader, line[1] ?? "");
    reader.end();
    return { kind: "ssh", file, fingerprint: sshFingerprint(blob), blob, ...key };
  } catch (error) {
    if (isMirrorError(error, "bad-key")) throw refuse(errorText(error), error);
    throw error;
  }
}

/** Gives the fingerprint of an SSH key blob as ssh-keygen prints it: `SHA256:` and base64 without padding. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

function readKey(reader: ByteReader, type: string): Pick<SshKey, "type" | "material" | "application"> {
  const refuse = (why: string): MirrorError => new MirrorError("bad-key", why);
  if (readName(reader, refuse) !== type) throw refuse("its two type names differ");
  const application = (): string => readName(reader, refuse);
  switch (type) {
    case "ssh-ed25519":
      return { type, material: ed25519Material(readString(reader)), application: null };
    case "ssh-rsa": {
      const exponent = readPositive(reader, refuse);
      return { type, material: rsaMaterial(readPositive(reader, refuse), exponent), application: null };
    }
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
      return { type, material: readPoint(reader, type.slice(11)), application: null };
    case "sk-ssh-ed25519@openssh.com":
      return { type, material: ed25519Material(readString(reader)), application: application() };
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      return { type, material: readPoint(reader, "nistp256"), application: application() };
    default:
      throw refuse(`key type \`${type}\` is not taken, expected Ed25519, ECDSA or RSA`);
  }
}

const curves: ReadonlyMap<string, EcCurve> = new Map([
  ["nistp256", "P-256"],
  ["nistp384", "P-384"],
  ["nistp521", "P-521"],
]);

function readPoint(reader: ByteReader, name: string): KeyMaterial {
  const curve = curves.get(name);
  const found = Buffer.from(readString(reader)).toString("latin1");
  if (curve === undefined || found !== name) throw new MirrorError("bad-key", "its curve is not its type's");
  return ecdsaMaterial(curve, readString(reader));
}
