import { repair } from "../../app/repair.ts";
import { type ConfirmPin, pinGenesis } from "../../app/trust-pin.ts";
import { MirrorError } from "../../base/errors.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

interface PinOptions {
  readonly fingerprint?: string;
  readonly json?: boolean;
}

/** `mirror trust pin`. */
export async function trustPinCommand(
  context: Context,
  genesis: string,
  options: PinOptions,
): Promise<number> {
  const confirm = confirmPin(context, options.fingerprint);
  const pinned = await pinGenesis(context.directory, context.environment, genesis, confirm);
  if (options.json === true) context.print(JSON.stringify(pinned));
  else {
    context.print(
      `Pinned ${pinned.genesis.slice(0, 12)} at epoch ${pinned.epoch}; this clone's gate is ${pinned.gate}.`,
    );
    for (const note of pinned.notes) context.print(`  note    ${note}`);
  }
  return exitCodes.ok;
}

/** `mirror repair`. */
export async function repairCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  const done = await repair(context);
  if (options.json === true) context.print(JSON.stringify({ done }));
  else for (const line of done.length === 0 ? ["Nothing needs repair."] : done) context.print(line);
  return exitCodes.ok;
}

/**
 * Asks the person whether a root is to be trusted, or compares with the fingerprint they gave. Nobody there and
 * no fingerprint: refused.
 */
export function confirmPin(context: Context, expected: string | undefined): ConfirmPin {
  return async (candidate) => {
    const plain = (text: string): string => text.replace(/[\s:]/g, "").toUpperCase();
    if (expected !== undefined) {
      if (plain(expected) === plain(candidate.fingerprint)) return;
      throw new MirrorError(
        "declined",
        `the genesis is signed with key ${candidate.fingerprint}, not ${expected}`,
      );
    }
    if (!context.terminal.isInteractive) {
      throw new MirrorError(
        "not-a-terminal",
        "a root is only trusted by a person: there is no terminal to ask",
        {
          hint: `compare the key with its owner, then give --fingerprint ${candidate.fingerprint}`,
        },
      );
    }
    context.note(`genesis      ${candidate.lineage.genesis}  ${candidate.time}`);
    context.note(`signed by    ${candidate.signer}`);
    context.note(`fingerprint  ${candidate.fingerprint}`);
    const answer = await context.terminal.ask("Is this the owner's key, as they told you? Type yes: ");
    if (answer.trim() !== "yes")
      throw new MirrorError("declined", "the root was not trusted; nothing was changed");
  };
}
