import type { AnyKeyPacket, enums, Key, SignaturePacket, Subkey } from "openpgp";
import { errorText, MirrorError } from "../base/errors.ts";

export type OpenPgpLibrary = typeof import("openpgp");

/** What a certificate says of one of its keys. Times in seconds since 1970. */
export interface Standing {
  readonly maySign: boolean;
  /** The first second the key is expired; null: it never is. */
  readonly until: number | null;
  /** From when on it is revoked (0: for all time); null: it is not. */
  readonly revoked: number | null;
}

/** A signature of the certificate, and what it is over. */
interface Claim {
  readonly signature: SignaturePacket;
  readonly by: AnyKeyPacket;
  readonly type: enums.signature;
  readonly over: object;
}

const signFlag = 0x02;

/**
 * Reads what the newest self-signatures (over user ids that are not revoked, or over the key itself) say of
 * the primary key. Throws if there is none, if one does not verify, or if a revocation is not understood.
 */
export async function primaryStanding(library: OpenPgpLibrary, key: Key): Promise<Standing> {
  const { signature: types } = library.enums;
  const by = key.keyPacket;
  const claims: Claim[] = [];
  for (const user of key.users) {
    const over = { userID: user.userID, userAttribute: user.userAttribute, key: by };
    const revocations = user.revocationSignatures.filter((each) => each.issuerKeyID.equals(by.getKeyID()));
    const revoked = await revokedFrom(library, key, revocations, types.certRevocation, over);
    if (revoked !== null) continue;
    for (const signature of user.selfCertifications)
      claims.push({ signature, by, type: types.certGeneric, over });
  }
  const ofUsers = new Set(key.users.flatMap((user) => user.revocationSignatures));
  for (const signature of signaturesOf(library, key)) {
    if (signature.signatureType === types.certRevocation && !ofUsers.has(signature)) {
      throw new MirrorError(
        "bad-key",
        "it takes back a statement about the key itself, which is not understood",
      );
    }
    if (signature.signatureType !== types.key) continue;
    claims.push({ signature, by, type: types.key, over: { key: by } });
  }
  const newest = await verifyNewest(library, claims);
  const revoked = await revokedFrom(library, key, key.revocationSignatures, types.keyRevocation, { key: by });
  return { maySign: newest.every(maySign), until: expiry(newest, by), revoked };
}

/** The same for a subkey. One that may sign must have signed its primary key in return (cross-certified). */
export async function subkeyStanding(library: OpenPgpLibrary, key: Key, subkey: Subkey): Promise<Standing> {
  const { signature: types } = library.enums;
  const over = { key: key.keyPacket, bind: subkey.keyPacket };
  const claims = subkey.bindingSignatures.map(
    (signature): Claim => ({ signature, by: key.keyPacket, type: types.subkeyBinding, over }),
  );
  const mayNot: Standing = { maySign: false, until: null, revoked: null };
  if (claims.length === 0 || !newestOf(claims).every((claim) => maySign(claim.signature))) return mayNot;
  const newest = await verifyNewest(library, claims);
  for (const { embeddedSignature } of newest) {
    if (embeddedSignature === null) return mayNot;
    const claim = { signature: embeddedSignature, by: subkey.keyPacket, type: types.keyBinding, over };
    await verifyClaim(library, claim);
  }
  const revoked = await revokedFrom(library, key, subkey.revocationSignatures, types.subkeyRevocation, over);
  return { maySign: true, until: expiry(newest, subkey.keyPacket), revoked };
}

function newestOf(claims: readonly Claim[]): readonly Claim[] {
  const times = claims.map((claim) => claim.signature.created?.getTime() ?? 0);
  const newest = Math.max(...times);
  return claims.filter((_, index) => times[index] === newest);
}

// The newest one decides, so the newest one must hold: falling back to an older one would bring back what the
// newer took away.
async function verifyNewest(library: OpenPgpLibrary, claims: readonly Claim[]): Promise<SignaturePacket[]> {
  if (claims.length === 0) throw new MirrorError("bad-key", "it has no self-signature");
  const newest = newestOf(claims);
  for (const claim of newest) await verifyClaim(library, claim);
  return newest.map((claim) => claim.signature);
}

async function verifyClaim(library: OpenPgpLibrary, claim: Claim): Promise<void> {
  const { md5, ripemd, sha1 } = library.enums.hash;
  const rejectHashAlgorithms = new Set([md5, ripemd, sha1]);
  await verifyWith(claim, { ...library.config, rejectHashAlgorithms });
}

async function verifyWith(
  { signature, by, type, over }: Claim,
  config: OpenPgpLibrary["config"],
): Promise<void> {
  if (signature.created === null) throw new MirrorError("bad-key", "a signature in it has no time");
  try {
    // Its own time: the library would take the clock's.
    await signature.verify(by, type, over, signature.created, false, config);
  } catch (cause) {
    throw new MirrorError("bad-key", `a signature in it does not hold: ${errorText(cause)}`, { cause });
  }
}

/**
 * Gives from when on verified revocations revoke; null if there are none. A revocation that does not verify,
 * or is somebody else's, is an error: to overlook one would be worse. A weak hash does not excuse it.
 */
async function revokedFrom(
  library: OpenPgpLibrary,
  key: Key,
  revocations: readonly SignaturePacket[],
  type: enums.signature,
  over: object,
): Promise<number | null> {
  const { keyRetired, keySuperseded, userIDInvalid } = library.enums.reasonForRevocation;
  const config = { ...library.config, rejectHashAlgorithms: new Set<enums.hash>() };
  const times: number[] = [];
  for (const signature of revocations) {
    if (!signature.issuerKeyID.equals(key.getKeyID())) {
      throw new MirrorError("bad-key", "it is revoked by another key, which is not understood");
    }
    await verifyWith({ signature, by: key.keyPacket, type, over }, config);
    const reason = signature.reasonForRevocationFlag;
    const isSoft = reason === keyRetired || reason === keySuperseded || reason === userIDInvalid;
    times.push(isSoft ? seconds(signature.created) : 0);
  }
  return times.length === 0 ? null : Math.min(...times);
}

function signaturesOf(library: OpenPgpLibrary, key: Key): readonly SignaturePacket[] {
  return [...key.toPacketList()].filter((packet) => packet instanceof library.SignaturePacket);
}

function maySign(signature: SignaturePacket): boolean {
  return ((signature.keyFlags?.[0] ?? 0) & signFlag) !== 0;
}

/** The earliest end that the signatures give the key, or themselves. */
function expiry(signatures: readonly SignaturePacket[], key: AnyKeyPacket): number | null {
  const ends: number[] = [];
  for (const signature of signatures) {
    if (signature.keyNeverExpires === false)
      ends.push(seconds(key.created) + (signature.keyExpirationTime ?? 0));
    if (!signature.signatureNeverExpires) {
      ends.push(seconds(signature.created) + (signature.signatureExpirationTime ?? 0));
    }
  }
  return ends.length === 0 ? null : Math.min(...ends);
}

function seconds(time: Date | null): number {
  return Math.floor((time?.getTime() ?? 0) / 1000);
}
