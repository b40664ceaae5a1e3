import { isMirrorError } from "../base/errors.ts";
import type { CommitSignature } from "./commit.ts";
import { holds, type SignatureEquation } from "./key-material.ts";
import type { PublicKey } from "./keys.ts";
import { parseOpenPgpSignature, readOpenPgpClaim } from "./openpgp-signature.ts";
import {
  type JudgedAt,
  notMatching,
  type SignatureReading,
  type SignatureResult,
} from "./signature-result.ts";
import { parseSshSignature, readSshClaim } from "./ssh-signature.ts";

/**
 * Verifies a commit's signature over its payload with exactly these keys (TRUST S1, S2).
 *
 * `good` names the key; `unknown`: none of the keys made it; `bad`: malformed, refused, or not matching. Never
 * throws for what is in the signature.
 */
export function verifySignature(
  payload: Uint8Array,
  signature: CommitSignature,
  keys: readonly PublicKey[],
  at: JudgedAt,
): SignatureResult {
  const reading = readClaim(payload, signature, keys, at);
  if (!("equation" in reading)) return reading;
  return holds(reading.equation) ? reading.ifItHolds : notMatching;
}

/** As `verifySignature`, with the mathematics done elsewhere: for verifying many. */
export async function verifySignatureBy(
  mathematics: { readonly holds: (equation: SignatureEquation) => Promise<boolean> },
  payload: Uint8Array,
  signature: CommitSignature,
  keys: readonly PublicKey[],
  at: JudgedAt,
): Promise<SignatureResult> {
  const reading = readClaim(payload, signature, keys, at);
  if (!("equation" in reading)) return reading;
  return (await mathematics.holds(reading.equation)) ? reading.ifItHolds : notMatching;
}

function readClaim(
  payload: Uint8Array,
  signature: CommitSignature,
  keys: readonly PublicKey[],
  at: JudgedAt,
): SignatureReading {
  try {
    if (signature.kind === "ssh") {
      const sshKeys = keys.filter((key) => key.kind === "ssh");
      return readSshClaim(payload, parseSshSignature(signature.armored), sshKeys);
    }
    const openPgpKeys = keys.filter((key) => key.kind === "openpgp");
    return readOpenPgpClaim(payload, parseOpenPgpSignature(signature.armored), openPgpKeys, at);
  } catch (error) {
    if (isMirrorError(error, "bad-signature")) return { status: "bad", why: error.message };
    throw error;
  }
}
