import { daemonStatus, startDaemonHere, stopDaemon } from "../../app/daemon-control.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

interface JsonOption {
  readonly json?: boolean;
}

type DaemonCommand = (context: Context, options: JsonOption) => Promise<number>;

/** `mirror daemon start|stop|status`. */
export const daemonCommands: Readonly<Record<"start" | "stop" | "status", DaemonCommand>> = {
  async start(context, options) {
    const status = await startDaemonHere(context);
    context.print(
      options.json === true ? JSON.stringify(status) : `The daemon runs (process ${status.pid}).`,
    );
    return exitCodes.ok;
  },
  async stop(context, options) {
    const stopped = await stopDaemon(context);
    if (options.json === true) context.print(JSON.stringify({ stopped }));
    else
      context.print(
        stopped ? "The daemon stopped; every receipt is in the ledger." : "The daemon was not running.",
      );
    return exitCodes.ok;
  },
  async status(context, options) {
    const status = await daemonStatus(context);
    if (options.json === true) context.print(JSON.stringify(status ?? { pid: null }));
    else if (status === null) context.print("The daemon is not running; the next tool call starts it.");
    else
      context.print(
        `The daemon runs (process ${status.pid}) and listens for: ${status.agents.join(", ") || "no agent"}.`,
      );
    return exitCodes.ok;
  },
};
