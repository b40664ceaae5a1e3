import { closeSync, openSync, writeSync } from "node:fs";
import { statePathsAt } from "../app/home.ts";
import { errorText, isMirrorError, systemErrorCode } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { serveDaemon } from "../daemon/serve.ts";
import { exitCodes } from "./exit-code.ts";

/** Milliseconds a daemon has until it listens; below every client's own time-out. */
const startDeadline = 10_000;

/**
 * The daemon itself, for `daemon start` and for hooks. Whoever started it reads one line from its stdout and then the
 * end: `ready`, or `refused <why>`, written as the inside of a JSON string so that a shell can put it into an answer.
 * `keepCode` is called once it has answered something.
 */
export async function serveCommand(
  directory: string,
  agent: string | null,
  keepCode: () => void,
): Promise<number> {
  const late = setTimeout(() => {
    sayOnce(`refused ${jsonText(`the gate did not start within ${startDeadline / 1_000} seconds`)}`);
    process.exit(exitCodes.failure);
  }, startDeadline);
  const sayOnce = sayer();
  const report = (refusal: unknown): void => {
    clearTimeout(late);
    sayOnce(refusal === null ? "ready" : `refused ${jsonText(wording(refusal))}`);
  };
  try {
    await serveDaemon(statePathsAt(directory), { agent, started: report, warm: keepCode });
    return exitCodes.ok;
  } catch (error) {
    // The daemon has no terminal: this goes to its log.
    if (!isMirrorError(error)) console.error(error);
    process.stderr.write(`${new Date().toISOString()} ${wording(error)}\n`);
    report(error);
    return exitCodes.failure;
  }
}

function wording(error: unknown): string {
  const hint = isMirrorError(error) && error.hint !== null ? `; ${error.hint}` : "";
  return printable(`the gate did not start: ${errorText(error)}${hint}`);
}

function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Gives a function that writes a line to stdout and ends it, the first time it is called. */
function sayer(): (line: string) => void {
  let said = false;
  return (line) => {
    if (said) return;
    said = true;
    try {
      writeSync(1, `${line}\n`);
    } catch (error) {
      // Who started us has gone: there is nobody to tell.
      if (systemErrorCode(error) !== "EPIPE") throw error;
    }
    closeSync(1);
    // The lowest number is free now: it must not become a socket that something prints to.
    openSync("/dev/null", "w");
  };
}
