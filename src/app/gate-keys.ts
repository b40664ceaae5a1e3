import { existsSync, readdirSync, rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { basename, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { isId } from "../model/id.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { type GateKey, openGateSigner } from "../signers/gate-key.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import type { ImmediateSigner, SignerPublicKey } from "../signers/signer.ts";
import { type PublicKey, parsePublicKey } from "../trust/keys.ts";
import { ensurePrivateDirectory, keysDirectory } from "./home.ts";

/** Names a new gate: login, machine and four random hex digits, so that it is unique in the repository. */
export function newGateId(random: Uint8Array): string {
  const slug = `${userInfo().username}-${hostname().split(".")[0] ?? ""}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  const suffix = Buffer.from(random).toString("hex").slice(0, 4);
  return `${slug === "" ? "gate" : slug}-${suffix}`;
}

/**
 * Keeps a gate's key: the private half where only the person may read it, the public one beside it. Before the PEM
 * block, where readers skip text, stands the git common directory whose gate it is: no other one ever uses it.
 */
export function saveGateKey(home: string, gate: string, key: GateKey, commonDir: string): void {
  ensurePrivateDirectory(home);
  ensurePrivateDirectory(keysDirectory(home));
  replaceFile(join(keysDirectory(home), `${gate}${key.publicKey.extension}`), key.publicKey.bytes, 0o600);
  replaceFile(join(keysDirectory(home), `${gate}.pem`), `${ownerLine(commonDir)}\n${key.privatePem}`, 0o600);
}

/** Gives the ids of the gates whose keys were made for this git common directory. */
export function gatesOf(home: string, commonDir: string): string[] {
  const directory = keysDirectory(home);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(".pem") && isId(basename(name, ".pem")))
    .filter((name) => {
      const [first] = readPrivateFile(join(directory, name)).toString("utf8").split("\n");
      return first === ownerLine(commonDir);
    })
    .map((name) => basename(name, ".pem"));
}

/** Tells whether a gate of this name has a key here. */
export function hasGateKey(home: string, gate: string): boolean {
  return existsSync(join(keysDirectory(home), `${gate}.pem`));
}

/** Removes a gate's key, both halves. Gives the files that went. */
export function removeGateKey(home: string, gate: string): string[] {
  const files = [".pem", ".asc", ".pub"].map((extension) => join(keysDirectory(home), gate + extension));
  const there = files.filter((file) => existsSync(file));
  for (const file of there) rmSync(file);
  return there;
}

function ownerLine(commonDir: string): string {
  return `mirror gate of ${JSON.stringify(commonDir)}`;
}

/** Reads the public half of a gate's key. Throws `no-key`, `bad-key`. */
export async function gateKey(home: string, gate: string): Promise<PublicKey> {
  const { file, bytes } = publicHalf(home, gate);
  return await parsePublicKey(file, bytes);
}

/** Reads the public half of a gate's key as it goes into a policy set. Throws `no-key`, `bad-key`. */
export async function publicGateKey(home: string, gate: string): Promise<SignerPublicKey> {
  const { file, bytes } = publicHalf(home, gate);
  const { fingerprint } = await parsePublicKey(file, bytes);
  return { extension: file.endsWith(".pub") ? ".pub" : ".asc", fingerprint, bytes };
}

function publicHalf(home: string, gate: string): { readonly file: string; readonly bytes: Uint8Array } {
  const stem = join(keysDirectory(home), gate);
  const file = existsSync(`${stem}.pub`) ? `${stem}.pub` : `${stem}.asc`;
  return { file, bytes: readPrivateFile(file) };
}

/** Opens a gate's key to sign with. Throws `gate-key-missing`, `bad-key`. */
export function openGateKey(home: string, gate: string, clock: Clock): ImmediateSigner {
  const directory = keysDirectory(home);
  try {
    const pem = readPrivateFile(join(directory, `${gate}.pem`)).toString("utf8");
    return openGateSigner(pem, publicHalf(home, gate).bytes, clock);
  } catch (error) {
    const told = {
      cause: error,
      hint: `put it back from a backup of ${directory}; a lost key means a new gate`,
    };
    if (isMirrorError(error, "no-key"))
      throw new MirrorError(
        "gate-key-missing",
        `the key of the gate ${gate} is gone: ${error.message}`,
        told,
      );
    // A file that is refused says what to do by itself.
    if (isMirrorError(error, "bad-key") && error.hint === null)
      throw new MirrorError("bad-key", `${error.message} (${join(directory, gate)}.*)`, told);
    throw error;
  }
}
