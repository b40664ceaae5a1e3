import type { ConfirmRemoval } from "../../app/purge.ts";
import { uninstall } from "../../app/uninstall.ts";
import { MirrorError } from "../../base/errors.ts";
import { uninstalledPage } from "../../ui/uninstalled-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

interface Options {
  readonly purge?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `mirror uninstall`. */
export async function uninstallCommand(context: Context, options: Options): Promise<number> {
  const confirm = options.purge === true ? confirmRemoval(context, options.yes === true) : null;
  const done = await uninstall(context, confirm);
  if (options.json === true) context.print(JSON.stringify(done));
  else for (const line of uninstalledPage(done, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `--yes` answers for the keys of this repository alone: one that others use only goes when somebody is asked. */
function confirmRemoval({ terminal, note }: Context, yes: boolean): ConfirmRemoval {
  return async ({ question, isShared }) => {
    if (yes) return !isShared;
    if (!terminal.isInteractive) {
      throw new MirrorError(
        "not-a-terminal",
        "keys only go when a person says so: there is no terminal to ask",
        {
          hint: "run it at a terminal, or give --yes",
        },
      );
    }
    note(question);
    return /^(y|yes)$/i.test((await terminal.ask("Remove it? yes or no [no]: ")).trim());
  };
}
