import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findGit } from "../../src/git/find-git.ts";
import { findOwnerSigner, ignoredLocalSettings } from "../../src/signers/owner-signer.ts";
import { type ScratchRepository, scratchRepository } from "../fixtures/scratch-repository.ts";
import { signedCommitLater } from "./signed-commit.ts";

const git = findGit(process.env["PATH"] ?? "");

/** A repository, and a person whose global configuration is `config`. */
function withConfig(config: string): ScratchRepository {
  const repository = scratchRepository();
  writeFileSync(join(repository.home, ".gitconfig"), config);
  return repository;
}

const find = (person: ScratchRepository, more: Record<string, string> = {}) =>
  findOwnerSigner(git, { ...person.environment, ...more }, person.directory);

describe("with GnuPG", () => {
  const person = scratchRepository();
  const home = person.environment["GNUPGHOME"] ?? "";
  const gpg = (...args: string[]): string =>
    execFileSync("gpg", ["--batch", "--pinentry-mode", "loopback", "--passphrase", "", ...args], {
      env: person.environment,
      encoding: "utf8",
      stdio: "pipe",
    });
  let primary = "";
  let subkey = "";

  beforeAll(() => {
    mkdirSync(home, { mode: 0o700 });
    gpg("--quick-generate-key", "Ada Test <ada@example.org>", "ed25519", "cert,sign", "never");
    primary = /^fpr:+([0-9A-F]{40}):/m.exec(gpg("--with-colons", "-K"))?.[1] ?? "";
    gpg("--quick-add-key", primary, "ed25519", "sign", "never");
    subkey = [...gpg("--with-colons", "-K").matchAll(/^fpr:+([0-9A-F]{40}):/gm)][1]?.[1] ?? "";
  });

  afterAll(() => {
    execFileSync("gpgconf", ["--kill", "all"], { env: person.environment });
  });

  const configure = (config: string): void => writeFileSync(join(person.home, ".gitconfig"), config);

  test.each([
    ["fingerprint", () => primary],
    ["short id", () => primary.slice(-16)],
    ["subkey", () => `${subkey}!`],
    ["address", () => "ada@example.org"],
  ])("a key named by its %s signs commits that stock git verifies", async (_, key) => {
    configure(`[user]\n\tsigningKey = ${key()}\n`);
    const signer = await find(person);
    expect(signer).toMatchObject({ kind: "openpgp", fingerprint: primary });
    expect(signer?.description).toContain("Ada Test <ada@example.org>");
    expect(Buffer.from(signer?.publicKey.bytes ?? []).toString()).toContain("BEGIN PGP PUBLIC KEY BLOCK");
    const commit = await signedCommitLater(person, async (payload) => (await signer?.sign(payload)) ?? "");
    person.git("verify-commit", commit);
    expect(person.git("log", "-1", "--format=%GP", commit)).toBe(primary);
    if (key() === `${subkey}!`) expect(person.git("log", "-1", "--format=%GF", commit)).toBe(subkey);
  });

  test("who signs every commit signs with the key of their address", async () => {
    configure("[user]\n\temail = ada@example.org\n[commit]\n\tgpgSign = true\n");
    expect(await find(person)).toMatchObject({ fingerprint: primary });
    configure("[user]\n\temail = ada@example.org\n");
    expect(await find(person)).toBeNull();
  });

  test("a key that is not there is named", async () => {
    configure("[user]\n\tsigningKey = nobody@example.org\n");
    await expect(find(person)).rejects.toMatchObject({ code: "no-key" });
  });

  test("a program of the repository's own is not run", async () => {
    configure(`[user]\n\tsigningKey = ${primary}\n`);
    const marker = join(person.directory, "ran");
    const evil = join(person.directory, "tools", "gpg");
    person.write(evil, `#!/bin/sh\ntouch '${marker}'\nexec gpg "$@"\n`);
    execFileSync("chmod", ["+x", evil]);
    person.git("config", "gpg.program", evil);
    const signer = await find(person, {
      PATH: `${join(person.directory, "tools")}:${person.environment["PATH"]}`,
    });
    await signer?.sign(Buffer.from("x"));
    expect(existsSync(marker)).toBe(false);
    person.git("config", "--unset", "gpg.program");
  });
});

