import { MirrorError } from "../base/errors.ts";
import type { Git } from "../git/launch.ts";
import { noPassphrase, wrongPassphrase } from "./owner-key.ts";
import { findProgram, lastWords, type ProgramRoom, runProgram } from "./run-program.ts";
import { readSigningSettings } from "./signing-settings.ts";

/** Seals a text: an armored OpenPGP message that each of some keys opens. */
export type Seal = (text: string) => Promise<string>;

/**
 * Gives a seal for those of the keys (public, armored or not) that can be encrypted to; null if none can: keys may be
 * for signing alone, revoked or expired.
 */
export async function sealFor(keys: readonly Uint8Array[]): Promise<Seal | null> {
  // Loaded here: it takes 0.1 s, and only who wants texts sealed comes this way.
  const { createMessage, encrypt, readKeys } = await import("openpgp");
  const read = await Promise.all(
    keys.map((key) => {
      const text = Buffer.from(key).toString("latin1");
      const keysOf = text.includes("-----BEGIN PGP")
        ? readKeys({ armoredKeys: text })
        : readKeys({ binaryKeys: key });
      return keysOf.catch(() => []);
    }),
  );
  const able = await Promise.all(
    read.flat().map(async (key) => ((await key.getEncryptionKey().catch(() => null)) === null ? [] : [key])),
  );
  const encryptionKeys = able.flat();
  if (encryptionKeys.length === 0) return null;
  return async (text) =>
    await encrypt({ message: await createMessage({ text }), encryptionKeys, format: "armored" });
}

/** A private key (armored) and how its passphrase is asked for. */
export interface PrivateKeyFile {
  readonly armored: string;
  readonly passphrase: () => Promise<string | null>;
}

/** Opens a sealed text with a key that mirror made; null if it was not sealed for it. Throws `passphrase-needed`. */
export async function openSealed(sealed: string, key: PrivateKeyFile): Promise<string | null> {
  const { decrypt, decryptKey, readMessage, readPrivateKey } = await import("openpgp");
  const message = await readMessage({ armoredMessage: sealed });
  const locked = await readPrivateKey({ armoredKey: key.armored });
  const ids = new Set(locked.getKeys().map((each) => each.getKeyID().toHex()));
  if (!message.getEncryptionKeyIDs().some((id) => ids.has(id.toHex()))) return null;
  const fingerprint = locked.getFingerprint().toUpperCase();
  const passphrase = locked.isDecrypted() ? null : await key.passphrase();
  if (!locked.isDecrypted() && passphrase === null) {
    throw noPassphrase(fingerprint);
  }
  const decryptionKeys =
    passphrase === null
      ? locked
      : await decryptKey({ privateKey: locked, passphrase }).catch((cause: unknown) => {
          throw wrongPassphrase(fingerprint, cause);
        });
  const { data } = await decrypt({ message, decryptionKeys });
  return data;
}

/** Opens a sealed text with the person's gpg. Throws `no-key` where gpg has no key for it. */
export async function openSealedWithGpg(
  sealed: string,
  git: Git,
  environment: ProgramRoom["environment"],
  directory: string,
): Promise<string> {
  const room: ProgramRoom = { environment, keepOut: directory };
  const { gpgProgram } = await readSigningSettings(git, environment, directory);
  const gpg = findProgram(gpgProgram ?? "gpg", "gpg.program", room);
  const result = await runProgram(gpg, ["--quiet", "--decrypt"], room, Buffer.from(sealed));
  if (result.code === 0) return result.stdout.toString("utf8");
  throw new MirrorError("no-key", `gpg does not open it: ${lastWords(result)}`, {
    hint: "it was encrypted to the OpenPGP keys of the trust role at the time; one of their holders can open it",
  });
}
