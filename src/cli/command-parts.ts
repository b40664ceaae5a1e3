import { Option } from "commander";
import type { Context } from "./context.ts";

/** What a command does: prints its result and gives the exit code. */
export type Action = (context: Context, ...args: never[]) => Promise<number>;

/** Ties a command to its module, which is loaded only when the command runs. */
export type RunCommand = (load: () => Promise<Action>) => (...given: unknown[]) => Promise<void>;

/** The option that every command with a result has. */
export function json(): Option {
  return new Option("--json", "print JSON for machines");
}
