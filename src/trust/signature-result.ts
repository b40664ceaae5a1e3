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
