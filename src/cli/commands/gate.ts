import { type GateRequest, requestGate } from "../../app/gate-request.ts";
import { proposeRevocation } from "../../app/policy/revoke-gate.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";
import { tellProposal } from "./trust.ts";

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

/** `mirror gate revoke`. */
export async function gateRevokeCommand(
  context: Context,
  id: string | undefined,
  options: { readonly last?: number; readonly merge?: boolean; readonly json?: boolean },
): Promise<number> {
  const made = await proposeRevocation(
    context,
    id ?? null,
    options.last ?? null,
    promptsOf(context.terminal),
  );
  const { gate, last } = made;
  if (options.json !== true)
    context.print(
      `The last receipt of ${gate} that will count is ${last.seq}, commit ${last.head.slice(0, 12)}.`,
    );
  return await tellProposal(context, made, options);
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
