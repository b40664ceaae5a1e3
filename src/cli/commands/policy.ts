import { mergePolicy } from "../../app/policy-merge.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";

/** `mirror policy merge`. */
export async function policyMergeCommand(
  context: Context,
  branch: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const { commit, epoch } = await mergePolicy(context, branch, promptsOf(context.terminal));
  if (options.json === true) context.print(JSON.stringify({ commit, epoch }));
  else
    context.print(
      `${branch} is approved and merged: ${commit.slice(0, 12)}, epoch ${epoch}. It holds from the next call on.`,
    );
  return exitCodes.ok;
}
