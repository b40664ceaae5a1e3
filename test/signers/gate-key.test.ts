import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMirrorError } from "../../src/base/errors.ts";
import { makeGateKey, openGateSigner } from "../../src/signers/gate-key.ts";
import { scratchDirectory, scratchEnvironment, scratchRepository } from "../fixtures/scratch-repository.ts";
import { signedCommit } from "./signed-commit.ts";

const now = new Date("2026-01-01T00:00:00Z");
const clock = (): number => now.getTime() + 60_000;

describe("a gate's OpenPGP key", () => {
  const key = makeGateKey("openpgp", "ada-laptop-1f2e", now);
  const signer = openGateSigner(key.privatePem, key.publicKey.bytes, clock);

  test("is named by the same fingerprint everywhere", () => {
    expect(key.publicKey.fingerprint).toMatch(/^[0-9A-F]{40}$/);
    expect(signer.fingerprint).toBe(key.publicKey.fingerprint);
    expect(signer.publicKey).toEqual(key.publicKey);
  });

  test("gpg takes the certificate and verifies signatures over any bytes", () => {
    const gpg = keyring(key.publicKey.bytes);
    const listing = gpg("--with-colons", "--list-keys");
    expect(listing).toContain(key.publicKey.fingerprint);
    expect(listing).toContain("mirror gate ada-laptop-1f2e");
    const directory = scratchDirectory();
    for (const payload of [Buffer.alloc(0), Buffer.from("a\r\n\0b\n"), Buffer.alloc(100_000, 7)]) {
      writeFileSync(join(directory, "data"), payload);
      writeFileSync(join(directory, "data.asc"), signer.signNow(payload, clock()));
      const said = gpg("--status-fd=1", "--verify", join(directory, "data.asc"), join(directory, "data"));
      expect(said).toContain(`VALIDSIG ${key.publicKey.fingerprint} 2026-01-01`);
    }
  });

  test("stock git verifies a commit it signs", () => {
    const repository = scratchRepository();
    const home = keyringHome(key.publicKey.bytes);
    const commit = signedCommit(repository, (payload) => signer.signNow(payload, clock()));
    const said = repository.gitWith(
      { environment: { GNUPGHOME: home } },
      "log",
      "-1",
      "--format=%G? %GF",
      commit,
    );
    expect(said).toBe(`U ${key.publicKey.fingerprint}`);
    repository.gitWith({ environment: { GNUPGHOME: home } }, "verify-commit", commit);
    repository.git("fsck", "--strict");
  });
});

describe("a gate's SSH key", () => {
  const key = makeGateKey("ssh", "ada-laptop-1f2e", now);
  const signer = openGateSigner(key.privatePem, key.publicKey.bytes, clock);

  test("is named as ssh-keygen names it", () => {
    const file = join(scratchDirectory(), "gate.pub");
    writeFileSync(file, key.publicKey.bytes);
    const said = execFileSync("ssh-keygen", ["-l", "-f", file], { encoding: "utf8" });
    expect(said).toContain(key.publicKey.fingerprint);
    expect(signer.fingerprint).toBe(key.publicKey.fingerprint);
  });

  test("ssh-keygen and stock git verify a commit it signs", () => {
    const repository = scratchRepository();
    const allowed = join(repository.home, "allowed");
    writeFileSync(allowed, `gate ${Buffer.from(key.publicKey.bytes).toString("utf8")}`);
    const commit = signedCommit(repository, (payload) => signer.signNow(payload, clock()));
    repository.git("-c", `gpg.ssh.allowedSignersFile=${allowed}`, "verify-commit", commit);
    const signature = join(repository.home, "signature");
    writeFileSync(signature, signer.signNow(Buffer.from("payload"), clock()));
    const verify = ["-Y", "verify", "-n", "git", "-I", "gate", "-f", allowed, "-s", signature];
    const said = execFileSync("ssh-keygen", verify, { input: "payload", encoding: "utf8" });
    expect(said).toContain("Good");
    expect(() => execFileSync("ssh-keygen", verify, { input: "pavload", stdio: "pipe" })).toThrow();
  });
});

test("one flipped bit of the payload makes gpg refuse", () => {
  const key = makeGateKey("openpgp", "g", now);
  const signer = openGateSigner(key.privatePem, key.publicKey.bytes, clock);
  const gpg = keyring(key.publicKey.bytes);
  const directory = scratchDirectory();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (payload, place) => {
      writeFileSync(join(directory, "s.asc"), signer.signNow(payload, clock()));
      const changed = Uint8Array.from(payload);
      changed[place % payload.length] = (changed[place % payload.length] ?? 0) ^ (1 << (place & 7));
      writeFileSync(join(directory, "s"), changed);
      expect(() => gpg("--verify", join(directory, "s.asc"), join(directory, "s"))).toThrow();
    }),
    { numRuns: 5 },
  );
});

describe("openGateSigner refuses", () => {
  const pgp = makeGateKey("openpgp", "g", now);
  const ssh = makeGateKey("ssh", "g", now);
  const refusal = (pem: string, file: Uint8Array): unknown => {
    try {
      return openGateSigner(pem, file, clock);
    } catch (error) {
      return error;
    }
  };

  test.each([
    ["another key's OpenPGP certificate", ssh.privatePem, pgp.publicKey.bytes],
    ["another key's SSH line", pgp.privatePem, ssh.publicKey.bytes],
    ["a private key that is none", "nothing", pgp.publicKey.bytes],
    ["a certificate that is none", pgp.privatePem, Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK-----\n")],
    [
      "a cut certificate",
      pgp.privatePem,
      Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxg==\n-----END PGP PUBLIC KEY BLOCK-----\n"),
    ],
  ])("%s", (_, pem, file) => {
    expect(isMirrorError(refusal(pem, file), "bad-key")).toBe(true);
  });
});

function keyringHome(certificate: Uint8Array): string {
  const home = join(scratchDirectory(), "g");
  mkdirSync(home, { mode: 0o700 });
  const env = { ...scratchEnvironment(home), GNUPGHOME: home };
  execFileSync("gpg", ["--batch", "--no-autostart", "--import"], { env, input: certificate, stdio: "pipe" });
  return home;
}

function keyring(certificate: Uint8Array): (...args: string[]) => string {
  const home = keyringHome(certificate);
  const env = { ...scratchEnvironment(home), GNUPGHOME: home };
  return (...args) =>
    execFileSync("gpg", ["--batch", "--no-autostart", ...args], { env, encoding: "utf8", stdio: "pipe" });
}
