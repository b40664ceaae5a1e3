import { existsSync, rmSync } from "node:fs";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { openOwnerKey } from "../signers/owner-key.ts";
import { readPrivateFile } from "../signers/private-file.ts";
import { gatesOf, removeGateKey } from "./gate-keys.ts";
import type { OpenState } from "./open-state.ts";
import { ownerKeyFile } from "./owner.ts";
import { findAllStates } from "./repository-record.ts";

/** What a person is asked before a key goes. */
export interface Removal {
  readonly what: "gate" | "owner";
  /** One sentence: which key, and what follows. */
  readonly question: string;
  /** Whether other repositories of this machine use it. */
  readonly isShared: boolean;
}

/** Asks a person whether a key is to go. Throws `not-a-terminal` where nobody is there to ask. */
export type ConfirmRemoval = (removal: Removal) => Promise<boolean>;

/** Keys that a person said may go. */
export interface Purge {
  /** Removes them; gives their files. */
  readonly remove: () => string[];
  readonly notes: readonly string[];
}

/**
 * Asks for the keys of this repository's gates, and for the owner's key if mirror made it. Throws `declined` where the
 * gate's is to stay: then nothing is uninstalled; the owner's key may stay by itself.
 */
export async function planPurge(
  home: string,
  commonDir: string,
  states: readonly OpenState[],
  confirm: ConfirmRemoval,
): Promise<Purge> {
  const gates = [...new Set([...states.map(({ record }) => record.gate), ...gatesOf(home, commonDir)])];
  for (const gate of gates) {
    const question = `The key of the gate ${gate} goes: its receipts can still be checked, and nobody signs as ${gate} again.`;
    if (await confirm({ what: "gate", question, isShared: false })) continue;
    throw new MirrorError("declined", `the key of the gate ${gate} was to stay; nothing was changed`);
  }
  const notes: string[] = [];
  const owner = ownerKeyFile(home);
  const takesOwner =
    existsSync(owner) && (await mayTakeOwner(owner, isUsedElsewhere(home, commonDir), confirm));
  if (existsSync(owner) && !takesOwner) notes.push(`the owner key ${owner} stays`);
  return {
    notes,
    remove: () => {
      const files = gates.flatMap((gate) => removeGateKey(home, gate));
      if (!takesOwner) return files;
      rmSync(owner);
      return [...files, owner];
    },
  };
}

async function mayTakeOwner(file: string, isShared: boolean, confirm: ConfirmRemoval): Promise<boolean> {
  const shared = isShared ? " Other repositories on this machine use it." : "";
  const question = `The owner key ${await keyName(file)} goes: policy that only it may change can then be changed by nobody.${shared}`;
  return await confirm({ what: "owner", question, isShared });
}

async function keyName(file: string): Promise<string> {
  try {
    const key = await openOwnerKey(readPrivateFile(file).toString("utf8"), async () => null);
    return `${key.fingerprint} (${file})`;
  } catch (error) {
    // A key that cannot be read has no fingerprint to show; the file names it.
    if (isMirrorError(error, "bad-key", "no-key")) return file;
    throw error;
  }
}

function isUsedElsewhere(home: string, commonDir: string): boolean {
  return findAllStates(home).some(({ record }) => record.commonDir !== commonDir);
}
