import { budgetStands } from "../../app/budgets.ts";
import { budgetPage } from "../../ui/budget-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

/** `mirror budget`. */
export async function budgetCommand(
  context: Context,
  options: { readonly agent?: string; readonly json?: boolean },
): Promise<number> {
  const stands = await budgetStands(context, options.agent ?? null);
  if (options.json === true) context.print(JSON.stringify(stands));
  else for (const line of budgetPage(stands, context.style)) context.print(line);
  return exitCodes.ok;
}
