// No copy without this rule is tried: what is asked of an OpenPGP key stands twice, in the OpenPGP library that reads it
// and in the packets that mirror reads beside it, and the library's half cannot be taken out of it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parsePublicKey } from "../../src/trust/keys.ts";
import { verifySignature } from "../../src/trust/signature.ts";
import {
  armor,
  forgeArmored,
  forgeCertificate,
  forgedAt,
  forgeKey,
  forgeSelfSignature,
  forgeSubkey,
  subpacket,
  uint32,
} from "../trust/forge.ts";
import { gpgHome, sshPair } from "../trust/real-keys.ts";

const payload = Buffer.from("hello\n");
const parse = async (bytes: Uint8Array, file = "keys/ada.asc"): Promise<unknown> =>
  await parsePublicKey(file, bytes);

describe("an OpenPGP key file", () => {
  test("a subkey counts only if it signed its primary key in return", async () => {
    const [primary, subkey, thief] = [forgeKey(), forgeKey(), forgeKey()];
    const certify = 0x01;
    const good = forgeCertificate(primary, { flags: certify, more: [forgeSubkey(primary, subkey)] });
    const key = await parsePublicKey("keys/ada.asc", good);
    const verify = (armored: string) =>
      verifySignature(payload, { kind: "openpgp", armored }, [key], { now: null });
    const fingerprint = primary.fingerprint.toString("hex").toUpperCase();
    expect(verify(forgeArmored(subkey, payload))).toMatchObject({ status: "good", fingerprint });
    // The primary key itself may not sign here.
    expect(verify(forgeArmored(primary, payload)).status).toBe("unknown");
    for (const [crossCertifiedBy, why] of [
      [null, "no key in it may sign"],
      [thief, "does not hold"],
    ] as const) {
      const more = [forgeSubkey(primary, subkey, { crossCertifiedBy })];
      await expect(parse(forgeCertificate(primary, { flags: certify, more }))).rejects.toThrow(why);
    }
  });

  test("a subkey that somebody else bound is refused", async () => {
    const [primary, subkey, thief] = [forgeKey(), forgeKey(), forgeKey()];
    const more = [forgeSubkey(thief, subkey, { binding: { issuer: primary.fingerprint } })];
    await expect(parse(forgeCertificate(primary, { more }))).rejects.toThrow(/does not hold/);
  });

  test("an encryption subkey signs nothing", async () => {
    const [primary, subkey] = [forgeKey(), forgeKey()];
    const bytes = forgeCertificate(primary, { more: [forgeSubkey(primary, subkey, { flags: 0x0c })] });
    const key = await parsePublicKey("keys/ada.asc", bytes);
    const armored = forgeArmored(subkey, payload);
    expect(verifySignature(payload, { kind: "openpgp", armored }, [key], { now: null }).status).toBe(
      "unknown",
    );
  });

  test("the newest self-signature decides, and is not passed over if it does not hold", async () => {
    const key = forgeKey();
    const later = { created: forgedAt + 10 };
    const noSign = forgeSelfSignature(key, 0x01, later);
    await expect(parse(forgeCertificate(key, { more: [noSign] }))).rejects.toThrow("no key in it may sign");
    const weak = forgeSelfSignature(key, 0x01, { ...later, hash: 2 });
    await expect(parse(forgeCertificate(key, { more: [weak] }))).rejects.toThrow("too weak");
    const forged = forgeSelfSignature(forgeKey(), 0x03, { ...later, issuer: key.fingerprint });
    await expect(parse(forgeCertificate(key, { more: [forged] }))).rejects.toThrow(/does not hold/);
    const critical = forgeSelfSignature(key, 0x03, { ...later, hashed: [subpacket(100, uint32(0), true)] });
    await expect(parse(forgeCertificate(key, { more: [critical] }))).rejects.toThrow(/critical/);
  });

  test("SHA-1 and MD5 self-signatures are refused", async () => {
    for (const hash of [1, 2] as const) {
      await expect(parse(forgeCertificate(forgeKey(), { self: { hash } }))).rejects.toThrow(/does not hold/);
    }
    const gpg = gpgHome();
    gpg.gpg(
      "--cert-digest-algo",
      "SHA1",
      "--quick-gen-key",
      "Old <old@example.org>",
      "rsa2048",
      "sign",
      "never",
    );
    await expect(parse(gpg.export("old@example.org"))).rejects.toThrow("Insecure hash algorithm: SHA1");
  });

  test("private keys, two certificates, and text around them are refused", async () => {
    const gpg = gpgHome();
    const [ada, bob] = [gpg.makeKey("Ada <ada@example.org>"), gpg.makeKey("Bob <bob@example.org>")];
    await expect(parse(Buffer.from(gpg.gpg("--armor", "--export-secret-keys", ada)))).rejects.toThrow(
      "private key",
    );
    await expect(parse(Buffer.from(gpg.gpg("--armor", "--export", ada, bob)))).rejects.toThrow("exactly one");
    const secret = execFileSync("gpg", ["--batch", "--export-secret-keys", ada], { env: gpg.environment });
    await expect(parse(Buffer.from(armor("PGP PUBLIC KEY BLOCK", secret)))).rejects.toThrow("private key");
    const good = Buffer.from(gpg.export(ada)).toString();
    await expect(parse(Buffer.from(`look:\n${good}`))).rejects.toThrow("does not begin");
    await expect(parse(Buffer.from(good + good))).rejects.toThrow("refused");
    await expect(parse(Buffer.from("hello"))).rejects.toThrow("does not begin");
    await expect(parse(Buffer.from(good), "keys/ada.gpg")).rejects.toThrow(
      "expected a name ending in .asc or .pub",
    );
  });

  test("weak keys are refused", async () => {
    const gpg = gpgHome();
    const small = gpg.makeKey("small <small@example.org>", "rsa1024");
    await expect(parse(gpg.export(small))).rejects.toThrow("1024 bits");
    const dsa = gpg.makeKey("dsa <dsa@example.org>", "dsa2048");
    await expect(parse(gpg.export(dsa))).rejects.toThrow("algorithm 17 is not taken");
  });
});

describe("an SSH key file", () => {
  const pair = sshPair();
  const text = Buffer.from(pair.publicKey).toString();

  test.each([
    ["two keys", text + text],
    ["options before the key", `no-pty ${text}`],
    ["a private key", readFileSync(pair.path, "utf8")],
    ["another type's name", text.replace("ssh-ed25519", "ssh-rsa")],
    ["padding that hides bits", text.replace(/^(ssh-ed25519 \S+)(\S) /, "$1= ")],
    ["a certificate's type", text.replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com")],
    ["nothing", ""],
  ])("%s is refused", async (_, changed) => {
    await expect(parse(Buffer.from(changed), "keys/ada.pub")).rejects.toMatchObject({ code: "bad-key" });
  });

  test("bytes after the key are refused", async () => {
    const [type, blob] = text.split(" ");
    const longer = Buffer.concat([Buffer.from(blob ?? "", "base64"), Buffer.alloc(3)]).toString("base64");
    await expect(parse(Buffer.from(`${type} ${longer}\n`), "keys/ada.pub")).rejects.toThrow(
      "3 bytes too many",
    );
  });

  test("a short RSA key is refused", async () => {
    const small = sshPair("rsa", "-b", "1024");
    await expect(parse(small.publicKey, "keys/ada.pub")).rejects.toThrow("1024 bits");
  });
});
