import { readFileSync } from "node:fs";
import { approveProposal } from "../../app/policy/approve.ts";
import { checkPolicy } from "../../app/policy/check.ts";
import { diffProposal } from "../../app/policy/diff.ts";
import { type Editor, proposeEdited } from "../../app/policy/edit.ts";
import { policyHistory } from "../../app/policy/history.ts";
import { type ImportSource, importPolicy } from "../../app/policy/import.ts";
import { lintPolicy } from "../../app/policy/lint.ts";
import { listProposals, showProposal } from "../../app/policy/list.ts";
import { mergeProposal } from "../../app/policy/merge.ts";
import { planProposal } from "../../app/policy/plan.ts";
import { proposeFiles, type WantedProposal } from "../../app/policy/propose.ts";
import { judgePush } from "../../app/policy/receive.ts";
import { statementFor } from "../../app/policy/statement.ts";
import { suggestPolicy, writeSuggestion } from "../../app/policy/suggest.ts";
import { testPolicy } from "../../app/policy/test.ts";
import { voidApprovals } from "../../app/policy/void.ts";
import { withdrawProposal } from "../../app/policy/withdraw.ts";
import { MirrorError } from "../../base/errors.ts";
import { printable } from "../../base/escape.ts";
import { planMarkdown, planPage } from "../../ui/plan-page.ts";
import { policyCheckPage, policyTestPage } from "../../ui/policy-check-page.ts";
import {
  approvalPage,
  historyLines,
  importPage,
  madeProposalPage,
  mergedPage,
  proposalLines,
  proposalPage,
  withdrawnPage,
} from "../../ui/proposal-page.ts";
import { suggestionPage } from "../../ui/suggestion-page.ts";
import type { Context } from "../context.ts";
import { editorOf } from "../editor.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";
import { readReceivedRefs } from "../pushed-refs.ts";
import { tellLint } from "./lint.ts";

interface Json {
  readonly json?: boolean;
}

interface As extends Json {
  readonly as?: string;
}

/** `mirror policy propose`. */
export async function policyProposeCommand(
  context: Context,
  name: string,
  options: Json & { readonly fromFile?: WantedProposal["files"]; readonly remove?: readonly string[] },
): Promise<number> {
  const { fromFile: files = [], remove = [] } = options;
  const prompts = promptsOf(context.terminal);
  const editor = files.length + remove.length === 0 ? mustHaveEditor(context) : null;
  const made =
    editor === null
      ? await proposeFiles(context, { name, files, remove }, prompts)
      : await proposeEdited(context, name, prompts, editor);
  return tell(context, options, made, madeProposalPage(made));
}

function mustHaveEditor(context: Context): Editor {
  const editor = editorOf(context);
  if (editor !== null) return editor;
  throw new MirrorError("usage", "nothing is said of what to change, and there is no terminal to edit at", {
    hint: "give --from-file <file> or --remove <path>; or change .mirror/ on a branch of your own and approve that",
  });
}

/** `mirror policy list`. */
export async function policyListCommand(context: Context, options: Json): Promise<number> {
  const stands = await listProposals(context);
  return tell(context, options, stands, proposalLines(stands, context.style));
}

/** `mirror policy show`. */
export async function policyShowCommand(context: Context, name: string, options: Json): Promise<number> {
  const stand = await showProposal(context, name);
  return tell(context, options, stand, proposalPage(stand, context.style));
}

/** `mirror policy plan`. */
export async function policyPlanCommand(
  context: Context,
  name: string | undefined,
  options: Json & { readonly all?: boolean; readonly markdown?: boolean; readonly exitCode?: boolean },
): Promise<number> {
  const plan = await planProposal(context, name ?? null, { all: options.all === true });
  tell(
    context,
    options,
    plan,
    options.markdown === true ? planMarkdown(plan) : planPage(plan, context.style),
  );
  const mayWiden = plan.verdict !== "none" && plan.verdict !== "narrows";
  return options.exitCode === true && mayWiden ? exitCodes.failure : exitCodes.ok;
}

/** `mirror policy lint`. */
export async function policyLintCommand(
  context: Context,
  name: string | undefined,
  options: Json,
): Promise<number> {
  return tellLint(context, await lintPolicy(context, name ?? null), options);
}

