import { statusCommand } from "./commands/status.ts";
import { processContext } from "./context.ts";
import { reported } from "./reported.ts";

/** `mirror status` as one script with nothing in it that it does not need: a person's prompt may ask it at every line. */
export function runStatus(options: { readonly json: boolean }): Promise<number> {
  return reported(() => statusCommand(processContext(process.cwd()), options));
}
