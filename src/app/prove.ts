import { join } from "node:path";
import { rawJson } from "../clients/payload-json.ts";
import { commitmentSalt, proves } from "../ledger/commitment.ts";
import type { RedactedInput } from "../model/kept-input.ts";
import type { Receipt } from "../model/receipt.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import { waitingInput } from "./kept-input.ts";
import { withReceipt } from "./log.ts";
import type { OpenState } from "./open-state.ts";
import type { Where } from "./where.ts";

/** A commitment of a receipt that a value was shown to be behind, and the salt by which anybody can check that. */
export interface Proof {
  /** `input`, `result`, `removed: github-token`, `contents: content`; `input: github-token` for what only the kept input has. */
  readonly what: string;
  readonly commitment: string;
  /** 32 bytes in hex. */
  readonly salt: string;
}

/**
 * Tells which commitments of a receipt a value is behind (TRUST R3): the whole tool input or result (as JSON, however it
 * is written), a value that was removed, or a text for a file. One newline at its end may be the shell's. Empty where it
 * is none of them. Only this clone's own gate has the salts.
 */
export async function proveValue(where: Where, name: string, value: Uint8Array): Promise<Proof[]> {
  return await withReceipt(where, name, async ({ receipt }, state) => {
    const localKey = readPrivateFile(join(state.paths.directory, "local.key"));
    const forms = formsOf(value);
    return [...commitmentsOf(receipt), ...(await commitmentsOfInput(receipt, state))]
      .filter(({ commitment }) => forms.some((form) => proves(localKey, commitment, form)))
      .map(({ what, commitment }) => {
        const salt = Buffer.from(commitmentSalt(localKey, commitment.split(":")[0] ?? "")).toString("hex");
        return { what, commitment, salt };
      });
  });
}

function commitmentsOf(receipt: Receipt): Omit<Proof, "salt">[] {
  if (receipt.kind === "outcome") {
    return receipt.commitment === null ? [] : [{ what: "result", commitment: receipt.commitment }];
  }
  if (receipt.kind !== "decision") return [];
  return [
    { what: "input", commitment: receipt.commitment },
    ...(receipt.removed ?? []).map(({ kind, commitment }) => ({ what: `removed: ${kind}`, commitment })),
    ...(receipt.contents ?? []).map(({ field, commitment }) => ({ what: `contents: ${field}`, commitment })),
  ];
}

/** Those beside the input that is kept; an encrypted one has them inside. */
async function commitmentsOfInput(receipt: Receipt, state: OpenState): Promise<Omit<Proof, "salt">[]> {
  if (receipt.kind !== "decision") return [];
  const kept = await waitingInput(state, receipt.seq);
  if (kept?.form !== "json") return [];
  const { removed }: RedactedInput = JSON.parse(kept.text);
  return removed.map(({ kind, commitment }) => ({ what: `input: ${kind}`, commitment }));
}

const newline = 10;

/** The bytes a value may have been committed to as. */
function formsOf(value: Uint8Array): (Uint8Array | string)[] {
  const forms: (Uint8Array | string)[] = [value];
  if (value.at(-1) === newline) forms.push(value.subarray(0, -1));
  try {
    forms.push(rawJson(JSON.parse(Buffer.from(value).toString("utf8"))));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return forms;
}
