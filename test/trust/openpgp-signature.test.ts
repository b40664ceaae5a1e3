import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import { verifySignature } from "../../src/trust/signature.ts";
import type { SignatureResult } from "../../src/trust/signature-result.ts";
import { type GpgHome, gpgHome } from "./real-keys.ts";

const payload = Buffer.from("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nhello ✓\n");
const other = Buffer.from("something else\n");

function verify(
  armored: string,
  keys: readonly PublicKey[],
  data: Uint8Array = payload,
  now: number | null = null,
): SignatureResult {
  return verifySignature(data, { kind: "openpgp", armored }, keys, { now });
}

describe("keys that openpgp.js makes", () => {
  test.each([
    { type: "ecc", curve: "ed25519Legacy" },
    { type: "curve25519" },
    { type: "ecc", curve: "nistP256" },
    { type: "rsa", rsaBits: 2048 },
  ] as const)("%o: good here and there, bad here and there", async (kind) => {
    const openpgp = await import("openpgp");
    const userIDs = [{ name: "Ada", email: "ada@example.org" }];
    const { publicKey, privateKey } = await openpgp.generateKey({ ...kind, userIDs, format: "object" });
    const key = await parsePublicKey("keys/ada.asc", Buffer.from(publicKey.armor()));
    expect(key.fingerprint).toBe(publicKey.getFingerprint().toUpperCase());
    const message = await openpgp.createMessage({ binary: payload });
    const armored = await openpgp.sign({ message, signingKeys: privateKey, detached: true });
    const text = armored.replaceAll("\r\n", "\n");
    expect(verify(text, [key])).toMatchObject({ status: "good", fingerprint: key.fingerprint });
    expect(verify(text, [key], other)).toEqual({ status: "bad", why: "it does not match" });
  });
});

describe("keys that gpg makes", () => {
  let gpg: GpgHome;
  beforeAll(() => {
    gpg = gpgHome();
  });

  // gpg itself refuses a digest shorter than its curve.
  test.each([
    ["ed25519", ["SHA256", "SHA384", "SHA512"]],
    ["rsa2048", ["SHA256", "SHA384", "SHA512"]],
    ["rsa3072", ["SHA512"]],
    ["nistp256", ["SHA256", "SHA512"]],
    ["nistp384", ["SHA384", "SHA512"]],
    ["nistp521", ["SHA512"]],
  ])(
    "%s %j: good over the payload, bad over anything else, unknown by another key",
    async (algorithm, digests) => {
      const fingerprint = gpg.makeKey(`${algorithm} <${algorithm}@example.org>`, algorithm);
      const key = await parsePublicKey("keys/ada.asc", gpg.export(fingerprint));
      expect(key.fingerprint).toBe(fingerprint);
      const stranger = gpg.makeKey(`not ${algorithm} <x@example.org>`);
      const strangerKey = await parsePublicKey("keys/eve.asc", gpg.export(stranger));
      for (const digest of digests) {
        const armored = gpg.sign(payload, fingerprint, "--digest-algo", digest);
        expect(verify(armored, [strangerKey, key])).toMatchObject({ status: "good", fingerprint });
        expect(verify(armored, [key], other)).toEqual({ status: "bad", why: "it does not match" });
        expect(verify(armored, [strangerKey])).toEqual({ status: "unknown", keyId: fingerprint });
      }
    },
  );

  test("a signing subkey signs for its primary key", async () => {
    const primary = gpg.makeKey("sub <sub@example.org>", "rsa2048", "cert");
    gpg.gpg("--quick-add-key", primary, "ed25519", "sign", "never");
    gpg.gpg("--quick-add-key", primary, "cv25519", "encr", "never");
    const key = await parsePublicKey("keys/ada.asc", gpg.export(primary));
    expect(key.kind === "openpgp" && key.signingKeys.length).toBe(1);
    const armored = gpg.sign(payload, primary);
    expect(verify(armored, [key])).toMatchObject({ status: "good", fingerprint: primary });
  });

  test("a certificate that may not sign is refused", async () => {
    const primary = gpg.makeKey("cert <cert@example.org>", "ed25519", "cert");
    await expect(parsePublicKey("keys/ada.asc", gpg.export(primary))).rejects.toThrow(
      "no key in it may sign",
    );
  });

  test("the time of the signature is held to the clock, with five minutes of grace", async () => {
    const fingerprint = gpg.makeKey("time <time@example.org>");
    const key = await parsePublicKey("keys/ada.asc", gpg.export(fingerprint));
    const armored = gpg.sign(payload, fingerprint);
    const result = verify(armored, [key]);
    const time = result.status === "good" ? (result.time ?? 0) : 0;
    expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(120);
    expect(verify(armored, [key], payload, (time - 300) * 1000).status).toBe("good");
    expect(verify(armored, [key], payload, (time - 301) * 1000)).toEqual({
      status: "bad",
      why: expect.stringMatching(/^it was made in the future: signed \d{4}-.*Z, now \d{4}-.*Z$/),
    });
  });

  test("one changed byte anywhere is never good", async () => {
    const fingerprint = gpg.makeKey("flip <flip@example.org>");
    const key = await parsePublicKey("keys/ada.asc", gpg.export(fingerprint));
    const armored = gpg.sign(payload, fingerprint);
    fc.assert(
      fc.property(fc.nat(armored.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = Buffer.from(armored, "latin1");
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const changed = bytes.toString("latin1");
        const isSame = changed.replace(/\n+$/, "") === armored.replace(/\n+$/, "");
        expect(verify(changed, [key]).status === "good").toBe(isSame);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.nat(payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = Buffer.from(payload);
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        expect(verify(armored, [key], bytes).status).toBe("bad");
      }),
      { numRuns: 100 },
    );
  });
});
