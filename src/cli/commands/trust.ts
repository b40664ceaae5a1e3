import { policyHistory } from "../../app/policy/history.ts";
import { mergeProposal } from "../../app/policy/merge.ts";
import type { MadeProposal } from "../../app/policy/propose.ts";
import { settleFork } from "../../app/policy/settle.ts";
import { approvedTrust, proposeRemoval, proposeSigner, proposeThreshold } from "../../app/policy/signers.ts";
import { repair } from "../../app/repair.ts";
import { pinGenesis } from "../../app/trust-pin.ts";
import { MirrorError } from "../../base/errors.ts";
import { joinedJson, joinedPage } from "../../ui/joined-page.ts";
import { historyLines, madeProposalPage, mergedPage, trustLines } from "../../ui/proposal-page.ts";
import { confirmPin } from "../confirm-pin.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";

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

interface AddOptions {
  readonly sshKey?: string;
  readonly openpgpKey?: string;
  readonly role?: readonly string[];
  readonly threshold?: number;
  readonly merge?: boolean;
  readonly json?: boolean;
}

/** `mirror trust add`. */
export async function trustAddCommand(context: Context, id: string, options: AddOptions): Promise<number> {
  const { sshKey, openpgpKey, role = [], threshold = null } = options;
  const keyFile = sshKey ?? openpgpKey;
  if (keyFile === undefined || (sshKey !== undefined && openpgpKey !== undefined)) {
    throw new MirrorError("usage", "one key is needed: --ssh-key <file> or --openpgp-key <file>");
  }
  const kind = sshKey === undefined ? "openpgp" : "ssh";
  const wanted = { id, keyFile, kind, roles: role, threshold } as const;
  const made = await proposeSigner(context, wanted, promptsOf(context.terminal));
  return await tellProposal(context, made, options);
}

/** `mirror trust remove`. */
export async function trustRemoveCommand(
  context: Context,
  id: string,
  options: {
    readonly key?: string;
    readonly threshold?: number;
    readonly merge?: boolean;
    readonly json?: boolean;
  },
): Promise<number> {
  const { key: fingerprint = null, threshold = null } = options;
  const made = await proposeRemoval(context, id, { fingerprint, threshold }, promptsOf(context.terminal));
  return await tellProposal(context, made, options);
}

/** `mirror trust threshold`. */
export async function trustThresholdCommand(
  context: Context,
  role: string,
  threshold: number | undefined,
  options: {
    readonly widening?: number;
    readonly merge?: boolean;
    readonly json?: boolean;
  },
): Promise<number> {
  const { widening } = options;
  if (threshold === undefined && widening === undefined)
    throw new MirrorError("usage", "say how many signers it takes: a number, --widening <n>, or both");
  const wanted = { threshold: threshold ?? null, widening: widening ?? null };
  const made = await proposeThreshold(context, role, wanted, promptsOf(context.terminal));
  return await tellProposal(context, made, options);
}

/** Prints a proposal; with `--merge` merges it first, where the person's own approval is enough. */
export async function tellProposal(
  context: Context,
  made: MadeProposal,
  { merge, json }: { readonly merge?: boolean; readonly json?: boolean },
): Promise<number> {
  const merged =
    merge === true ? await mergeProposal(context, made.branch, null, promptsOf(context.terminal)) : null;
  const page = merged === null ? madeProposalPage(made) : mergedPage(merged);
  if (json === true) context.print(JSON.stringify({ ...made, merged }));
  else for (const line of page) context.print(line);
  return exitCodes.ok;
}

/** `mirror trust list`. */
export async function trustListCommand(
  context: Context,
  options: { readonly json?: boolean },
): Promise<number> {
  const { trust, epoch } = await approvedTrust(context);
  if (options.json === true) {
    context.print(JSON.stringify({ epoch, ...trust, roles: Object.fromEntries(trust.roles) }));
  } else for (const line of trustLines(trust, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror trust settle`. */
export async function trustSettleCommand(
  context: Context,
  name: string,
  options: { readonly as?: string; readonly json?: boolean },
): Promise<number> {
  const settled = await settleFork(context, name, options.as ?? null, promptsOf(context.terminal));
  const { isSettled, commit, holds, epoch } = settled;
  const [by, of] = [commit.slice(0, 12), holds.slice(0, 12)];
  if (options.json === true) context.print(JSON.stringify(settled));
  else if (isSettled) context.print(`Settled by ${by}: the policy set of ${of} holds, epoch ${epoch}.`);
  else {
    context.print(
      `Signed as ${by} on the policy branch. The trust role takes more signers: push it, and each of`,
    );
    context.print(`them runs the same: mirror trust settle ${of}`);
  }
  return exitCodes.ok;
}

/** `mirror trust log`. */
export async function trustLogCommand(
  context: Context,
  options: { readonly json?: boolean },
): Promise<number> {
  const epochs = (await policyHistory(context)).filter(({ changes }) =>
    changes.some(({ path }) => path === "trust.yaml" || path.startsWith("keys/")),
  );
  if (options.json === true) context.print(JSON.stringify(epochs));
  else for (const line of historyLines(epochs, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror repair`. */
export async function repairCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  const done = await repair(context);
  if (options.json === true) context.print(JSON.stringify({ done }));
  else for (const line of done.length === 0 ? ["Nothing needs repair."] : done) context.print(line);
  return exitCodes.ok;
}