describe("with SSH", () => {
  const person = scratchRepository();
  const key = join(person.home, "id_test");
  let fingerprint = "";

  beforeAll(() => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ada@laptop", "-f", key]);
    fingerprint = execFileSync("ssh-keygen", ["-l", "-f", key], { encoding: "utf8" }).split(" ")[1] ?? "";
    const line = readFileSync(`${key}.pub`, "utf8");
    writeFileSync(join(person.home, "allowed"), `ada@example.org ${line}`);
  });

  const configure = (signingKey: string): void =>
    writeFileSync(
      join(person.home, ".gitconfig"),
      `[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ${signingKey}\n`,
    );
  const verifies = async (environment: Record<string, string>): Promise<void> => {
    const signer = await find(person, environment);
    expect(signer).toMatchObject({ kind: "ssh", fingerprint });
    expect(Buffer.from(signer?.publicKey.bytes ?? []).toString()).toMatch(/^ssh-ed25519 \S+\n$/);
    const commit = await signedCommitLater(person, async (payload) => (await signer?.sign(payload)) ?? "");
    person.git("-c", `gpg.ssh.allowedSignersFile=${join(person.home, "allowed")}`, "verify-commit", commit);
  };

  test.each([["~/id_test"], ["~/id_test.pub"]])(
    "a key file %s signs commits that stock git verifies",
    async (name) => {
      configure(name);
      await verifies({});
    },
  );

  test("a private key without its public file does, too", async () => {
    execFileSync("cp", ["-p", key, join(person.home, "alone")]);
    configure("~/alone");
    await verifies({});
  });

  test("a public key whose private part an agent holds does, too", async () => {
    const socket = join(person.home, "agent");
    const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await new Promise((resolve) => agent.stdout.once("data", resolve));
      const environment = { SSH_AUTH_SOCK: socket };
      execFileSync("ssh-add", ["-q", key], { env: { ...person.environment, ...environment }, stdio: "pipe" });
      configure(`key::${readFileSync(`${key}.pub`, "utf8").trim()}`);
      await verifies(environment);
    } finally {
      agent.kill();
    }
  });

  test("a relative path, which an agent could fill, is refused", async () => {
    configure("keys/id_test");
    await expect(find(person)).rejects.toMatchObject({ code: "bad-key" });
  });

  test("a file that is not there, or holds no key, is named", async () => {
    configure("~/nothing");
    await expect(find(person)).rejects.toMatchObject({ code: "no-key" });
    configure("~/.gitconfig");
    await expect(find(person)).rejects.toMatchObject({ code: "bad-key" });
  });

  test("ssh-keygen's own words are passed on where it does not sign", async () => {
    configure(`key::${readFileSync(`${key}.pub`, "utf8").trim()}`);
    const signer = await find(person);
    await expect(signer?.sign(Buffer.from("x"))).rejects.toMatchObject({ code: "signing-failed" });
  });
});

test("without a signing set-up there is no signer", async () => {
  expect(await find(withConfig(""))).toBeNull();
  expect(await find(withConfig("[gpg]\n\tformat = ssh\n"))).toBeNull();
});

test("X.509 is refused in so many words", async () => {
  await expect(find(withConfig("[gpg]\n\tformat = x509\n"))).rejects.toMatchObject({
    code: "bad-key",
    message: expect.stringContaining("x509"),
  });
});

test("a program that is named by a relative path is refused", async () => {
  const person = withConfig("[gpg]\n\tprogram = ./gpg\n[user]\n\tsigningKey = A\n");
  await expect(find(person)).rejects.toMatchObject({ code: "bad-key" });
});

test("the repository's own signing settings are ignored and reported", async () => {
  const person = withConfig("");
  person.git("config", "user.signingKey", "ABCD");
  person.git("config", "gpg.format", "ssh");
  person.git("config", "user.name", "Eve");
  expect(await find(person)).toBeNull();
  expect(await ignoredLocalSettings(git, person.environment, person.directory)).toEqual([
    { key: "user.signingkey", value: "ABCD" },
    { key: "gpg.format", value: "ssh" },
  ]);
});

test("a global includeIf counts for the repository it names", async () => {
  const person = scratchRepository();
  writeFileSync(
    join(person.home, ".gitconfig"),
    `[includeIf "gitdir:${person.directory}/"]\n\tpath = work.inc\n`,
  );
  writeFileSync(join(person.home, "work.inc"), "[gpg]\n\tformat = x509\n");
  await expect(find(person)).rejects.toMatchObject({ code: "bad-key" });
  expect(await findOwnerSigner(git, person.environment)).toBeNull();
});
