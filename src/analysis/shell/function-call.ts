import type { Function as FunctionNode, Statement } from "unbash";
import type { Word } from "../../model/command.ts";
import type { Redirected } from "./redirect.ts";
import { addCommand, addDoubt, addDrafts, deeper, either, type Outcome, type Scope } from "./scope.ts";
import {
  type Definition,
  type Input,
  mergeAll,
  type State,
  sharedInput,
  type Variable,
  withState,
} from "./state.ts";
import { valueOfWord } from "./value.ts";

/** Defines a function. Its body counts where it is called. */
export function define(node: FunctionNode, state: State, scope: Scope): Outcome {
  const name = node.name.value;
  if (scope.posix && node.name.pos !== node.pos)
    addDoubt("`function` means something else to other shells", scope);
  const definition: Definition = { bodies: [node.body], certain: true };
  const defined = withState(state, { functions: new Map(state.functions).set(name, definition) });
  // Bash calls this one by itself, for any command it does not find.
  if (name === "command_not_found_handle" || name === "command_not_found_handler") {
    addDoubt(`\`${name}\` runs for any command that is not found`, scope);
  }
  return either(defined);
}

/** Calls a function: runs each body it may have, with its words as positional parameters. */
export function callFunction(
  definition: Definition,
  argv: readonly Word[],
  input: Input,
  redirected: Redirected,
  state: State,
  scope: Scope,
): Outcome {
  redirectGroup(redirected, scope);
  const words = argv.slice(1);
  const known = words.every((word) => typeof word === "string" || !word.many);
  const entry: State = {
    ...state,
    positional: known ? words.map(valueOfWord) : null,
    input: sharedInput(input),
  };
  const returns: State[] = [];
  const locals = new Set<string>();
  const inner = deeper(scope, { returns, locals, jumps: [] });
  if (inner === null) return either(state);
  const outcomes = definition.bodies.map((body) => runBody(body, entry, inner));
  const back = (end: State | null) => end && leaveFunction(end, state, locals);
  return {
    ok: back(mergeAll(...outcomes.map((one) => one.ok), ...returns)),
    failed: back(mergeAll(...outcomes.map((one) => one.failed), ...returns)),
    output: null,
  };
}

function runBody(body: Definition["bodies"][number], state: State, scope: Scope): Outcome {
  const { interpreter } = scope.session;
  if (body.type !== "CompoundList") return interpreter.node(body, state, scope);
  const statements: readonly Statement[] = body.commands;
  return interpreter.statements(statements, state, scope);
}

function leaveFunction(end: State, before: State, locals: ReadonlySet<string>): State {
  return { ...restoreVariables(end, before, locals), positional: before.positional, input: before.input };
}

/** Gives the named variables the values they had before. */
export function restoreVariables(end: State, before: State, names: Iterable<string>): State {
  let variables: Map<string, Variable> | null = null;
  let splitsAtSpace = end.splitsAtSpace;
  for (const name of names) {
    variables ??= new Map(end.variables);
    const one = before.variables.get(name);
    if (one === undefined) variables.delete(name);
    else variables.set(name, one);
    if (name === "IFS") splitsAtSpace = before.splitsAtSpace;
  }
  return variables === null ? end : { ...end, variables, splitsAtSpace };
}

/** Ties the redirections of what is no program of its own (a group, a loop, a function) to a command that does nothing. */
export function redirectGroup(redirected: Redirected, scope: Scope): void {
  if (redirected.effects.length > 0) addDrafts(addCommand([":"], scope), redirected.effects, scope.session);
}
