import { createHash, createHmac } from "node:crypto";
import { canonicalJson } from "../base/canonical-json.ts";
import { hmacSha256 } from "../base/digest.ts";

/** The gate's local secret (32 bytes), and a source of random bytes. */
export interface CommitmentKey {
  readonly localKey: Uint8Array;
  readonly random: (length: number) => Uint8Array;
}

/**
 * Commits to bytes without revealing them (TRUST R3): `<id>:<SHA-256 over a domain line, a 32-byte salt and the
 * bytes>`, both in lower-case hex. The salt is HMAC-SHA-256 of the 16 random bytes of the id under the gate's
 * local secret: as good as random to anybody without it, and nothing needs to be stored for each receipt.
 */
export function commitTo(key: CommitmentKey, bytes: string | Uint8Array): string {
  const id = Buffer.from(key.random(16)).toString("hex");
  return `${id}:${commitmentHash(commitmentSalt(key.localKey, id), bytes)}`;
}

/** Gives the 32-byte salt of the commitment with this id: what a person shows to prove bytes they already have. */
export function commitmentSalt(localKey: Uint8Array, id: string): Uint8Array {
  return createHmac("sha256", localKey).update("mirror/salt/v1\n").update(id).digest();
}

/** Gives what stands behind the colon of a commitment to `bytes` under `salt`. */
export function commitmentHash(salt: Uint8Array, bytes: string | Uint8Array): string {
  return createHash("sha256").update("mirror/commitment/v1\n").update(salt).update(bytes).digest("hex");
}

/** Tells whether a commitment made under this secret is one to these bytes. */
export function proves(localKey: Uint8Array, commitment: string, bytes: string | Uint8Array): boolean {
  const [id = "", hash] = commitment.split(":");
  return hash === commitmentHash(commitmentSalt(localKey, id), bytes);
}

/**
 * Names a call by an HMAC under the gate's local secret, so that its outcome finds it and the ledger says neither
 * what the client called the session nor the call.
 */
export function callHandle(localKey: Uint8Array, session: string, callId: string): string {
  // As JSON: with the two texts just put together, two different pairs could name one call.
  return hmacSha256(localKey, "mirror/call/v1\n", canonicalJson([session, callId]));
}

/** Names an answer of a model that an agent's client told of: the same has the same name, and the ledger says no id of it. */
export function messageHandle(localKey: Uint8Array, agent: string, id: string): string {
  return hmacSha256(localKey, "mirror/message/v1\n", canonicalJson([agent, id]));
}
