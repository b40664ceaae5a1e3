import { verifyRepository } from "../../app/verify.ts";
import { printable } from "../../base/escape.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

/** `mirror verify`. */
export async function verifyCommand(context: Context, options: { readonly json?: boolean }): Promise<number> {
  const report = await verifyRepository(context, (done, of) =>
    context.progress(`verifying: ${done} of ${of} receipts`),
  );
  context.progress("");
  const { ok, receipts, signatures, unknown, replayed, sealed, problems, warnings } = report;
  if (options.json === true) {
    context.print(JSON.stringify(report));
  } else {
    if (receipts === 0 && ok) {
      context.print("The ledger is empty: no call was decided yet.");
      return exitCodes.ok;
    }
    const verdict = ok ? context.style.green("good") : context.style.red("NOT good");
    context.print(
      `The ledger is ${verdict}: ${receipts} receipts in one chain, ${signatures} good signatures${unknown === 0 ? "" : `, ${unknown} unknown`},`,
    );
    context.print(
      `${replayed} decisions decided again with the same answer, ${sealed} sealed (stricter than their redacted record).`,
    );
    for (const warning of warnings) {
      context.print(`  ${context.style.yellow(warning.code)}  ${printable(warning.message)}`);
    }
    for (const problem of problems) {
      context.print(
        `  ${context.style.red(problem.code)}  ${printable(problem.message)}  ${problem.commit ?? ""}`,
      );
    }
  }
  return ok ? exitCodes.ok : exitCodes.verificationFailed;
}
