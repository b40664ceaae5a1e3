import { isMirrorError } from "../base/errors.ts";
import type { CommitSignature } from "./commit.ts";
import type { PublicKey } from "./keys.ts";
import { parseOpenPgpSignature, verifyOpenPgpSignature } from "./openpgp-signature.ts";
import type { JudgedAt, SignatureResult } from "./signature-result.ts";
import { parseSshSignature, verifySshSignature } from "./ssh-signature.ts";

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
  try {
    if (signature.kind === "ssh") {
      const sshKeys = keys.filter((key) => key.kind === "ssh");
      return verifySshSignature(payload, parseSshSignature(signature.armored), sshKeys);
    }
    const openPgpKeys = keys.filter((key) => key.kind === "openpgp");
    return verifyOpenPgpSignature(payload, parseOpenPgpSignature(signature.armored), openPgpKeys, at);
  } catch (error) {
    if (isMirrorError(error, "bad-signature")) return { status: "bad", why: error.message };
    throw error;
  }
}
