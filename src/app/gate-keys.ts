import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { type GateKey, openGateSigner } from "../signers/gate-key.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import type { ImmediateSigner } from "../signers/signer.ts";
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

/** Keeps a gate's key: the private half where only the person may read it, the public one beside it. */
export function saveGateKey(home: string, gate: string, key: GateKey): void {
  ensurePrivateDirectory(home);
  ensurePrivateDirectory(keysDirectory(home));
  replaceFile(join(keysDirectory(home), `${gate}${key.publicKey.extension}`), key.publicKey.bytes, 0o600);
  replaceFile(join(keysDirectory(home), `${gate}.pem`), key.privatePem, 0o600);
}

/** Reads the public half of a gate's key. Throws `no-key`, `bad-key`. */
export async function gateKey(home: string, gate: string): Promise<PublicKey> {
  const { file, bytes } = publicHalf(home, gate);
  return await parsePublicKey(file, bytes);
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
    if (!isMirrorError(error, "no-key")) throw error;
    throw new MirrorError("gate-key-missing", `the key of the gate ${gate} is gone: ${error.message}`, {
      cause: error,
      hint: `put it back from a backup of ${directory}; a lost key means a new gate`,
    });
  }
}
