import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { scratchDirectory, scratchEnvironment } from "../fixtures/scratch-repository.ts";

const agents: (() => void)[] = [];

afterAll(() => {
  for (const stop of agents.splice(0)) stop();
});

/** A GnuPG home of the test file's own; its agent ends with the file. */
export interface GpgHome {
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  gpg(...args: string[]): string;
  gpgWith(input: string | Uint8Array, ...args: string[]): string;
  /** Makes a key without passphrase and gives its fingerprint. */
  makeKey(userId: string, algorithm?: string, usage?: string, expires?: string): string;
  /** Gives the armored public key, as small as gpg makes it. */
  export(fingerprint: string): Uint8Array;
  /** Signs as git has gpg do it: binary, detached, armored. */
  sign(payload: Uint8Array, key: string, ...args: string[]): string;
}

export function gpgHome(): GpgHome {
  const top = scratchDirectory();
  const home = join(top, "gnupg");
  mkdirSync(home, { mode: 0o700 });
  const environment = { ...scratchEnvironment(top), GNUPGHOME: home };
  agents.push(() => {
    spawnSync("gpgconf", ["--kill", "all"], { env: environment });
  });
  const gpgWith = (input: string | Uint8Array, ...args: string[]): string =>
    execFileSync("gpg", ["--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", ...args], {
      env: environment,
      input,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
    });
  const gpg = (...args: string[]): string => gpgWith("", ...args);
  return {
    home,
    environment,
    gpg,
    gpgWith,
    makeKey(userId, algorithm = "ed25519", usage = "sign", expires = "never") {
      gpg("--quick-gen-key", userId, algorithm, usage, expires);
      const listed = gpg("--list-keys", "--with-colons", userId);
      return /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "";
    },
    export: (fingerprint) =>
      Buffer.from(gpg("--armor", "--export-options", "export-minimal", "--export", fingerprint)),
    sign: (payload, key, ...args) => gpgWith(payload, ...args, "-bsau", key),
  };
}

/** A key pair made by ssh-keygen. */
export interface SshPair {
  readonly path: string;
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
  sign(payload: Uint8Array, namespace?: string, ...args: string[]): string;
  /** Asks ssh-keygen whether a signature for git is good. */
  verify(payload: Uint8Array, armored: string): boolean;
}

export function sshPair(type = "ed25519", ...options: string[]): SshPair {
  const directory = scratchDirectory();
  const path = join(directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", type, ...options, "-N", "", "-C", "ada@example.org", "-f", path]);
  const publicKey = readFileSync(`${path}.pub`);
  const listed = execFileSync("ssh-keygen", ["-l", "-f", `${path}.pub`], { encoding: "utf8" });
  return {
    path,
    publicKey,
    fingerprint: listed.split(" ")[1] ?? "",
    sign: (payload, namespace = "git", ...args) =>
      execFileSync("ssh-keygen", ["-Y", "sign", "-n", namespace, ...args, "-f", path, "-q"], {
        input: payload,
        encoding: "utf8",
        stdio: ["pipe", "pipe", "pipe"],
      }),
    verify: (payload, armored) => sshKeygenVerifies(directory, publicKey, payload, armored),
  };
}

/** Asks ssh-keygen whether `armored` is a good signature for git by this public key. */
export function sshKeygenVerifies(
  directory: string,
  publicKey: Uint8Array,
  payload: Uint8Array,
  armored: string,
): boolean {
  writeFileSync(join(directory, "allowed"), `ada ${Buffer.from(publicKey).toString("utf8")}`);
  writeFileSync(join(directory, "sig"), armored);
  const args = [
    "-Y",
    "verify",
    "-n",
    "git",
    "-I",
    "ada",
    "-f",
    join(directory, "allowed"),
    "-s",
    join(directory, "sig"),
  ];
  return spawnSync("ssh-keygen", args, { input: payload }).status === 0;
}
