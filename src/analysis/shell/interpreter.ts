import {
  type AndOr,
  type CommandNode,
  type Coproc,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  parse,
  type Statement,
} from "unbash";
import { limits } from "../../base/limits.ts";
import { runCompound, runRedirected, runSubshell } from "./compound.ts";
import type { Cursor } from "./cursor.ts";
import { define } from "./function-call.ts";
import { assignNamed } from "./names.ts";
import { addDoubt, countStep, deeper, either, type Interpreter, type Outcome, type Scope } from "./scope.ts";
import { runSimple } from "./simple-command.ts";
import { assign, mergeAll, mergeStates, type State, sharedInput, someInput } from "./state.ts";
import { staticText, type Value } from "./value.ts";

/** Goes through the syntax tree the way the shell would run it. */
export const interpreter: Interpreter = {
  statements: runStatements,
  node: runNode,
  nested: runNested,
  text: runTextHere,
};

/** Runs a list. What follows an `exit` is gone through as well, but leads nowhere. */
function runStatements(statements: readonly Statement[], state: State, scope: Scope): Outcome {
  let last: Outcome = either(state);
  let current = state;
  let dead = false;
  for (const statement of statements) {
    if (scope.session.exhausted) break;
    last = runStatement(statement, current, scope);
    const end = mergeAll(last.ok, last.failed);
    if (end === null) dead = true;
    else current = end;
  }
  const output = statements.length === 1 ? last.output : null;
  return dead ? { ok: null, failed: null, output } : { ...last, output };
}

function runStatement({ command, background }: Statement, state: State, scope: Scope): Outcome {
  const run = (entry: State, inner: Scope): Outcome =>
    command.type === "AndOr" ? runAndOr(command, entry, inner) : runPipeline(command, entry, inner);
  if (background !== true) return run(state, scope);
  const outcome = runSubshell(run, state, scope);
  return { ...outcome, output: null };
}

function runAndOr(list: AndOr, state: State, scope: Scope): Outcome {
  let ok: State | null = state;
  let failed: State | null = null;
  list.commands.forEach((command, index) => {
    const operator = list.operators[index - 1];
    const isLast = index === list.commands.length - 1;
    const entry: State | null = operator === "||" ? failed : ok;
    // What cannot be reached is gone through as well: it does no harm to know it.
    const ran = runPipeline(command, entry ?? state, isLast ? scope : { ...scope, guarded: true });
    if (entry === null) return;
    if (operator === "||") [ok, failed] = [mergeAll(ok, ran.ok), ran.failed];
    else [ok, failed] = [ran.ok, mergeAll(failed, ran.failed)];
  });
  return { ok, failed, output: null };
}

function runPipeline(node: PipelineNode, state: State, scope: Scope): Outcome {
  if (node.type !== "Pipeline") return stopsOnError(runNode(node, state, scope), scope);
  const negated = node.prefixes.filter((prefix) => prefix.type === "Negation").length % 2 === 1;
  const negates = node.prefixes.some((prefix) => prefix.type === "Negation");
  const inner: Scope = negates ? { ...scope, guarded: true } : scope;
  const [only, ...others] = node.commands;
  if (only === undefined) return either(state);
  const outcome = others.length > 0 ? runStages(node, state, inner) : runNode(only, state, inner);
  const turned = negated ? { ok: outcome.failed, failed: outcome.ok, output: outcome.output } : outcome;
  return negates ? turned : stopsOnError(turned, scope);
}

/** Under `set -e`, nothing follows a failure. */
function stopsOnError(outcome: Outcome, scope: Scope): Outcome {
  if (scope.guarded || outcome.ok === null || outcome.failed?.stopsOnError !== true) return outcome;
  return { ...outcome, failed: null };
}

/** Runs the commands of a pipe, each in a shell of its own, with what is known of what flows. */
function runStages(node: Pipeline, state: State, scope: Scope): Outcome {
  let flow: Value | null = null;
  let after = state;
  node.commands.forEach((command, index) => {
    const text = flow === null ? null : staticText(flow);
    const piped = index === 0 ? state.input : { ...someInput, text };
    const input = command.type === "Command" ? piped : sharedInput(piped);
    const run = (entry: State, inner: Scope): Outcome => runNode(command, { ...entry, input }, inner);
    const isLast = index === node.commands.length - 1;
    const ran = isLast ? run(state, scope) : runSubshell(run, state, scope);
    // With `lastpipe`, and in zsh, the last command runs in the shell itself.
    if (isLast) after = mergeLast(state, ran);
    // `|&` sends what was written to standard error as well.
    flow = node.operators[index] === "|&" ? null : ran.output;
  });
  return either(after, flow);
}

