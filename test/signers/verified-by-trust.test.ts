import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findGit } from "../../src/git/find-git.ts";
import { makeGateKey, openGateSigner } from "../../src/signers/gate-key.ts";
import { makeOwnerKey, openOwnerKey } from "../../src/signers/owner-key.ts";
import { findOwnerSigner } from "../../src/signers/owner-signer.ts";
import type { CommitSigner } from "../../src/signers/signer.ts";
import { type PublicKey, parsePublicKey } from "../../src/trust/keys.ts";
import { verifySignature } from "../../src/trust/signature.ts";
import { scratchRepository } from "../fixtures/scratch-repository.ts";

const made = new Date("2026-01-01T00:00:00Z");
const now = made.getTime() + 3_600_000;

/** Every kind of signer there is, by name. */
const signers = new Map<string, () => Promise<CommitSigner>>([
  ["a gate's OpenPGP key", () => gate("openpgp")],
  ["a gate's SSH key", () => gate("ssh")],
  ["an owner key that mirror made", ownKey],
  ["a person's gpg", () => fromGit(`[user]\n\tsigningKey = ada@example.org\n`)],
  ["a person's ssh-keygen", () => fromGit(`[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ~/id_rsa\n`)],
]);

const person = scratchRepository();

beforeAll(() => {
  mkdirSync(person.environment["GNUPGHOME"] ?? "", { mode: 0o700 });
  const quick = ["--quick-generate-key", "Ada <ada@example.org>", "rsa2048", "sign", "never"];
  const gpg = ["--batch", "--pinentry-mode", "loopback", "--passphrase", "", ...quick];
  execFileSync("gpg", gpg, { env: person.environment, stdio: "pipe" });
  execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", join(person.home, "id_rsa")]);
});

afterAll(() => {
  execFileSync("gpgconf", ["--kill", "all"], { env: person.environment });
});

describe.each([...signers])("%s", (_, open) => {
  test("signs what trust calls good, under the fingerprint it says", async () => {
    const signer = await open();
    const { extension, fingerprint, bytes } = signer.publicKey;
    const key = await parsePublicKey(`keys/x${extension}`, bytes);
    expect(key.fingerprint).toBe(fingerprint);
    const payload = Buffer.from("tree 0\nauthor Ü\n\nmessage\r\n\n");
    expect(await verify(signer, payload, payload, key)).toMatchObject({ status: "good", fingerprint });
    expect(
      await verify(signer, payload, Buffer.from(payload.toString().replace("0", "1")), key),
    ).toMatchObject({
      status: "bad",
    });
  });
});

describe.each(["openpgp", "ssh"] as const)("for any payload, a gate's %s signature", (kind) => {
  test("is good, and bad once a bit is flipped", async () => {
    const signer = await gate(kind);
    const key = await parsePublicKey(`keys/x${signer.publicKey.extension}`, signer.publicKey.bytes);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1 }), fc.nat(), async (payload, place) => {
        expect(await verify(signer, payload, payload, key)).toMatchObject({ status: "good" });
        const changed = Uint8Array.from(payload);
        const at = place % payload.length;
        changed[at] = (changed[at] ?? 0) ^ (1 << (place & 7));
        expect(await verify(signer, payload, changed, key)).toMatchObject({ status: "bad" });
      }),
    );
  });
});

async function verify(
  signer: CommitSigner,
  signed: Uint8Array,
  seen: Uint8Array,
  key: PublicKey,
): Promise<unknown> {
  const armored = await signer.sign(signed);
  return verifySignature(seen, { kind: signer.kind, armored }, [key], { now: null });
}

async function gate(kind: "openpgp" | "ssh"): Promise<CommitSigner> {
  const key = makeGateKey(kind, "g", made);
  return openGateSigner(key.privatePem, key.publicKey.bytes, () => now);
}

async function ownKey(): Promise<CommitSigner> {
  const { privateKey } = await makeOwnerKey({
    name: "Ada",
    email: "a@b.example",
    passphrase: null,
    now: made,
  });
  return await openOwnerKey(privateKey, async () => null);
}

async function fromGit(config: string): Promise<CommitSigner> {
  writeFileSync(join(person.home, ".gitconfig"), config);
  const git = findGit(process.env["PATH"] ?? "");
  const signer = await findOwnerSigner(git, person.environment, person.directory);
  if (signer === null) throw new Error("no signer");
  return signer;
}
