import type { Proof } from "../app/prove.ts";
import { columns } from "./columns.ts";
import type { Style } from "./style.ts";

/** Says what a value was shown to be, and how anybody who has it can check that without mirror. Never the value. */
export function proofPage(proofs: readonly Proof[], style: Style): string[] {
  if (proofs.length === 0) return ["Not proven: this receipt has no commitment to that value."];
  const facts = proofs.flatMap(({ what, commitment, salt }) => [
    [{ text: "proven", paint: style.green }, what],
    [{ text: "commitment", paint: style.dim }, commitment],
    [{ text: "salt", paint: style.dim }, salt],
  ]);
  return [
    ...columns(facts),
    "",
    "What follows the colon is SHA-256 over `mirror/commitment/v1`, a newline, the salt's 32 bytes and the value.",
  ];
}
