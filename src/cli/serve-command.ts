import { statePathsAt } from "../app/home.ts";
import { errorText, isMirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { serveDaemon } from "../daemon/serve.ts";
import { exitCodes } from "./exit-code.ts";

/** `mirror daemon serve <state directory>`: the daemon itself, started by `daemon start` and by hooks. */
export async function serveCommand(args: readonly string[]): Promise<number> {
  const [directory] = args;
  if (directory === undefined) {
    process.stderr.write("usage: mirror daemon serve <state directory>\n");
    return exitCodes.usage;
  }
  try {
    await serveDaemon(statePathsAt(directory));
    return exitCodes.ok;
  } catch (error) {
    // The daemon has no terminal: this goes to its log. What waits for it shows the last line, so that is the cause.
    if (!isMirrorError(error)) console.error(error);
    const hint = isMirrorError(error) && error.hint !== null ? `; ${error.hint}` : "";
    process.stderr.write(`${new Date().toISOString()}\n${printable(errorText(error))}${hint}\n`);
    return exitCodes.failure;
  }
}
