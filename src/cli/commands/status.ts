import { repositoryStatus } from "../../app/status.ts";
import { statusPage } from "../../ui/status-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

/** `mirror status`. */
export async function statusCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  const status = await repositoryStatus(context);
  if (options.json === true) context.print(JSON.stringify(status));
  else for (const line of statusPage(status, context.style)) context.print(line);
  return status.problems.length > 0 ? exitCodes.failure : exitCodes.ok;
}
