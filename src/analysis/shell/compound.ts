import type { Case, CompoundCommand, If, Word as ParsedWord, Redirection, TestExpression } from "unbash";
import { requireHarmless } from "./arithmetic.ts";
import type { Cursor } from "./cursor.ts";
import { expandArithmetic, expandValue } from "./expand.ts";
import { redirectGroup } from "./function-call.ts";
import { runArithmeticFor, runFor, runSelect, runWhile } from "./loops.ts";
import { redirect } from "./redirect.ts";
import { addDoubt, either, type Outcome, type Scope } from "./scope.ts";
import { mergeAll, type State, sharedInput } from "./state.ts";
import { runStaleTraps } from "./traps.ts";
import { staticText } from "./value.ts";

/** Runs a compound command. */
export function runCompound(node: CompoundCommand, state: State, scope: Scope): Outcome {
  const { interpreter } = scope.session;
  switch (node.type) {
    case "BraceGroup":
      return interpreter.statements(node.body.commands, state, scope);
    case "Subshell":
      return runSubshell(
        (entry, inner) => interpreter.statements(node.body.commands, entry, inner),
        state,
        scope,
      );
    case "If":
      return runIf(node, state, scope);
    case "Case":
      return runCase(node, state, scope);
    case "While":
      return runWhile(node, state, scope);
    case "For":
      return runFor(node, state, scope);
    case "ArithmeticFor":
      return runArithmeticFor(node, state, scope);
    case "Select":
      return runSelect(node, state, scope);
    case "TestCommand":
      return runTest(node.expression, state, scope);
    case "ArithmeticCommand": {
      if (scope.posix) addDoubt("`((…))` means something else to other shells", scope);
      if (node.expression === undefined && node.body.trim() !== "")
        addDoubt("arithmetic that is not understood", scope);
      const cursor: Cursor = { state, scope };
      expandArithmetic(node.expression, cursor);
      return either(cursor.state);
    }
  }
}

/** Runs something in a shell of its own, which leaves this one as it is. */
export function runSubshell(
  run: (state: State, scope: Scope) => Outcome,
  state: State,
  scope: Scope,
): Outcome {
  const entry: State = { ...state, trapsStale: false, traps: [] };
  const outcome = run(entry, { ...scope, jumps: [], returns: scope.returns === null ? null : [] });
  runStaleTraps(mergeAll(outcome.ok, outcome.failed), scope);
  return either(state, outcome.output);
}

/** Runs a compound command with redirections of its own. */
export function runRedirected(
  node: CompoundCommand,
  redirections: readonly Redirection[],
  state: State,
  scope: Scope,
): Outcome {
  const cursor: Cursor = { state, scope };
  const redirected = redirect(redirections, cursor);
  redirectGroup(redirected, scope);
  const { input } = redirected;
  const entry = input === null ? cursor.state : { ...cursor.state, input: sharedInput(input) };
  const outcome = runCompound(node, entry, scope);
  const back = (end: State | null) => end && { ...end, input: state.input };
  const failed = redirected.canFail ? mergeAll(back(outcome.failed), cursor.state) : back(outcome.failed);
  return { ok: back(outcome.ok), failed, output: null };
}

function runIf(node: If, state: State, scope: Scope): Outcome {
  const { interpreter } = scope.session;
  const guarded: Scope = { ...scope, guarded: true };
  const outcomes: Outcome[] = [];
  let before: State | null = state;
  for (const branch of [node, ...node.elif]) {
    const asked = interpreter.statements(branch.clause.commands, before ?? state, guarded);
    const ran = interpreter.statements(branch.then.commands, asked.ok ?? before ?? state, scope);
    if (asked.ok !== null) outcomes.push(ran);
    before = asked.failed;
  }
  if (node.else !== undefined) {
    const ran = interpreter.statements(node.else.commands, before ?? state, scope);
    if (before !== null) outcomes.push(ran);
  } else if (before !== null) outcomes.push({ ok: before, failed: null, output: null });
  return {
    ok: mergeAll(...outcomes.map((one) => one.ok)),
    failed: mergeAll(...outcomes.map((one) => one.failed)),
    output: null,
  };
}

function runCase(node: Case, state: State, scope: Scope): Outcome {
  const cursor: Cursor = { state, scope };
  expandValue(node.word, cursor);
  const ends: (State | null)[] = [];
  let falls: State | null = null;
  for (const item of node.items) {
    for (const pattern of item.pattern) expandValue(pattern, cursor);
    const entry: State = mergeAll(cursor.state, falls) ?? cursor.state;
    const ran = scope.session.interpreter.statements(item.body.commands, entry, scope);
    const end: State | null = mergeAll(ran.ok, ran.failed);
    falls = item.terminator === ";&" || item.terminator === ";;&" ? end : null;
    ends.push(end);
  }
  const end = mergeAll(cursor.state, ...ends);
  return { ok: end, failed: end, output: null };
}

/** `[[ … ]]`. Numbers in it are arithmetic, and `-v` expands a subscript. */
function runTest(expression: TestExpression, state: State, scope: Scope): Outcome {
  if (scope.posix) addDoubt("`[[` is a command like any other to other shells", scope);
  const cursor: Cursor = { state, scope };
  goThroughTest(expression, cursor);
  return either(cursor.state);
}

function goThroughTest(expression: TestExpression, cursor: Cursor): void {
  switch (expression.type) {
    case "TestUnary":
      testUnary(expression.operator, expression.operand, cursor);
      return;
    case "TestBinary": {
      const values = [expandValue(expression.left, cursor), expandValue(expression.right, cursor)];
      if (/^-(eq|ne|lt|le|gt|ge)$/.test(expression.operator))
        for (const one of values) requireHarmless(one, cursor);
      return;
    }
    case "TestLogical":
      for (const operand of expression.operands) goThroughTest(operand, cursor);
      return;
    case "TestNot":
      goThroughTest(expression.operand, cursor);
      return;
    case "TestGroup":
      goThroughTest(expression.expression, cursor);
  }
}

function testUnary(operator: string, operand: ParsedWord, cursor: Cursor): void {
  const value = expandValue(operand, cursor);
  if (operator !== "-v" && operator !== "-R") return;
  const text = staticText(value);
  if (text === null || !/^\w+(\[(\d+|@|\*|[A-Za-z_]\w*)\])?$/.test(text)) {
    addDoubt("`[[ -v` expands the subscript it is given", cursor.scope);
  }
}
