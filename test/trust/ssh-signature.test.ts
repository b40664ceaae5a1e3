import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import { verifySignature } from "../../src/trust/signature.ts";
import type { SignatureResult } from "../../src/trust/signature-result.ts";
import { sshString } from "../../src/trust/ssh-wire.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import { uint32 } from "./forge.ts";
import { sshKeygenVerifies, sshPair } from "./real-keys.ts";

const payload = Buffer.from("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nhello ✓\n");
const other = Buffer.from("something else\n");

function verify(armored: string, keys: readonly PublicKey[], data: Uint8Array = payload): SignatureResult {
  return verifySignature(data, { kind: "ssh", armored }, keys, { now: null });
}

describe("keys that ssh-keygen makes", () => {
  test.each([
    ["ed25519", []],
    ["ecdsa", ["-b", "256"]],
    ["ecdsa", ["-b", "384"]],
    ["ecdsa", ["-b", "521"]],
    ["rsa", ["-b", "2048"]],
    ["rsa", ["-b", "3072"]],
  ])(
    "%s %j: good over the payload, bad over anything else, unknown by another key",
    async (type, options) => {
      const pair = sshPair(type, ...options);
      const key = await parsePublicKey("keys/ada.pub", pair.publicKey);
      expect(key.fingerprint).toBe(pair.fingerprint);
      const stranger = sshPair();
      const strangerKey = await parsePublicKey("keys/eve.pub", stranger.publicKey);
      for (const hash of ["sha256", "sha512"]) {
        const armored = pair.sign(payload, "git", "-O", `hashalg=${hash}`);
        expect(verify(armored, [strangerKey, key])).toEqual({
          status: "good",
          fingerprint: pair.fingerprint,
          time: null,
        });
        expect(pair.verify(payload, armored)).toBe(true);
        expect(verify(armored, [key], other)).toEqual({ status: "bad", why: "it does not match" });
        expect(verify(armored, [strangerKey])).toEqual({ status: "unknown", keyId: pair.fingerprint });
      }
      expect(verify(pair.sign(payload, "file"), [key])).toMatchObject({ status: "bad" });
    },
  );

  test("one changed byte anywhere is never good", async () => {
    for (const pair of [sshPair(), sshPair("ecdsa", "-b", "256")]) {
      const key = await parsePublicKey("keys/ada.pub", pair.publicKey);
      const armored = pair.sign(payload);
      fc.assert(
        fc.property(fc.nat(armored.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
          const bytes = Buffer.from(armored, "latin1");
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          const changed = bytes.toString("latin1");
          const isSame = changed.replace(/\n+$/, "") === armored.replace(/\n+$/, "");
          expect(verify(changed, [key]).status === "good").toBe(isSame);
        }),
        { numRuns: 1000 },
      );
    }
  });
});

// No hardware here: a key in software that signs as a security key does. ssh-keygen is the judge.
interface Token {
  readonly publicKey: Buffer;
  sign(payload: Uint8Array, flags: number, counter: number): string;
}

function token(kind: "ed25519" | "ecdsa", application = "ssh:"): Token {
  const type = kind === "ed25519" ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com";
  const { publicKey, privateKey } =
    kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const point =
    kind === "ed25519"
      ? [sshString(spki.subarray(-32))]
      : [sshString("nistp256"), sshString(spki.subarray(-65))];
  const blob = Buffer.concat([sshString(type), ...point, sshString(application)]);
  const sha256 = (bytes: Uint8Array | string): Buffer => createHash("sha256").update(bytes).digest();
  return {
    publicKey: Buffer.from(`${type} ${blob.toString("base64")} token\n`),
    sign(data, flags, counter) {
      const context = [sshString("git"), sshString(""), sshString("sha512")];
      const digest = sshString(createHash("sha512").update(data).digest());
      const message = Buffer.concat([Buffer.from("SSHSIG"), ...context, digest]);
      const touch = Buffer.concat([Buffer.from([flags]), uint32(counter)]);
      const signed = Buffer.concat([sha256(application), touch, sha256(message)]);
      const value = Buffer.concat([
        sshString(type),
        sshString(rawSignature(signed, privateKey, kind)),
        touch,
      ]);
      const version = Buffer.from([0, 0, 0, 1]);
      const all = Buffer.concat([
        Buffer.from("SSHSIG"),
        version,
        sshString(blob),
        ...context,
        sshString(value),
      ]);
      const lines = all.toString("base64").match(/.{1,70}/g) ?? [];
      return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n");
    },
  };
}

function rawSignature(data: Uint8Array, key: KeyObject, kind: "ed25519" | "ecdsa"): Buffer {
  if (kind === "ed25519") return sign(null, data, key);
  const value = sign("sha256", data, { key, dsaEncoding: "ieee-p1363" });
  return Buffer.concat([positive(value.subarray(0, 32)), positive(value.subarray(32))]);
}

function positive(bytes: Uint8Array): Buffer {
  const rest = Buffer.from(
    bytes.subarray(
      Math.max(
        0,
        bytes.findIndex((byte) => byte !== 0),
      ),
    ),
  );
  return sshString((rest[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), rest]) : rest);
}

describe("keys in hardware", () => {
  test.each(["ed25519", "ecdsa"] as const)("%s: good with a touch, refused without", async (kind) => {
    const made = token(kind);
    const key = await parsePublicKey("keys/ada.pub", made.publicKey);
    const directory = scratchDirectory();
    for (const flags of [0x01, 0x05]) {
      const armored = made.sign(payload, flags, 7);
      expect(verify(armored, [key]).status).toBe("good");
      expect(sshKeygenVerifies(directory, made.publicKey, payload, armored)).toBe(true);
    }
    expect(verify(made.sign(payload, 0x00, 7), [key]).status).toBe("bad");
    expect(verify(made.sign(payload, 0x04, 7), [key]).status).toBe("bad");
    expect(verify(made.sign(other, 0x01, 7), [key]).status).toBe("bad");
  });

  test("flags and counter are part of what is signed", async () => {
    const made = token("ed25519");
    const key = await parsePublicKey("keys/ada.pub", made.publicKey);
    const armored = made.sign(payload, 0x00, 7);
    const bytes = Buffer.from(armored.split("\n").slice(1, -2).join(""), "base64");
    bytes[bytes.length - 5] = 0x01;
    const touched = [
      "-----BEGIN SSH SIGNATURE-----",
      bytes.toString("base64"),
      "-----END SSH SIGNATURE-----",
      "",
    ];
    expect(verify(touched.join("\n"), [key])).toEqual({ status: "bad", why: "it does not match" });
  });
});
