// TRUST S4: a key that mirror makes for an owner has a passphrase; without one only when that was said.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import * as real from "../../src/signers/owner-key.ts";
import { scratchDirectory, scratchEnvironment } from "../fixtures/scratch-repository.ts";
import { moduleWithout } from "../fixtures/without-rule.ts";

const { makeOwnerKey, openOwnerKey } = real;

const file = "src/signers/owner-key.ts";
const without = (text: string, by: string): Promise<typeof real> =>
  moduleWithout<typeof real>(file, { file, text, by });

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
  const passphrase = "correct horse";
  const { privateKey } = await makeOwnerKey({ ...person, passphrase });
  const stored = "...(key.passphrase === null ? {} : { passphrase: key.passphrase }),";
  const bare = await (await without(stored, "")).makeOwnerKey({ ...person, passphrase });
  // Whoever reads the file signs as the owner.
  const thief = await openOwnerKey(bare.privateKey, async () => null);
  expect(await thief.sign(Buffer.from("x"))).toContain("BEGIN PGP SIGNATURE");
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
  const emptyIsTaken = await without('if (key.passphrase === "") throw', "if (key === null) throw");
  const { privateKey } = await emptyIsTaken.makeOwnerKey({ ...person, passphrase: "" });
  expect((await openOwnerKey(privateKey, async () => null)).hasPassphrase).toBe(false);
});
