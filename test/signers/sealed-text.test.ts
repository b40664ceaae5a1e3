import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findGit } from "../../src/git/find-git.ts";
import { makeOwnerKey } from "../../src/signers/owner-key.ts";
import { openSealed, openSealedWithGpg, sealFor } from "../../src/signers/sealed-text.ts";
import { scratchRepository } from "../fixtures/scratch-repository.ts";

const git = findGit(process.env["PATH"] ?? "");
const now = new Date("2026-01-01T00:00:00Z");

test("a text is opened by the key it was sealed for, by its passphrase, and by no other", async () => {
  const ada = await makeOwnerKey({ name: "Ada", email: "ada@example.org", passphrase: "right", now });
  const bo = await makeOwnerKey({ name: "Bo", email: "bo@example.org", passphrase: null, now });
  const seal = await sealFor([Buffer.from(ada.publicKey)]);
  const sealed = (await seal?.("grüße\n")) ?? "";
  expect(sealed).toContain("BEGIN PGP MESSAGE");
  const openBy = (armored: string, answer: string | null): Promise<string | null> =>
    openSealed(sealed, { armored, passphrase: async () => answer });
  expect(await openBy(ada.privateKey, "right")).toBe("grüße\n");
  expect(await openBy(bo.privateKey, null)).toBeNull();
  await expect(openBy(ada.privateKey, "wrong")).rejects.toMatchObject({ code: "passphrase-needed" });
  await expect(openBy(ada.privateKey, null)).rejects.toMatchObject({ code: "passphrase-needed" });
});

describe("with GnuPG", () => {
  const person = scratchRepository();
  const gpg = (...args: string[]): Buffer =>
    execFileSync("gpg", ["--batch", "--pinentry-mode", "loopback", "--passphrase", "", ...args], {
      env: person.environment,
      stdio: "pipe",
    });

  beforeAll(() => {
    mkdirSync(person.environment["GNUPGHOME"] ?? "", { mode: 0o700 });
    gpg("--quick-generate-key", "Signs <s@example.org>", "ed25519", "sign", "never");
    gpg("--quick-generate-key", "Ada <ada@example.org>", "default", "default", "never");
  });

  afterAll(() => {
    execFileSync("gpgconf", ["--kill", "all"], { env: person.environment });
  });

  test("the person's gpg opens what was sealed for its key; a key for signing alone seals nothing", async () => {
    const signs = gpg("--export", "s@example.org");
    expect(await sealFor([signs])).toBeNull();
    const seal = await sealFor([signs, gpg("--armor", "--export", "ada@example.org")]);
    const sealed = (await seal?.("text")) ?? "";
    const openIn = (environment: Record<string, string>): Promise<string> =>
      openSealedWithGpg(sealed, git, environment, person.directory);
    expect(await openIn(person.environment)).toBe("text");
    const other = scratchRepository();
    mkdirSync(other.environment["GNUPGHOME"] ?? "", { mode: 0o700 });
    await expect(openIn(other.environment)).rejects.toMatchObject({ code: "no-key" });
  });
});
