import { answerAsk, type WaitingAsk, waitingAsks } from "../../app/approvals.ts";
import { MirrorError } from "../../base/errors.ts";
import type { ConsentTerm } from "../../model/consent.ts";
import { answerLines, askLines, asksPage } from "../../ui/approvals-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";

interface Options {
  readonly json?: boolean;
}

/** `mirror approvals list`. */
export async function approvalsListCommand(context: Context, options: Options): Promise<number> {
  const asks = await waitingAsks(context);
  if (options.json === true) context.print(JSON.stringify(asks));
  else for (const line of asksPage(asks, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror approvals show`. */
export async function approvalsShowCommand(context: Context, id: number, options: Options): Promise<number> {
  const ask = (await waitingAsks(context)).find((each: WaitingAsk) => each.id === id);
  if (ask === undefined) {
    throw new MirrorError("usage", `ask ${id} does not wait for an answer (any more)`, {
      hint: `what became of it: \`mirror log\`; its receipt: \`mirror show ${id}\``,
    });
  }
  if (options.json === true) context.print(JSON.stringify(ask));
  else for (const line of askLines(ask, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror approvals answer`. */
export async function approvalsAnswerCommand(
  context: Context,
  id: number,
  options: Options & {
    readonly allow?: boolean;
    readonly deny?: boolean;
    readonly for: ConsentTerm;
    readonly reason?: string;
    readonly as?: string;
  },
): Promise<number> {
  if ((options.allow === true) === (options.deny === true))
    throw new MirrorError("usage", "found neither or both of `--allow` and `--deny`, expected one");
  const wanted = {
    answer: options.allow === true ? ("allow" as const) : ("deny" as const),
    lasts: options.for,
    reason: options.reason ?? null,
  };
  const given = await answerAsk(context, id, wanted, options.as ?? null, promptsOf(context.terminal));
  if (options.json === true) context.print(JSON.stringify(given));
  else for (const line of answerLines(given)) context.print(line);
  return exitCodes.ok;
}
