import type { Environment } from "../app/home.ts";
import { errorText, isMirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { formatProblem, type Problem } from "../base/problem.ts";
import { chooseStyle, type Style } from "../ui/style.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/** What every command has: where it runs, who is there, where it prints. */
export interface Context {
  readonly directory: string;
  readonly environment: Environment;
  readonly terminal: Terminal;
  /** For stdout. */
  readonly style: Style;
  /** Prints the result. */
  readonly print: (text: string) => void;
  /** Prints what is not the result. */
  readonly note: (text: string) => void;
  /** Shows progress on one line of a terminal; nothing in a pipe. Empty text takes it away. */
  readonly progress: (text: string) => void;
}

/** Gives the context of this process, as if it had been started in `directory`. */
export function processContext(directory: string): Context {
  return {
    directory,
    environment: process.env,
    terminal: processTerminal(),
    style: chooseStyle(process.stdout.isTTY === true, process.env),
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    progress: (text) => {
      if (process.stderr.isTTY === true) process.stderr.write(`\r\u001B[K${text}`);
    },
  };
}

/** Writes an error for people: what, then every problem in it, then what to do. */
export function errorReport(error: unknown): string {
  const text = `mirror: ${isMirrorError(error) ? error.message : `a mistake of mirror's own: ${errorText(error)}`}`;
  const lines = [text.split("\n").map(printable).join("\n")];
  if (isMirrorError(error)) {
    const problems = error.data["problems"];
    if (Array.isArray(problems))
      lines.push(...problems.map((problem: Problem) => `  ${formatProblem(problem)}`));
    if (error.hint !== null) lines.push(`  ${error.hint}`);
  } else if (error instanceof Error && error.stack !== undefined) {
    lines.push(error.stack);
  }
  return lines.join("\n");
}
