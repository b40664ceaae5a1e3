import { createInterface } from "node:readline";
import type { Explanation } from "../../app/explain.ts";
import { explainer } from "../../app/explainer.ts";
import type { ClientId } from "../../model/call.ts";
import type { RiskReason } from "../../model/risk.ts";
import { explainPage } from "../../ui/explain-page.ts";
import type { Context } from "../context.ts";
import { exitCodes, verdictExitCode } from "../exit-code.ts";

interface Options {
  readonly agent: string;
  readonly client: ClientId;
  readonly command?: string;
  readonly after?: readonly RiskReason[];
  readonly json?: boolean;
}

/** `mirror explain`: one command, or payloads from standard input, one a line, answered in order. */
export async function explainCommand(context: Context, options: Options): Promise<number> {
  const explain = await explainer(context, options.agent, options.client, options.after ?? []);
  const show = (explanation: Explanation): void => {
    if (options.json === true) context.print(JSON.stringify(forMachines(explanation)));
    else for (const line of explainPage(explanation, context.style)) context.print(line);
  };
  if (options.command !== undefined) {
    const explanation = explain.command(options.command);
    show(explanation);
    return verdictExitCode(explanation.decision);
  }
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== "") show(explain.payload(Buffer.from(line)));
  }
  return exitCodes.ok;
}

function forMachines({ decision, reasons, risk, effects, opaque, after }: Explanation): unknown {
  return {
    decision,
    reasons: reasons.map(({ rule, message }) => ({ rule, message })),
    risk,
    effects,
    opaque,
    // Whoever does not ask for it gets what they always got.
    ...(after.length === 0 ? {} : { after }),
  };
}
