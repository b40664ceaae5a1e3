import { isAscii } from "node:buffer";
import type { Key } from "openpgp";
import { errorText, isMirrorError, MirrorError } from "../base/errors.ts";
import { readArmor } from "./armor.ts";
import type { KeyMaterial } from "./key-material.ts";
import { readKeyPacket } from "./openpgp-key-packet.ts";
import { type OpenPgpLibrary, primaryStanding, type Standing, subkeyStanding } from "./openpgp-standing.ts";

/** An OpenPGP certificate whose keys may sign. */
export interface OpenPgpKey {
  readonly kind: "openpgp";
  readonly file: string;
  /** Of the primary key: 40 upper-case hex digits. */
  readonly fingerprint: string;
  /** The primary key, if it may sign, and the cross-certified subkeys that may. Never empty. */
  readonly signingKeys: readonly SigningKey[];
}

/** One key of a certificate that may sign. */
export interface SigningKey {
  readonly fingerprint: string;
  readonly algorithm: number;
  readonly material: KeyMaterial;
  readonly validity: Validity;
}

/** When a key's signatures are taken, in seconds since 1970. */
interface Validity {
  readonly from: number;
  /** The first second they are not; null: never ends. */
  readonly until: number | null;
  /** From when on the key is revoked (0: for all time, it may be stolen); null: it is not. */
  readonly revoked: number | null;
}

/**
 * Parses a file with exactly one armored OpenPGP certificate, version 4, public. The newest self-signature
 * says what a key may do and when it expires; it must verify, and not with SHA-1 or MD5.
 *
 * Throws `bad-key`.
 */
export async function parseOpenPgpKey(file: string, bytes: Uint8Array): Promise<OpenPgpKey> {
  const refuse = (why: string, cause?: unknown): MirrorError =>
    new MirrorError("bad-key", `key file \`${file}\` is refused: ${why}`, {
      cause,
      hint: "give one public key that may sign, as `gpg --armor --export <fingerprint>` prints it",
    });
  if (!isAscii(bytes)) throw refuse("it is not armored text");
  const text = Buffer.from(bytes).toString("latin1").replaceAll("\r\n", "\n");
  if (text.includes("PRIVATE KEY")) throw refuse("it holds a private key");
  const binaryKeys = readArmor(text, "PGP PUBLIC KEY BLOCK", refuse);
  const library = await import("openpgp");
  let certificates: Key[];
  try {
    certificates = await library.readKeys({ binaryKeys, config: { ignoreUnsupportedPackets: false } });
  } catch (error) {
    // openpgp.js throws plain errors for whatever it cannot read.
    throw refuse(errorText(error), error);
  }
  const [certificate, ...more] = certificates;
  if (certificate === undefined || more.length > 0) throw refuse("it does not hold exactly one certificate");
  if (certificate.isPrivate()) throw refuse("it holds a private key");
  try {
    const { fingerprint, signingKeys } = await readCertificate(library, certificate);
    return { kind: "openpgp", file, fingerprint, signingKeys };
  } catch (error) {
    if (isMirrorError(error, "bad-key")) throw refuse(error.message, error);
    throw error;
  }
}

async function readCertificate(
  library: OpenPgpLibrary,
  certificate: Key,
): Promise<{ fingerprint: string; signingKeys: SigningKey[] }> {
  const primary = readKeyPacket(certificate.keyPacket.write());
  const standing = await primaryStanding(library, certificate);
  const signingKeys: SigningKey[] = [];
  if (standing.maySign) {
    const validity = { from: primary.created, until: standing.until, revoked: standing.revoked };
    signingKeys.push({ ...primary, validity });
  }
  for (const subkey of certificate.subkeys) {
    const own = await subkeyStanding(library, certificate, subkey);
    if (!own.maySign) continue;
    const packet = readKeyPacket(subkey.keyPacket.write());
    signingKeys.push({ ...packet, validity: both(primary.created, standing, packet.created, own) });
  }
  if (signingKeys.length === 0) throw new MirrorError("bad-key", "no key in it may sign");
  return { fingerprint: primary.fingerprint, signingKeys };
}

// A subkey is good for as long as its primary key is, too.
function both(primaryFrom: number, primary: Standing, from: number, own: Standing): Validity {
  return {
    from: Math.max(primaryFrom, from),
    until: earliest([primary.until, own.until]),
    revoked: earliest([primary.revoked, own.revoked]),
  };
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
