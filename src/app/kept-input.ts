import { existsSync } from "node:fs";
import { readInput } from "../ledger/inputs.ts";
import type { KeptInput, RedactedInput } from "../model/kept-input.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import { openSealed, openSealedWithGpg } from "../signers/sealed-text.ts";
import { writeWaitingInputs } from "./daemon-control.ts";
import { withReceipt } from "./log.ts";
import type { OpenState } from "./open-state.ts";
import { ownerKeyFile, type Prompts, passphrase } from "./owner.ts";
import type { Where } from "./where.ts";

/**
 * Gives the input that is kept of one receipt; null where there is none, `encrypted` where it is and `prompts` is null: else
 * it is opened with the person's key. Finds the receipt, and throws, as `findEntry` does; `no-key`, `passphrase-needed`.
 */
export async function findInput(
  where: Where,
  name: string,
  prompts: Prompts | null,
): Promise<RedactedInput | "encrypted" | null> {
  return await withReceipt(where, name, async ({ seq }, state) => {
    const kept = await waitingInput(state, seq);
    if (kept === null) return null;
    if (kept.form === "asc" && prompts === null) return "encrypted";
    return JSON.parse(
      kept.form === "json" || prompts === null ? kept.text : await open(kept.text, where, state, prompts),
    );
  });
}

/** Reads the input that is kept of a receipt, also if it still waits in the gate's memory. */
export async function waitingInput(state: OpenState, seq: number): Promise<KeptInput | null> {
  await writeWaitingInputs(state.paths);
  const { repository: repo, reader, record } = state;
  return await readInput({ repo, reader, gate: record.gate }, seq);
}

async function open(sealed: string, where: Where, state: OpenState, prompts: Prompts): Promise<string> {
  const file = ownerKeyFile(state.home);
  const { git, workTree } = state.repository;
  if (existsSync(file)) {
    const armored = readPrivateFile(file).toString("utf8");
    const opened = await openSealed(sealed, {
      armored,
      passphrase: () => passphrase(where.environment, prompts),
    });
    if (opened !== null) return opened;
  }
  return await openSealedWithGpg(sealed, git, where.environment, workTree);
}
