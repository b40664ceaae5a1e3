/** A public key as it stands in a policy set's `keys/`. */
export interface SignerPublicKey {
  /** `.asc`: an armored OpenPGP certificate. `.pub`: one line, as ssh-keygen writes it. */
  readonly extension: ".asc" | ".pub";
  /** OpenPGP: the primary fingerprint, upper-case hex. SSH: `SHA256:…`. */
  readonly fingerprint: string;
  readonly bytes: Uint8Array;
}

/** Signs commits: in git's way, so that stock git verifies them. */
export interface CommitSigner {
  readonly kind: "openpgp" | "ssh";
  /** The public key's. */
  readonly fingerprint: string;
  readonly publicKey: SignerPublicKey;
  /** Says whose key it is and what signs with it, for people. */
  readonly description: string;
  /** Gives the armored signature over a commit without its signature. Throws `signing-failed`. */
  sign(payload: Uint8Array): Promise<string>;
}

/** Signs at once, without asking anybody: the gate's. */
export interface ImmediateSigner extends CommitSigner {
  /** `at`: milliseconds; what an OpenPGP signature says of when it was made, never before its key was. */
  signNow(payload: Uint8Array, at: number): string;
}
