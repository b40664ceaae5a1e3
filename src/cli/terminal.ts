import { createInterface } from "node:readline";
import { MirrorError } from "../base/errors.ts";

/** The terminal a person sits at. */
export interface Terminal {
  /** True if there is somebody to ask. */
  readonly isInteractive: boolean;
  /** Asks one line. Throws `not-a-terminal` where nobody is there. */
  readonly ask: (question: string) => Promise<string>;
  /** Asks one line without showing it. Throws `not-a-terminal` where nobody is there. */
  readonly askSecret: (question: string) => Promise<string>;
}

/** Gives the terminal of this process: questions go to stderr, so that stdout stays the result. */
export function processTerminal(): Terminal {
  const isInteractive = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    isInteractive,
    ask: (question) => (isInteractive ? askLine(question, false) : refuse(question)),
    askSecret: (question) => (isInteractive ? askLine(question, true) : refuse(question)),
  };
}

async function refuse(question: string): Promise<string> {
  throw new MirrorError("not-a-terminal", `there is no terminal to ask: ${question.trim()}`);
}

function askLine(question: string, hidden: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    process.stderr.write(question);
    // With an output that swallows everything readline echoes nothing of what is typed.
    const lines = createInterface({ input: process.stdin, terminal: hidden });
    lines.once("line", (line) => {
      lines.removeAllListeners("close");
      lines.close();
      if (hidden) process.stderr.write("\n");
      resolve(line);
    });
    lines.once("close", () => reject(new MirrorError("declined", "nothing was entered")));
    lines.once("SIGINT", () => lines.close());
  });
}
