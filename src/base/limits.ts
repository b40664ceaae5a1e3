/** Sizes past which input is refused rather than worked through. Bytes unless named otherwise. */
export const limits = {
  /** One hook payload. */
  payload: 8_388_608,
  /** Nesting of one hook payload, in levels. */
  payloadDepth: 64,
  /** One shell command text. */
  command: 262_144,
  /** One file of a policy set. */
  document: 1_048_576,
  /** Nesting of one file of a policy set, in levels. */
  documentDepth: 32,
  /** Files in a policy set. */
  policySetFiles: 2_000,
  /** All files of a policy set together. */
  policySetBytes: 16_777_216,
  /** One commit object that trust reads. */
  commit: 4_194_304,
  /** One receipt file. */
  receipt: 16_777_216,
  /** One git object of any kind. */
  gitObject: 67_108_864,
  /** Directory entries one analysis may list. */
  listedEntries: 20_000,
  /** A unix socket path that every platform takes. */
  socketPath: 100,
} as const;
