import type { SignatureEquation } from "./key-material.ts";

/** What verification says of one signature. */
export type SignatureResult =
  | {
      readonly status: "good";
      /** Of the key as `trust.yaml` names it: OpenPGP's primary fingerprint, or SSH's `SHA256:…`. */
      readonly fingerprint: string;
      /** Seconds since 1970, as the signature says (OpenPGP); null where the format has none (SSH). */
      readonly time: number | null;
    }
  /** Made by none of the given keys. `keyId` is what the signature says of its maker. */
  | { readonly status: "unknown"; readonly keyId: string }
  | { readonly status: "bad"; readonly why: string };

/** When a signature is judged. */
export interface JudgedAt {
  /** Milliseconds since 1970, the clock; null for one that was adopted before and is not judged by it again. */
  readonly now: number | null;
}

/** A signature of a known key that was found well formed: all that is left to know is whether its equation holds. */
export interface SignatureClaim {
  readonly equation: SignatureEquation;
  /** What it says if so. Not always `good`: its key may have expired. */
  readonly ifItHolds: SignatureResult;
}

/** What holds a signature against keys before any mathematics: a claim, or a result that needs none. */
export type SignatureReading = SignatureClaim | SignatureResult;

/** What a signature is whose numbers do not fit what was signed. */
export const notMatching: SignatureResult = { status: "bad", why: "it does not match" };
