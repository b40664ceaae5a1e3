// TRUST S4: a key that mirror makes for an owner has a passphrase; without one only when that was said.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { makeOwnerKey, openOwnerKey } from "../../src/signers/owner-key.ts";
import { scratchDirectory, scratchEnvironment } from "../fixtures/scratch-repository.ts";

const person = { name: "Ada", email: "ada@example.org", now: new Date("2026-01-01T00:00:00Z") };

function packets(armored: string): string {
  const env = scratchEnvironment(scratchDirectory());
  return execFileSync("gpg", ["--batch", "--no-autostart", "--list-packets"], {
    env: { ...env, GNUPGHOME: env["HOME"] ?? "" },
    input: armored,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
}

test("the private key is stored encrypted under a slow function of the passphrase", async () => {
  const { privateKey } = await makeOwnerKey({ ...person, passphrase: "correct horse" });
  expect(packets(privateKey)).toMatch(/iter\+salt S2K, algo: 9.*SHA1 protection|encrypted stuff follows/s);
  expect((await openOwnerKey(privateKey, async () => null)).hasPassphrase).toBe(true);
});

test("nobody to ask: no signature, and the passphrase is not guessed to be empty", async () => {
  const { privateKey } = await makeOwnerKey({ ...person, passphrase: "correct horse" });
  for (const answer of [null, ""]) {
    const signer = await openOwnerKey(privateKey, async () => answer);
    await expect(signer.sign(Buffer.from("x"))).rejects.toMatchObject({ code: "passphrase-needed" });
  }
});

test("a key without a passphrase says so", async () => {
  const { privateKey } = await makeOwnerKey({ ...person, passphrase: null });
  expect((await openOwnerKey(privateKey, async () => null)).hasPassphrase).toBe(false);
});

test("an empty passphrase is none, and is refused rather than made into a bare key", async () => {
  await expect(makeOwnerKey({ ...person, passphrase: "" })).rejects.toMatchObject({
    code: "passphrase-needed",
  });
});
