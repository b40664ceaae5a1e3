import { type LintReport, lintWorkTree } from "../../app/lint.ts";
import { formatProblem } from "../../base/problem.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

/** `mirror lint`. */
export async function lintCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  return tellLint(context, await lintWorkTree(context), options);
}

/** Prints what linting found; gives the exit code. */
export function tellLint(context: Context, report: LintReport, options: { readonly json?: boolean }): number {
  const failed = report.problems.length > 0;
  if (options.json === true) context.print(JSON.stringify(report));
  else {
    for (const problem of report.problems) context.print(formatProblem(problem));
    const { policies, rules, agents, cases, facts } = report.counts;
    const unsigned = report.isUnsigned ? "; unsigned: no trust.yaml yet, `mirror init` writes it" : "";
    const summary = [
      counted(policies, "policy", "policies"),
      counted(rules, "rule"),
      counted(agents, "agent"),
      counted(cases, "case"),
      counted(facts, "fact"),
    ].join(", ");
    if (failed) context.print(`${counted(report.problems.length, "mistake")} in ${summary}`);
    else context.print(`${context.style.green("good")}: ${summary}${unsigned}`);
  }
  return failed ? exitCodes.failure : exitCodes.ok;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
