import type { Command, Word } from "../../model/command.ts";
import type { Effect } from "../../model/effect.ts";
import { noRisk } from "../../model/risk.ts";
import type { Surroundings, Understand } from "../understanding.ts";
import { interpreter } from "./interpreter.ts";
import { freshState } from "./process.ts";
import { addCommand, addExec, type Scope, type Session } from "./scope.ts";
import { mergeAll } from "./state.ts";
import { runStaleTraps } from "./traps.ts";

/** Where a shell starts. */
export interface ShellStart {
  /** Absolute and by real path; null where not known. */
  readonly cwd: string | null;
  /** What is exported to it beyond the environment of the machine. */
  readonly environment: ReadonlyMap<string, Word>;
}

/** What a shell text does. */
export interface ShellAnalysis {
  readonly commands: readonly Command[];
  /** Never empty. */
  readonly effects: readonly Effect[];
}

/**
 * Says what bash would do with a text: every command with its words, and every effect. What cannot be known is
 * among the effects as an opaque one.
 */
export function analyseShell(
  text: string,
  start: ShellStart,
  surroundings: Surroundings,
  understand: Understand,
): ShellAnalysis {
  const session: Session = {
    surroundings,
    understand,
    interpreter,
    commands: [],
    effects: [],
    doubts: new Map(),
    steps: 0,
    exhausted: false,
  };
  const scope: Scope = {
    session,
    parent: null,
    depth: 0,
    posix: false,
    guarded: false,
    jumps: [],
    returns: null,
    locals: null,
  };
  const state = freshState(start.cwd, start.environment, { text: null, piped: false, isScript: false });
  const outcome = interpreter.text(text, state, scope);
  runStaleTraps(mergeAll(outcome.ok, outcome.failed), scope);
  if (session.effects.length === 0) addExec(addCommand([":"], scope), [], noRisk, session);
  return { commands: session.commands, effects: session.effects };
}
