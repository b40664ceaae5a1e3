import { MirrorError } from "../base/errors.ts";
import type { CommitSigner } from "./signer.ts";

/** Whom a new key is for, and what protects it. */
export interface NewOwnerKey {
  readonly name: string;
  readonly email: string;
  /** Null: none. */
  readonly passphrase: string | null;
  readonly now: Date;
}

/** A new key, both parts armored. */
export interface OwnerKeyFiles {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** A key that mirror made for a person. */
export interface OwnKeySigner extends CommitSigner {
  readonly hasPassphrase: boolean;
}

/**
 * Makes an OpenPGP key for a person who has none: Ed25519 in the form that gpg 2.2 and stock git verify, without an end,
 * with a subkey that inputs can be encrypted to (`record: encrypted`). Throws `passphrase-needed` for an empty passphrase, which would protect nothing.
 */
export async function makeOwnerKey(key: NewOwnerKey): Promise<OwnerKeyFiles> {
  if (key.passphrase === "") throw emptyPassphrase();
  // Loaded here: it takes 0.1 s, and few commands come this way.
  const { generateKey } = await import("openpgp");
  const made = await generateKey({
    type: "ecc",
    curve: "ed25519Legacy",
    userIDs: [{ name: key.name, email: key.email }],
    subkeys: [{}],
    date: key.now,
    format: "object",
    ...(key.passphrase === null ? {} : { passphrase: key.passphrase }),
  });
  return {
    privateKey: made.privateKey.armor(),
    publicKey: made.publicKey.armor(),
    fingerprint: made.privateKey.getFingerprint().toUpperCase(),
  };
}

/**
 * Opens a key that `makeOwnerKey` made. Its passphrase is asked for at the first signature. Throws `bad-key` for
 * a text that is no such key; `sign` throws `passphrase-needed` if none is given, or a wrong one.
 */
export async function openOwnerKey(
  privateKey: string,
  passphrase: () => Promise<string | null>,
): Promise<OwnKeySigner> {
  const { createMessage, decryptKey, readPrivateKey, sign } = await import("openpgp");
  const locked = await readPrivateKey({ armoredKey: privateKey }).catch((cause: unknown) => {
    throw new MirrorError("bad-key", "the owner key that mirror keeps is no armored OpenPGP private key", {
      cause,
      hint: "put owner.asc back from a backup of MIRROR_HOME/keys, or sign with a key of your git set-up (user.signingKey)",
    });
  });
  const fingerprint = locked.getFingerprint().toUpperCase();
  const hasPassphrase = !locked.isDecrypted();
  let unlocked = hasPassphrase ? null : locked;
  const unlock = async (): Promise<typeof locked> => {
    const secret = await passphrase();
    if (secret === null) throw noPassphrase(fingerprint);
    return await decryptKey({ privateKey: locked, passphrase: secret }).catch((cause: unknown) => {
      throw wrongPassphrase(fingerprint, cause);
    });
  };
  return {
    kind: "openpgp",
    fingerprint,
    publicKey: { extension: ".asc", fingerprint, bytes: Buffer.from(locked.toPublic().armor()) },
    description: `${locked.getUserIDs()[0] ?? "owner"} (mirror's own key ${fingerprint})`,
    hasPassphrase,
    sign: async (payload) => {
      unlocked ??= await unlock();
      const message = await createMessage({ binary: payload });
      return await sign({ message, signingKeys: unlocked, detached: true, format: "armored" });
    },
  };
}

function emptyPassphrase(): MirrorError {
  return new MirrorError("passphrase-needed", "the passphrase is empty, which would protect nothing", {
    hint: "give one, or --no-passphrase",
  });
}

/** What is thrown where a key needs a passphrase and nobody gives one. */
export function noPassphrase(fingerprint: string): MirrorError {
  return new MirrorError(
    "passphrase-needed",
    `the key ${fingerprint} has a passphrase, and there is nobody to ask`,
    {
      hint: "run this at a terminal, or name a file with the passphrase in MIRROR_PASSPHRASE_FILE",
    },
  );
}

/** What is thrown where a passphrase does not open a key. */
export function wrongPassphrase(fingerprint: string, cause: unknown): MirrorError {
  return new MirrorError("passphrase-needed", `that is not the passphrase of the key ${fingerprint}`, {
    cause,
    data: { wrong: true },
    hint: "try again; mirror cannot recover a passphrase",
  });
}
