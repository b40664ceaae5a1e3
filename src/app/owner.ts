import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MirrorError } from "../base/errors.ts";
import type { Git } from "../git/launch.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { makeOwnerKey, openOwnerKey } from "../signers/owner-key.ts";
import { findOwnerSigner } from "../signers/owner-signer.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import type { CommitSigner } from "../signers/signer.ts";
import { type Environment, ensurePrivateDirectory, keysDirectory } from "./home.ts";
import { isAddress, type PersonIdentity } from "./identity.ts";

/** How a person is asked for what only they know. */
export interface Prompts {
  /** Null where nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | null;
  readonly askSecret: ((question: string) => Promise<string>) | null;
}

/** Where a signer came from. */
export interface OwnerKey {
  readonly signer: CommitSigner;
  readonly origin: "git" | "found" | "made";
  /** False for a key that mirror made without one; null where it is not ours to know. */
  readonly hasPassphrase: boolean | null;
}

/**
 * Finds the person's key: the one their global git set-up signs with, else the one mirror made for them before.
 * Null if there is neither.
 */
export async function findOwner(
  git: Git,
  workTree: string,
  home: string,
  environment: Environment,
  prompts: Prompts,
): Promise<OwnerKey | null> {
  for await (const key of findOwners(git, workTree, home, environment, prompts)) return key;
  return null;
}

/** Gives the keys a person has, the one that comes first first; each is opened only when it is asked for. */
export async function* findOwners(
  git: Git,
  workTree: string,
  home: string,
  environment: Environment,
  prompts: Prompts,
): AsyncGenerator<OwnerKey, void, undefined> {
  const fromGit = await findOwnerSigner(git, environment, workTree);
  if (fromGit !== null) yield { signer: fromGit, origin: "git", hasPassphrase: null };
  const path = ownerKeyFile(home);
  if (!existsSync(path)) return;
  const opened = await openOwnerKey(readPrivateFile(path).toString("utf8"), () =>
    passphrase(environment, prompts),
  );
  yield { signer: opened, origin: "found", hasPassphrase: opened.hasPassphrase };
}

/**
 * Makes an OpenPGP key for a person who has none. Its passphrase comes from MIRROR_PASSPHRASE_FILE or the
 * terminal; with neither it throws `passphrase-needed`, unless `noPassphrase`.
 */
export async function makeOwner(
  home: string,
  identity: PersonIdentity,
  noPassphrase: boolean,
  environment: Environment,
  prompts: Prompts,
): Promise<OwnerKey> {
  const secret = noPassphrase ? null : await newPassphrase(environment, prompts);
  const made = await makeOwnerKey({
    name: identity.name,
    email: isAddress(identity.email) ? identity.email : "owner@mirror.invalid",
    passphrase: secret,
    now: new Date(),
  });
  ensurePrivateDirectory(keysDirectory(home));
  replaceFile(ownerKeyFile(home), made.privateKey, 0o600);
  const signer = await openOwnerKey(made.privateKey, async () => secret);
  return { signer, origin: "made", hasPassphrase: secret !== null };
}

/** Where the key that mirror makes for a person lies. */
export function ownerKeyFile(home: string): string {
  return join(keysDirectory(home), "owner.asc");
}

/** Asks for the passphrase of the key that mirror made: MIRROR_PASSPHRASE_FILE, else the terminal; null with neither. */
export async function passphrase(environment: Environment, prompts: Prompts): Promise<string | null> {
  const fromFile = passphraseFile(environment);
  if (fromFile !== null) return fromFile;
  return prompts.askSecret === null ? null : await prompts.askSecret("Passphrase of your mirror key: ");
}

async function newPassphrase(environment: Environment, prompts: Prompts): Promise<string> {
  const fromFile = passphraseFile(environment);
  if (fromFile !== null) return fromFile;
  if (prompts.askSecret === null) {
    throw new MirrorError(
      "passphrase-needed",
      "you have no signing key yet, and there is no terminal to ask for its passphrase",
      {
        hint: "name a file with it in MIRROR_PASSPHRASE_FILE, set up git signing (user.signingKey), or give --no-passphrase",
      },
    );
  }
  const first = await prompts.askSecret("You have no signing key yet; mirror makes one. Its passphrase: ");
  const second = await prompts.askSecret("Once more: ");
  if (first === "" || first !== second)
    throw new MirrorError("declined", "the two passphrases differ, or are empty", { hint: "try again" });
  return first;
}

function passphraseFile(environment: Environment): string | null {
  const path = environment["MIRROR_PASSPHRASE_FILE"];
  if (path === undefined || path === "") return null;
  const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  if (text !== "") return text;
  throw new MirrorError("passphrase-needed", `the file MIRROR_PASSPHRASE_FILE names is empty: ${path}`, {
    hint: "write the passphrase into it, on one line",
  });
}
