import { type GateRequest, requestGate } from "../../app/gate-request.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";

/** `mirror gate request`. */
export async function gateRequestCommand(
  context: Context,
  options: { readonly json?: boolean },
): Promise<number> {
  const request = await requestGate(context, promptsOf(context.terminal));
  if (options.json === true) context.print(JSON.stringify(request));
  else for (const line of pageOf(request)) context.print(line);
  return exitCodes.ok;
}

function pageOf({
  outcome,
  gate,
  fingerprint,
  branch,
  policyBranch,
  commit,
  isSigned,
}: GateRequest): string[] {
  if (outcome === "enrolled") return [`The gate ${gate} is enrolled: others can check its receipts.`];
  const made = isSigned ? "made, and signed with your key" : "made";
  return [
    `The request to enrol the gate ${gate} is ${outcome === "standing" ? "there already; nothing was changed" : made}.`,
    `  branch  ${branch}, commit ${commit?.slice(0, 12)}`,
    `  key     ${fingerprint}`,
    "",
    `Next: git push origin ${branch}`,
    `Then tell the owner the key. They compare it with what \`git fetch; git show origin/${branch}\` shows, and run:`,
    `  mirror policy merge ${branch} && git push origin ${policyBranch}`,
  ];
}
