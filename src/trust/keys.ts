import { MirrorError } from "../base/errors.ts";
import { type OpenPgpKey, parseOpenPgpKey } from "./openpgp-key.ts";
import { parseSshKey, type SshKey } from "./ssh-key.ts";

/** A public key of a signer or a gate. */
export type PublicKey = OpenPgpKey | SshKey;

/**
 * Parses a public key file by the end of its name: `.asc` holds one OpenPGP certificate, `.pub` one SSH key.
 *
 * Throws `bad-key`.
 */
export async function parsePublicKey(file: string, bytes: Uint8Array): Promise<PublicKey> {
  if (file.endsWith(".asc")) return await parseOpenPgpKey(file, bytes);
  if (file.endsWith(".pub")) return parseSshKey(file, bytes);
  throw new MirrorError(
    "bad-key",
    `key file \`${file}\` is refused: expected a name ending in .asc or .pub`,
    {
      hint: "name it so: .asc for an OpenPGP key, .pub for an SSH key",
    },
  );
}

/** Gives what is the same wherever a key is used again: ids of its mathematics, and its own fingerprint. */
export function keyIdentities(key: PublicKey): readonly string[] {
  return key.kind === "ssh"
    ? [key.fingerprint, key.material.id]
    : [key.fingerprint, ...key.signingKeys.map(({ material }) => material.id)];
}
