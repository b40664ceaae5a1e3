import type { RemovedValue } from "./receipt.ts";

/** A tool's input without secrets. */
export interface RedactedInput {
  /** Any JSON. */
  readonly input: unknown;
  /** What marks in it stand for, as far as the receipt does not say it itself. */
  readonly removed: readonly RemovedValue[];
}

/** A tool's input as it is kept beside its receipt. */
export interface KeptInput {
  /** Its receipt's number. */
  readonly seq: number;
  /** `asc`: an OpenPGP message. */
  readonly form: "json" | "asc";
  readonly text: string;
}
