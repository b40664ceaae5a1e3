import type { ConfirmPin } from "../app/join.ts";
import { MirrorError } from "../base/errors.ts";
import { genesisPage } from "../ui/genesis-page.ts";
import { chooseStyle } from "../ui/style.ts";
import type { Context } from "./context.ts";

/**
 * Shows a root and asks the person whether it is to be trusted; where they gave its fingerprint, that was their word.
 * Nobody there and no fingerprint: refused.
 */
export function confirmPin(context: Context, fingerprint: string | undefined): ConfirmPin {
  const style = chooseStyle(process.stderr.isTTY === true, context.environment);
  return async (view) => {
    const { candidate } = view;
    if (fingerprint === undefined && !context.terminal.isInteractive) {
      throw new MirrorError(
        "not-a-terminal",
        "a root is only trusted by a person: there is no terminal to ask",
        {
          hint: `compare the key with its owner, then give --fingerprint ${candidate.fingerprint}`,
        },
      );
    }
    context.note(style.bold("This repository's policy was begun elsewhere:"));
    for (const line of genesisPage(view, style)) context.note(line);
    if (fingerprint !== undefined) return;
    context.note(
      "Ask the owner for the fingerprint of their key and the epoch, by another way than this repository.",
    );
    const answer = await context.terminal.ask(`Is ${candidate.fingerprint} their key? yes or no [no]: `);
    if (/^(y|yes)$/i.test(answer.trim())) return;
    const genesis = candidate.lineage.genesis.slice(0, 12);
    throw new MirrorError("declined", `the genesis ${genesis} was not trusted; nothing was changed`, {
      hint: "try again once its owner has told you the fingerprint; where it is another, this is not their repository",
    });
  };
}
