import { lintWorkTree } from "../../app/lint.ts";
import { formatProblem } from "../../base/problem.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

/** `mirror lint`. */
export async function lintCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  const report = await lintWorkTree(context);
  const failed = report.problems.length > 0;
  if (options.json === true) context.print(JSON.stringify(report));
  else {
    for (const problem of report.problems) context.print(formatProblem(problem));
    const { policies, rules, agents, cases, facts } = report.counts;
    const unsigned = report.isUnsigned ? "; unsigned: no trust.yaml yet, `mirror init` writes it" : "";
    const summary = `${policies} policies, ${rules} rules, ${agents} agents, ${cases} cases, ${facts} facts`;
    if (failed) context.print(`${report.problems.length} mistakes in ${summary}`);
    else context.print(`${context.style.green("good")}: ${summary}${unsigned}`);
  }
  return failed ? exitCodes.failure : exitCodes.ok;
}
