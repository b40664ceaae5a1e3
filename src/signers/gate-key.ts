import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import { readArmor } from "../trust/armor.ts";
import { ByteReader } from "../trust/byte-reader.ts";
import { certificate, detachedSignature, keyFingerprint, publicKeyBody } from "./gate-openpgp.ts";
import type { ImmediateSigner, SignerPublicKey } from "./signer.ts";
import { sshFingerprint, sshPublicBlob, sshSignature } from "./ssh-format.ts";

/** A new gate key. */
export interface GateKey {
  /** PKCS #8, unencrypted: the gate signs without a person. The caller keeps it where nobody else may read. */
  readonly privatePem: string;
  readonly publicKey: SignerPublicKey;
}

/** Makes an Ed25519 key for the gate `id`, as an OpenPGP or an SSH one. */
export function makeGateKey(kind: "openpgp" | "ssh", id: string, now: Date): GateKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const privatePem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const created = Math.floor(now.getTime() / 1_000);
  const publicKey = kind === "openpgp" ? openPgpKey(privateKey, id, created) : sshKey(privateKey, id);
  return { privatePem, publicKey };
}

/**
 * Opens a gate key to sign with: 0.1 ms a signature, in this process. `publicFile` is the key's file in the
 * policy set; its form says whether OpenPGP or SSH signatures are made. `clock` gives the time an OpenPGP
 * signature carries where the caller names none. Throws `bad-key` if the two are no pair.
 */
export function openGateSigner(privatePem: string, publicFile: Uint8Array, clock: Clock): ImmediateSigner {
  const privateKey = readPrivateKey(privatePem);
  const text = Buffer.from(publicFile).toString("utf8");
  return text.startsWith("ssh-")
    ? openSsh(privateKey, publicFile, text, clock)
    : openOpenPgp(privateKey, publicFile, text, clock);
}

function openOpenPgp(
  privateKey: KeyObject,
  publicFile: Uint8Array,
  text: string,
  clock: Clock,
): ImmediateSigner {
  const body = firstKeyBody(text);
  const created = Buffer.from(body).readUInt32BE(1);
  if (!publicKeyBody(pointOf(privateKey), created).equals(body)) throw noPair();
  const fingerprint = keyFingerprint(body).toString("hex").toUpperCase();
  const signNow = (payload: Uint8Array, at: number): string =>
    detachedSignature(payload, body, privateKey, Math.max(Math.floor(at / 1_000), created));
  return immediate("openpgp", { extension: ".asc", fingerprint, bytes: publicFile }, signNow, clock);
}

function openSsh(privateKey: KeyObject, publicFile: Uint8Array, text: string, clock: Clock): ImmediateSigner {
  const blob = sshPublicBlob(pointOf(privateKey));
  if (text.split(/\s/)[1] !== blob.toString("base64")) throw noPair();
  const signNow = (payload: Uint8Array): string => sshSignature(payload, blob, privateKey);
  return immediate(
    "ssh",
    { extension: ".pub", fingerprint: sshFingerprint(blob), bytes: publicFile },
    signNow,
    clock,
  );
}

function immediate(
  kind: "openpgp" | "ssh",
  publicKey: SignerPublicKey,
  signNow: (payload: Uint8Array, at: number) => string,
  clock: Clock,
): ImmediateSigner {
  const { fingerprint } = publicKey;
  const sign = async (payload: Uint8Array): Promise<string> => signNow(payload, clock());
  return { kind, fingerprint, publicKey, description: `gate key ${fingerprint}`, sign, signNow };
}

function openPgpKey(privateKey: KeyObject, id: string, created: number): SignerPublicKey {
  const body = publicKeyBody(pointOf(privateKey), created);
  return {
    extension: ".asc",
    fingerprint: keyFingerprint(body).toString("hex").toUpperCase(),
    bytes: Buffer.from(certificate(body, privateKey, `mirror gate ${id}`, created)),
  };
}

function sshKey(privateKey: KeyObject, id: string): SignerPublicKey {
  const blob = sshPublicBlob(pointOf(privateKey));
  return {
    extension: ".pub",
    fingerprint: sshFingerprint(blob),
    bytes: Buffer.from(`ssh-ed25519 ${blob.toString("base64")} mirror-gate-${id}\n`),
  };
}

function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    // OpenSSL's refusals have no type of their own; there is nothing else here that could fail.
    throw new MirrorError("bad-key", "the gate's private key is no PKCS #8 key in PEM", { cause });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new MirrorError("bad-key", `the gate's private key is ${key.asymmetricKeyType}, expected ed25519`);
}

function pointOf(privateKey: KeyObject): Buffer {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return Buffer.from(x ?? "", "base64url");
}

/** Gives the body of the key packet that a certificate of ours begins with. */
function firstKeyBody(armored: string): Uint8Array {
  const refuse = (why: string): MirrorError =>
    new MirrorError("bad-key", `the gate's public key file is malformed: ${why}`);
  const reader = new ByteReader(readArmor(armored, "PGP PUBLIC KEY BLOCK", refuse), refuse);
  const tag = reader.number(1);
  if (tag !== 0xc6) throw refuse("it does not begin with a key packet as mirror writes it");
  const body = reader.counted(1);
  if (body.length < 5) throw refuse("its key packet is too short");
  return body;
}

function noPair(): MirrorError {
  return new MirrorError("bad-key", "the gate's private key and its public key file are no pair");
}
