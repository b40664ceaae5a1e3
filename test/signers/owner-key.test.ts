import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeOwnerKey, openOwnerKey } from "../../src/signers/owner-key.ts";
import { scratchDirectory, scratchEnvironment, scratchRepository } from "../fixtures/scratch-repository.ts";
import { signedCommitLater } from "./signed-commit.ts";

const person = { name: "Ada Test", email: "ada@example.org", now: new Date("2026-01-01T00:00:00Z") };

/** A home of gpg that knows one public key. */
function gpgHome(publicKey: string): { home: string; gpg: (...args: string[]) => string } {
  const home = join(scratchDirectory(), "g");
  mkdirSync(home, { mode: 0o700 });
  const env = { ...scratchEnvironment(home), GNUPGHOME: home };
  const gpg = (...args: string[]): string =>
    execFileSync("gpg", ["--batch", "--no-autostart", ...args], { env, encoding: "utf8", stdio: "pipe" });
  const file = join(home, "key.asc");
  writeFileSync(file, publicKey);
  gpg("--import", file);
  return { home, gpg };
}

test("a new key signs commits that stock git and gpg verify", async () => {
  const made = await makeOwnerKey({ ...person, passphrase: "a long passphrase" });
  expect(made.fingerprint).toMatch(/^[0-9A-F]{40}$/);
  const signer = await openOwnerKey(made.privateKey, async () => "a long passphrase");
  expect(signer).toMatchObject({ kind: "openpgp", fingerprint: made.fingerprint, hasPassphrase: true });
  expect(Buffer.from(signer.publicKey.bytes).toString()).toBe(made.publicKey);
  expect(signer.description).toContain("Ada Test <ada@example.org>");

  const { home, gpg } = gpgHome(made.publicKey);
  expect(gpg("--with-colons", "--list-keys")).toMatch(/^pub:-:255:22:/m);
  const repository = scratchRepository();
  const commit = await signedCommitLater(repository, signer.sign);
  const run = { environment: { GNUPGHOME: home } };
  repository.gitWith(run, "verify-commit", commit);
  expect(repository.gitWith(run, "log", "-1", "--format=%GF", commit)).toBe(made.fingerprint);
});

test("a payload that is not text is signed as it is", async () => {
  const made = await makeOwnerKey({ ...person, passphrase: null });
  const signer = await openOwnerKey(made.privateKey, async () => null);
  expect(signer.hasPassphrase).toBe(false);
  const { home, gpg } = gpgHome(made.publicKey);
  const payload = Buffer.from([0, 255, 13, 10, 10, 13, 0]);
  writeFileSync(join(home, "p"), payload);
  writeFileSync(join(home, "p.asc"), await signer.sign(payload));
  expect(gpg("--status-fd=1", "--verify", join(home, "p.asc"), join(home, "p"))).toContain("GOODSIG");
});

test("a passphrase is asked for once, and a wrong one may be tried again", async () => {
  const made = await makeOwnerKey({ ...person, passphrase: "right" });
  const answers = [null, "wrong", "right"];
  let asked = 0;
  const signer = await openOwnerKey(made.privateKey, async () => answers[asked++] ?? null);
  const payload = Buffer.from("payload");
  await expect(signer.sign(payload)).rejects.toMatchObject({ code: "passphrase-needed", data: {} });
  await expect(signer.sign(payload)).rejects.toMatchObject({
    code: "passphrase-needed",
    data: { wrong: true },
  });
  await signer.sign(payload);
  await signer.sign(payload);
  expect(asked).toBe(3);
});

test("a text that is no private key is refused", async () => {
  await expect(openOwnerKey("nothing", async () => null)).rejects.toMatchObject({ code: "bad-key" });
  const { publicKey } = await makeOwnerKey({ ...person, passphrase: null });
  await expect(openOwnerKey(publicKey, async () => null)).rejects.toMatchObject({ code: "bad-key" });
});
