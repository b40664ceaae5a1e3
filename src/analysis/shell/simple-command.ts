import { type Assignment, type Command as CommandNode, type Word as ParsedWord, parse } from "unbash";
import type { Word } from "../../model/command.ts";
import { isOpen } from "../words.ts";
import { expandAssignment, makeAssignment, store } from "./assignment.ts";
import { bashOnly, findBuiltin, specialBuiltins } from "./builtins/table.ts";
import type { Cursor } from "./cursor.ts";
import { expandWord } from "./expand.ts";
import { callFunction, redirectGroup, restoreVariables } from "./function-call.ts";
import { programOutput } from "./output.ts";
import { environmentOf, startProgram } from "./process.ts";
import { type Redirected, redirect } from "./redirect.ts";
import { addDoubt, deeper, either, type Outcome, type Scope } from "./scope.ts";
import { assign, mergeAll, putVariable, type State, withState } from "./state.ts";

/** A command with its words expanded. */
interface Expanded {
  readonly argv: readonly Word[];
  readonly assignments: readonly Assignment[];
  readonly redirected: Redirected;
  /** Whether functions count: not after `command`. */
  readonly functions: boolean;
}

/** Runs a simple command: assignments, words, redirections. */
export function runSimple(node: CommandNode, state: State, scope: Scope): Outcome {
  const cursor: Cursor = { state, scope };
  const argv = node.name === undefined ? [] : expandWord(node.name, cursor);
  const assignments: Assignment[] = [];
  const declares = typeof argv[0] === "string" && /^(export|declare|typeset|local|readonly)$/.test(argv[0]);
  for (const one of node.args) {
    if (one.type === "Word") argv.push(...expandWord(one, cursor));
    else if (declares) assignments.push(one);
    else argv.push(...assignmentWords(one, cursor));
  }
  doubtTouching(node, scope);
  const redirected = redirect(node.redirects, cursor);
  const prefix = node.prefix.filter((one) => one.type === "Assignment");
  if (argv.length === 0) return assignOnly(prefix, redirected, cursor);
  const expanded: Expanded = { argv, assignments, redirected, functions: true };
  const alias = node.name === undefined ? undefined : state.aliases.get(node.name.text);
  if (alias !== undefined) runAlias(alias, node, cursor.state, scope);
  return prefix.length === 0 ? dispatch(expanded, cursor) : withPrefix(prefix, expanded, cursor);
}

/** Words are apart in the text. Two that touch are one word to bash (`a$<(cmd)`), which the parser cut. */
function doubtTouching(node: CommandNode, scope: Scope): void {
  let end = -1;
  for (const one of [...node.prefix, ...(node.name === undefined ? [] : [node.name]), ...node.suffix]) {
    const isWord = one.type === "Word" || one.type === "Assignment";
    if (isWord && one.pos === end) addDoubt("a word that is not understood", scope);
    end = one.end;
  }
}

/** An assignment's form among the words of a command that is no declaration: a word. */
function assignmentWords(assignment: Assignment, cursor: Cursor): Word[] {
  const script = parse(`: ${assignment.text}`);
  const [statement] = script.commands;
  const word = statement?.command.type === "Command" ? statement.command.suffix[0] : undefined;
  if (script.errors === undefined && word?.type === "Word") return expandWord(word as ParsedWord, cursor);
  addDoubt("an assignment where none can be", cursor.scope);
  return [];
}

function assignOnly(prefix: readonly Assignment[], redirected: Redirected, cursor: Cursor): Outcome {
  redirectGroup(redirected, cursor.scope);
  for (const assignment of prefix) makeAssignment(assignment, cursor);
  return either(cursor.state);
}

/** Runs a command with assignments that hold for it alone. */
function withPrefix(prefix: readonly Assignment[], expanded: Expanded, cursor: Cursor): Outcome {
  const before = cursor.state;
  const names: string[] = [];
  for (const assignment of prefix) {
    const stored = expandAssignment(assignment, cursor);
    store(stored, cursor);
    names.push(stored.name);
    const variable = cursor.state.variables.get(stored.name);
    if (variable !== undefined)
      cursor.state = putVariable(cursor.state, stored.name, { ...variable, exported: true });
  }
  const outcome = dispatch(expanded, cursor);
  const stays = cursor.scope.posix && specialBuiltins.has(String(expanded.argv[0]));
  const back = (end: State | null) => {
    if (end === null) return null;
    if (!stays) return restoreVariables(end, before, names);
    return names.reduce((state, name) => assign(state, name, null), end);
  };
  return { ...outcome, ok: back(outcome.ok), failed: back(outcome.failed) };
}

function runAlias(alias: string, node: CommandNode, state: State, scope: Scope): void {
  const [statement] = parse(alias).commands;
  const inner = deeper(scope, { locals: null, jumps: [], returns: null });
  if (inner === null || statement?.command.type !== "Command") return;
  const cursor: Cursor = { state: withState(state, { aliases: new Map() }), scope: inner };
  const words = [statement.command.name, ...statement.command.suffix, ...node.args].flatMap((word) =>
    word?.type === "Word" ? expandWord(word, cursor) : [],
  );
  const redirected = redirect(node.redirects, cursor);
  if (words.length > 0) dispatch({ argv: words, assignments: [], redirected, functions: true }, cursor);
}

/** Finds what the first word names: a function, a builtin, or a program. */
function dispatch(expanded: Expanded, cursor: Cursor): Outcome {
  const { argv, redirected } = expanded;
  const { state, scope } = cursor;
  const [name] = argv;
  const input = redirected.input ?? state.input;
  if (typeof name !== "string") return runProgram(expanded, cursor);
  const definition = expanded.functions ? state.functions.get(name) : undefined;
  if (definition !== undefined) {
    if (scope.posix && specialBuiltins.has(name))
      addDoubt(`\`${name}\` is a function to some shells only`, scope);
    const called = callFunction(definition, argv, input, redirected, state, scope);
    if (definition.certain) return called;
    const other = dispatch({ ...expanded, functions: false }, { state, scope });
    return { ok: mergeAll(called.ok, other.ok), failed: mergeAll(called.failed, other.failed), output: null };
  }
  const builtin = findBuiltin(name);
  if (builtin === null) return runProgram(expanded, cursor);
  if (scope.posix && bashOnly.has(name)) addDoubt(`\`${name}\` is no builtin of other shells`, scope);
  const instead = (words: readonly Word[]): Outcome =>
    dispatch({ ...expanded, argv: words, functions: false }, cursor);
  return builtin({ argv, assignments: expanded.assignments, cursor, input, redirected, instead });
}

/** Programs that never read standard input. */
const readsNothing =
  /^(ls|mkdir|touch|date|sleep|basename|dirname|realpath|readlink|stat|uname|whoami|hostname|which)$/;

function runProgram({ argv, redirected }: Expanded, cursor: Cursor): Outcome {
  const { state, scope } = cursor;
  const input = redirected.input ?? state.input;
  const [name] = argv;
  if (input.isScript && (name === undefined || isOpen(name) || !readsNothing.test(name))) {
    addDoubt("a command may take lines of the text that is being run", scope);
  }
  const start = {
    argv,
    cwd: state.cwd,
    environment: environmentOf(state),
    input,
    redirected: redirected.effects,
  };
  const understanding = startProgram(start, state, scope);
  const output = redirected.movesOutput
    ? null
    : programOutput(argv, input, state.cwd, scope.session.surroundings, state.variables.has("TMPDIR"));
  const moved = understanding.cwd;
  if (moved === undefined) return either(state, output);
  return { ok: withState(state, { cwd: moved, logical: moved }), failed: state, output };
}