function mergeLast(state: State, ran: Outcome): State {
  const end = mergeAll(ran.ok, ran.failed);
  return end === null ? state : mergeStates(state, { ...end, input: state.input });
}

function runNode(node: CommandNode, state: State, scope: Scope): Outcome {
  if (!countStep(scope)) return either(state);
  switch (node.type) {
    case "Command":
      return runSimple(node, state, scope);
    case "Function":
      return define(node, state, scope);
    case "Coproc":
      return runCoprocess(node, state, scope);
    case "Redirected":
      return runRedirected(node.command, node.redirects, state, scope);
    default:
      return runCompound(node, state, scope);
  }
}

function runCoprocess(node: Coproc, state: State, scope: Scope): Outcome {
  const { body } = node;
  runSubshell(
    (entry, inner) =>
      body.type === "CompoundList"
        ? runStatements(body.commands, entry, inner)
        : runNode(body, { ...entry, input: someInput }, inner),
    state,
    scope,
  );
  const name = node.name?.value ?? "COPROC";
  const cursor: Cursor = { state, scope };
  assignNamed(name, null, cursor);
  return either(assign(cursor.state, `${name}_PID`, null));
}

/** Runs a substitution. Gives what it writes where that is known, without the newlines at its end. */
function runNested(script: ParsedScript | undefined, state: State, scope: Scope): Value | null {
  if (script === undefined) {
    addDoubt("a substitution that is not understood", scope);
    return null;
  }
  const inner = deeper(scope, { guarded: true });
  if (inner === null) return null;
  doubtErrors(script, inner);
  if (script.commands.some((one) => holdsHereDocument(one)) && !isOneLine(script))
    addDoubt("a here-document with more after it in a substitution", inner);
  const entry: State = { ...state, input: sharedInput(state.input), stopsOnError: false };
  const { output } = runSubshell((start, own) => runStatements(script.commands, start, own), entry, inner);
  return output === null ? null : withoutNewlines(output);
}

/** Tells whether there is a here-document anywhere in a part of the syntax tree. */
function holdsHereDocument(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if ("type" in node && node.type === "HereDoc") return true;
  return Object.values(node).some(holdsHereDocument);
}

/**
 * Bash writes the text of a substitution anew before it runs it, and 5.2 leaves out the `;` that follows a here-document:
 * two commands become one. Tells whether there is no place for a `;`.
 */
function isOneLine({ commands }: ParsedScript): boolean {
  const [only, ...others] = commands;
  if (only === undefined || others.length > 0 || only.background === true) return false;
  const simple = (node: PipelineNode): boolean =>
    node.type === "Pipeline" ? node.commands.every((one) => one.type === "Command") : node.type === "Command";
  return only.command.type === "AndOr" ? only.command.commands.every(simple) : simple(only.command);
}

function withoutNewlines(value: Value): Value {
  const last = value.at(-1);
  if (typeof last !== "string") return value;
  const text = last.replace(/\n+$/, "");
  return text === "" && value.length > 1
    ? withoutNewlines(value.slice(0, -1))
    : [...value.slice(0, -1), text];
}

/** Bash joins continued lines before it reads tokens; here the parser may read another token (`$\\` and `x`). */
const splitTokens = /[$~#{}![=@^]\\\n\S|[^\s\w./-]\\\n[^\s\w./-]|\S\\\n[([{},=+<>]/;

/** Runs text in this shell: all of it if it is understood, and what can be seen of it if not. */
function runTextHere(text: string, state: State, scope: Scope): Outcome {
  if (text.length > limits.command || text.includes("\0")) {
    addDoubt("shell text that is too long or not text", scope);
    return either(state);
  }
  if (splitTokens.test(text)) addDoubt("a line that goes on in the middle of a token", scope);
  const script = parse(text);
  doubtErrors(script, scope);
  return runStatements(script.commands, state, scope);
}

function doubtErrors(script: ParsedScript, scope: Scope): void {
  const [error] = script.errors ?? [];
  if (error !== undefined) addDoubt(`shell text that is not understood: ${error.message}`, scope);
}