/** `mirror policy test`. */
export async function policyTestCommand(
  context: Context,
  name: string | undefined,
  options: Json & { readonly coverage?: boolean },
): Promise<number> {
  const test = await testPolicy(context, name ?? null);
  tell(context, options, test, policyTestPage(test, options.coverage === true, context.style));
  return test.problems.length === 0 ? exitCodes.ok : exitCodes.failure;
}

/** `mirror policy check`. */
export async function policyCheckCommand(
  context: Context,
  options: Json & { readonly base: string; readonly head: string },
): Promise<number> {
  const check = await checkPolicy(context, options.base, options.head);
  tell(context, options, check, policyCheckPage(check));
  return check.state === "unapproved" || check.state === "broken" ? exitCodes.failure : exitCodes.ok;
}

/** `mirror policy import`. */
export async function policyImportCommand(
  context: Context,
  from: ImportSource,
  options: Json,
): Promise<number> {
  const imported = await importPolicy(context, from, promptsOf(context.terminal));
  return tell(context, options, imported, importPage(imported));
}

/** `mirror policy suggest`. */
export async function policySuggestCommand(
  context: Context,
  options: Json & { readonly agent: string; readonly out?: string },
): Promise<number> {
  const suggestion = await suggestPolicy(context, options.agent);
  const out = options.out ?? null;
  if (out !== null) writeSuggestion(context, suggestion, out);
  return tell(context, options, suggestion, suggestionPage(suggestion, out, context.style));
}

/** `mirror policy receive`. */
export async function policyReceiveCommand(context: Context): Promise<number> {
  const refusals = await judgePush(context, readReceivedRefs(readFileSync(0, "utf8")));
  for (const { ref, why, hint } of refusals) {
    context.note(`mirror: ${printable(ref)} is refused: ${printable(why)}`);
    context.note(`  ${printable(hint)}`);
  }
  return refusals.length === 0 ? exitCodes.ok : exitCodes.failure;
}

/** `mirror policy diff`. */
export async function policyDiffCommand(context: Context, name: string): Promise<number> {
  const text = await diffProposal(context, name, context.style.isColoured);
  if (text !== "") context.print(text);
  return exitCodes.ok;
}

/** `mirror policy approve`. */
export async function policyApproveCommand(context: Context, name: string, options: As): Promise<number> {
  const given = await approveProposal(context, name, options.as ?? null, promptsOf(context.terminal));
  return tell(context, options, given, approvalPage(given));
}

/** `mirror policy merge`. */
export async function policyMergeCommand(context: Context, name: string, options: As): Promise<number> {
  const merged = await mergeProposal(context, name, options.as ?? null, promptsOf(context.terminal));
  return tell(context, options, merged, mergedPage(merged));
}

/** `mirror policy statement`. */
export async function policyStatementCommand(
  context: Context,
  name: string | undefined,
  options: Json,
): Promise<number> {
  const statement = await statementFor(context, name ?? null);
  return tell(context, options, statement, [statement.text]);
}

/** `mirror policy log`. */
export async function policyLogCommand(context: Context, options: Json): Promise<number> {
  const epochs = await policyHistory(context);
  return tell(context, options, epochs, historyLines(epochs, context.style));
}

/** `mirror policy withdraw`. */
export async function policyWithdrawCommand(context: Context, name: string, options: Json): Promise<number> {
  const withdrawn = await withdrawProposal(context, name);
  return tell(context, options, withdrawn, withdrawnPage(withdrawn));
}

/** `mirror policy void`. */
export async function policyVoidCommand(context: Context, options: As): Promise<number> {
  const voided = await voidApprovals(context, options.as ?? null, promptsOf(context.terminal));
  const page =
    voided.outcome === "voided"
      ? [
          `Approvals that were given and not used are void: ${voided.commit.slice(0, 12)}, epoch ${voided.epoch}.`,
        ]
      : [
          `Approved on the branch ${voided.branch}; nothing is void yet: ${voided.missing.join("; ")}.`,
          `Next: git push origin ${voided.branch}; each of them runs \`mirror policy approve ${voided.branch}\`, the last`,
          `\`mirror policy merge ${voided.branch}\`.`,
        ];
  return tell(context, options, voided, page);
}

function tell(context: Context, options: Json, result: unknown, page: readonly string[]): number {
  if (options.json === true) context.print(JSON.stringify(result));
  else for (const line of page) context.print(line);
  return exitCodes.ok;
}
