import { createHash, type KeyObject, sign } from "node:crypto";
import { sshArmor } from "./armor-writer.ts";

// OpenSSH's formats for an Ed25519 key: the public key (RFC 8709) and the signature (PROTOCOL.sshsig).

const keyType = "ssh-ed25519";
/** Git's namespace for signatures on commits. */
const namespace = "git";
const magic = Buffer.from("SSHSIG");

/** Gives the public key as it goes over the wire. `point`: the 32 bytes of the key. */
export function sshPublicBlob(point: Uint8Array): Buffer {
  return Buffer.concat([counted(keyType), counted(point)]);
}

/** Gives the fingerprint of a public key as ssh-keygen prints it. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** Gives the armored signature over data, as `ssh-keygen -Y sign -n git` makes it. */
export function sshSignature(payload: Uint8Array, blob: Uint8Array, privateKey: KeyObject): string {
  const digest = createHash("sha512").update(payload).digest();
  const context = [counted(namespace), counted(""), counted("sha512")];
  const covered = Buffer.concat([magic, ...context, counted(digest)]);
  const value = Buffer.concat([counted(keyType), counted(sign(null, covered, privateKey))]);
  const version = Buffer.from([0, 0, 0, 1]);
  return sshArmor(Buffer.concat([magic, version, counted(blob), ...context, counted(value)]));
}

function counted(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
