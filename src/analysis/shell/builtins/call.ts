import type { Assignment } from "unbash";
import type { Word } from "../../../model/command.ts";
import { noRisk, type Risk } from "../../../model/risk.ts";
import type { Cursor } from "../cursor.ts";
import type { Redirected } from "../redirect.ts";
import { addCommand, addDoubt, addDrafts, addExec, either, type Outcome } from "../scope.ts";
import type { Input, State } from "../state.ts";
import type { Value } from "../value.ts";

/** A builtin about to run. */
export interface BuiltinCall {
  /** With its name, which is static. */
  readonly argv: readonly Word[];
  /** Its words that are assignments: those of `export`, `declare`, `local`. */
  readonly assignments: readonly Assignment[];
  /** Assignments before the command are in force in its state. */
  readonly cursor: Cursor;
  readonly input: Input;
  readonly redirected: Redirected;
  /** Runs these words in its place, with the same redirections; functions are not looked up. */
  readonly instead: (argv: readonly Word[]) => Outcome;
}

export type Builtin = (call: BuiltinCall) => Outcome;

/** Appends the command, its effect and those of its redirections; gives the command's index. */
export function record(call: BuiltinCall, opaque: readonly string[] = [], own: Risk = noRisk): number {
  const { scope } = call.cursor;
  const words = call.assignments.map((assignment) => assignment.text);
  const index = addCommand([...call.argv, ...words], scope);
  addExec(index, opaque, own, scope.session);
  addDrafts(index, call.redirected.effects, scope.session);
  return index;
}

/** The outcome of a builtin that leaves the shell as its words' expansion left it. */
export function done(call: BuiltinCall, output: Value | null = null): Outcome {
  return either(call.cursor.state, call.redirected.movesOutput ? null : output);
}

/** The outcome of a builtin that changes the shell where it succeeds. */
export function changed(call: BuiltinCall, state: State): Outcome {
  call.cursor.state = state;
  return either(state);
}

/** Makes the call opaque for something a builtin may do. */
export function doubt(call: BuiltinCall, reason: string): void {
  addDoubt(reason, call.cursor.scope);
}

/** The builtin's words without its name. */
export function operandsOf(call: BuiltinCall): readonly Word[] {
  return call.argv.slice(1);
}

/** The risk of showing all variables: keys are often among them. */
export const showsVariables: Risk = { level: "low", reasons: ["reads-secret"] };
