import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import { verifySignature } from "../../src/trust/signature.ts";
import { sshString } from "../../src/trust/ssh-wire.ts";
import { type SshPair, sshPair } from "../trust/real-keys.ts";

// Only SSHSIG version 1 for git, SHA-2, and an algorithm that belongs to the key.
const payload = Buffer.from("hello\n");
let pair: SshPair;
let key: PublicKey;
let blob: Buffer;
let pem: string;

beforeAll(async () => {
  pair = sshPair("rsa", "-b", "2048");
  key = await parsePublicKey("keys/ada.pub", pair.publicKey);
  blob = Buffer.from(Buffer.from(pair.publicKey).toString().split(" ")[1] ?? "", "base64");
  execFileSync("ssh-keygen", ["-p", "-q", "-m", "PEM", "-N", "", "-P", "", "-f", pair.path]);
  pem = readFileSync(pair.path, "utf8");
});

interface Forgery {
  readonly magic?: string;
  readonly version?: number;
  readonly namespace?: string;
  readonly reserved?: string;
  readonly hash?: string;
  readonly algorithm?: string;
  readonly rsaHash?: string;
  readonly after?: Buffer;
  readonly afterValue?: Buffer;
}

function forge(spec: Forgery = {}): string {
  const {
    magic = "SSHSIG",
    namespace = "git",
    reserved = "",
    hash = "sha512",
    algorithm = "rsa-sha2-512",
  } = spec;
  const context = [sshString(namespace), sshString(reserved), sshString(hash)];
  const digest = createHash(hash).update(payload).digest();
  const data = Buffer.concat([Buffer.from("SSHSIG"), ...context, sshString(digest)]);
  const value = sign(spec.rsaHash ?? "sha512", data, createPrivateKey(pem));
  const inner = Buffer.concat([sshString(algorithm), sshString(value), spec.afterValue ?? Buffer.alloc(0)]);
  const bytes = Buffer.concat([
    Buffer.from(magic),
    Buffer.from([0, 0, 0, spec.version ?? 1]),
    sshString(blob),
    ...context,
    sshString(inner),
    spec.after ?? Buffer.alloc(0),
  ]);
  return ["-----BEGIN SSH SIGNATURE-----", bytes.toString("base64"), "-----END SSH SIGNATURE-----", ""].join(
    "\n",
  );
}

function judge(armored: string): string {
  const result = verifySignature(payload, { kind: "ssh", armored }, [key], { now: null });
  return result.status === "bad" ? result.why : result.status;
}

test("the forger's plain signature is good", () => {
  expect(judge(forge())).toBe("good");
  expect(judge(forge({ algorithm: "rsa-sha2-256", rsaHash: "sha256", hash: "sha256" }))).toBe("good");
});

test.each([
  ["SHA-1 with RSA", { algorithm: "ssh-rsa", rsaHash: "sha1" }, "algorithm `ssh-rsa` is not taken"],
  ["another key type's algorithm", { algorithm: "ssh-ed25519" }, "algorithm `ssh-ed25519` is not taken"],
  ["an algorithm's wrong name", { algorithm: "rsa-sha2-256" }, "does not match"],
  ["a signature for files", { namespace: "file" }, "namespace `file`, expected `git`"],
  ["a signature for nothing", { namespace: "" }, "namespace ``, expected `git`"],
  ["a reserved field that is used", { reserved: "x" }, "its reserved field is not empty"],
  ["a SHA-1 digest", { hash: "sha1" }, "hash `sha1` is not taken"],
  ["a SHA-384 digest", { hash: "sha384" }, "hash `sha384` is not taken"],
  ["version 2", { version: 2 }, "version 2, expected 1"],
  ["another format", { magic: "SSHFOO" }, "does not begin with SSHSIG"],
  ["bytes after it", { after: Buffer.from([0]) }, "1 bytes too many"],
  ["bytes after its value", { afterValue: Buffer.from([0]) }, "1 bytes too many"],
] as const)("%s is refused", (_, spec, why) => {
  expect(judge(forge(spec))).toContain(why);
});
