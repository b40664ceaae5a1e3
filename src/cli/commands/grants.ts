import { addToBudget, liveGrants, revokeGrant } from "../../app/granted.ts";
import { addedLines, grantsPage } from "../../ui/approvals-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";

interface Options {
  readonly json?: boolean;
}

/** `mirror grants list`. */
export async function grantsListCommand(context: Context, options: Options): Promise<number> {
  const grants = await liveGrants(context);
  if (options.json === true) context.print(JSON.stringify(grants));
  else for (const line of grantsPage(grants, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror grants add`. */
export async function grantsAddCommand(
  context: Context,
  options: Options & {
    readonly agent: string;
    readonly budget: string;
    readonly more: number;
    readonly as?: string;
  },
): Promise<number> {
  const wanted = { agent: options.agent, budget: options.budget, amount: options.more };
  const added = await addToBudget(context, wanted, options.as ?? null, promptsOf(context.terminal));
  if (options.json === true) context.print(JSON.stringify(added));
  else for (const line of addedLines(added)) context.print(line);
  return exitCodes.ok;
}

/** `mirror grants revoke`. */
export async function grantsRevokeCommand(context: Context, id: number, options: Options): Promise<number> {
  await revokeGrant(context, id);
  context.print(options.json === true ? JSON.stringify({ revoked: id }) : `Grant ${id} is taken back.`);
  return exitCodes.ok;
}
