import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeFileOf, loadProgram } from "../app/compiled-program.ts";
import { statePathsAt } from "../app/home.ts";
import { exitCodes } from "./exit-code.ts";
import type { serveCommand } from "./serve-command.ts";

// `mirror-daemon.cjs <state directory> [<agent>]`: what the hook starts when no daemon runs, and the person waits for.
// So it loads its program with the code that was kept the last time.
const [directory = "", agent] = process.argv.slice(2);
if (directory === "") {
  process.stderr.write("usage: mirror-daemon.cjs <state directory> [<agent>]\n");
  process.exitCode = exitCodes.usage;
} else {
  const program = join(dirname(fileURLToPath(import.meta.url)), "serve.cjs");
  const { exports, keepCode } = loadProgram(program, codeFileOf(program, statePathsAt(directory).home));
  const { serveCommand: serve } = exports as { readonly serveCommand: typeof serveCommand };
  void serve(directory, agent ?? null, keepCode).then((code) => {
    process.exitCode = code;
  });
}
