import { repair } from "../../app/repair.ts";
import { pinGenesis } from "../../app/trust-pin.ts";
import { joinedJson, joinedPage } from "../../ui/joined-page.ts";
import { confirmPin } from "../confirm-pin.ts";
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
  const { fingerprint, json } = options;
  const joined = await pinGenesis(context, genesis, fingerprint ?? null, confirmPin(context, fingerprint));
  if (json === true) context.print(JSON.stringify(joinedJson(joined)));
  else for (const line of joinedPage(joined, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror repair`. */
export async function repairCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  const done = await repair(context);
  if (options.json === true) context.print(JSON.stringify({ done }));
  else for (const line of done.length === 0 ? ["Nothing needs repair."] : done) context.print(line);
  return exitCodes.ok;
}
