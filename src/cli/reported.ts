import { systemErrorCode } from "../base/errors.ts";
import { errorReport } from "./context.ts";
import { errorExitCode, exitCodes } from "./exit-code.ts";

/** Runs a command and gives its exit code. Errors are printed, never thrown. */
export async function reported(command: () => Promise<number>): Promise<number> {
  // Whoever reads our output may have seen enough (`mirror log | head`).
  process.stdout.on("error", (error) => {
    if (systemErrorCode(error) !== "EPIPE") throw error;
    process.exit(exitCodes.ok);
  });
  try {
    return await command();
  } catch (error) {
    process.stderr.write(`${errorReport(error)}\n`);
    return errorExitCode(error);
  }
}
