import type { Prompts } from "../app/owner.ts";
import type { Terminal } from "./terminal.ts";

/** Gives the ways to ask the person at a terminal; none where nobody is there. */
export function promptsOf(terminal: Terminal): Prompts {
  return terminal.isInteractive
    ? { ask: terminal.ask, askSecret: terminal.askSecret }
    : { ask: null, askSecret: null };
}
