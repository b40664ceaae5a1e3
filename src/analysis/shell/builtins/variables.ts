import { type Assignment, parse } from "unbash";
import { noRisk } from "../../../model/risk.ts";
import { isOpen } from "../../words.ts";
import { requireHarmless } from "../arithmetic.ts";
import { expandAssignment } from "../assignment.ts";
import { expandArithmetic } from "../expand.ts";
import { doubtAssignment, variableName } from "../names.ts";
import { assign, putVariable, type Variable, withState } from "../state.ts";
import { anyValue, type Value } from "../value.ts";
import { type Builtin, type BuiltinCall, done, doubt, operandsOf, record, showsVariables } from "./call.ts";

/** `export`, `declare`, `typeset`, `local`, `readonly`. */
export const declare: Builtin = (call) => {
  const shows =
    call.assignments.length === 0 && operandsOf(call).every((word) => /^-[a-z]*$/.test(String(word)));
  record(call, [], shows || call.argv.includes("-p") ? showsVariables : noRisk);
  // Outside of functions it fails, and assigns nothing.
  if (call.argv[0] === "local" && call.cursor.scope.locals === null) return done(call);
  const flags = flagsOf(call);
  if (flags === null) {
    doubt(call, `\`${call.argv[0]}\` with a word that is not known`);
    return done(call);
  }
  if (/n/.test(flags) && call.argv[0] !== "export") doubt(call, "a variable that stands for another one");
  if (/f/.test(flags)) {
    if (call.argv[0] === "export")
      call.cursor.state = withState(call.cursor.state, { exportsFunctions: true });
    return done(call);
  }
  for (const word of names(call)) declareName(word, flags, call);
  for (const assignment of call.assignments) {
    const { name, value, items } = expandAssignment(assignment, call.cursor);
    if (call.cursor.scope.posix && splitsElsewhere(assignment)) {
      doubt(call, "shells other than bash split this value, and take what follows for assignments");
    }
    declareValue(name, value, items, flags, call);
  }
  return done(call);
};

function splitsElsewhere({ value }: Assignment): boolean {
  const parts = value.type === "Word" ? value.parts : undefined;
  return (
    parts?.some((part) => /^(SimpleExpansion|ParameterExpansion|CommandExpansion)$/.test(part.type)) ?? false
  );
}

/** The letters of the options; null where a word is not known. */
function flagsOf(call: BuiltinCall): string | null {
  const words = operandsOf(call);
  if (words.some(isOpen)) return null;
  const letters = words.filter((word) => typeof word === "string" && /^[-+]/.test(word)).join("");
  return letters.includes("+") ? null : letters;
}

function names(call: BuiltinCall): string[] {
  return operandsOf(call).filter((word) => typeof word === "string" && !word.startsWith("-")) as string[];
}

/** A name without a value, or with one that only shows after expansion (`declare "x=1"`). */
function declareName(word: string, flags: string, call: BuiltinCall): void {
  const [, name = word, operator, text = ""] = /^([^=+]*)(\+?=)([\s\S]*)$/.exec(word) ?? [];
  if (variableName(name) !== name) doubt(call, `\`${call.argv[0]}\` with a name that is not plain`);
  else if (operator !== undefined) declareValue(name, operator === "=" ? [text] : null, null, flags, call);
  else {
    const before = call.cursor.state.variables.get(name);
    if (isLocal(call)) declareValue(name, [], null, flags, call);
    // The value of a name that was not assigned here stays what the environment says.
    else if (before !== undefined) put(name, before.value, before.items, flags, call);
    else if (/[iulr]/.test(flags) || call.argv[0] === "readonly")
      put(name, anyValue(`$${name}`), null, flags, call);
  }
}

function declareValue(
  name: string,
  value: Value | null,
  items: readonly Value[] | null,
  flags: string,
  call: BuiltinCall,
): void {
  doubtAssignment(name, value, call.cursor.scope);
  if (isLocal(call)) call.cursor.scope.locals?.add(name);
  const integer = flags.includes("i");
  if (integer) requireHarmless(value ?? anyValue(name), call.cursor);
  const before = call.cursor.state.variables.get(name);
  const stored =
    /[iulA]/.test(flags) || before?.plain === false ? anyValue(`$${name}`) : (value ?? anyValue(`$${name}`));
  put(name, stored, flags.includes("A") ? null : items, flags, call);
}

/** `declare` in a function makes the variable its own. */
function isLocal(call: BuiltinCall): boolean {
  return (
    call.argv[0] === "local" ||
    (call.argv[0] !== "export" && call.argv[0] !== "readonly" && call.cursor.scope.locals !== null)
  );
}

function put(
  name: string,
  value: Value,
  items: readonly Value[] | null,
  flags: string,
  call: BuiltinCall,
): void {
  const before = call.cursor.state.variables.get(name);
  const exporting = call.argv[0] === "export" || flags.includes("x") || call.cursor.state.exportsAll;
  const variable: Variable = {
    value,
    items,
    exported:
      call.argv[0] === "export" && flags.includes("n") ? false : exporting || (before?.exported ?? false),
    plain: (before?.plain ?? true) && call.argv[0] !== "readonly" && !/[iulr]/.test(flags),
  };
  call.cursor.state = putVariable(call.cursor.state, name, variable);
}

/** `unset`. Takes variables away, and functions where there is no such variable. */
export const unset: Builtin = (call) => {
  record(call);
  let functions = call.cursor.state.functions;
  for (const word of operandsOf(call)) {
    if (word === "-f" || word === "-v") continue;
    const name = variableName(word);
    if (name === null) {
      doubt(call, "`unset` of a name that is not plain");
      continue;
    }
    const defined = functions.get(name);
    if (defined !== undefined) functions = new Map(functions).set(name, { ...defined, certain: false });
    if (call.argv[1] !== "-f") call.cursor.state = assign(call.cursor.state, name, []);
  }
  if (functions !== call.cursor.state.functions)
    call.cursor.state = withState(call.cursor.state, { functions });
  return done(call);
};

/** `let`: every word is an arithmetic expression. */
export const evaluateWords: Builtin = (call) => {
  record(call);
  for (const word of operandsOf(call)) {
    const [statement] = isOpen(word) ? [] : parse(`((${word}\n))`).commands;
    const command = statement?.command;
    if (command?.type !== "ArithmeticCommand" || command.expression === undefined) {
      doubt(call, "arithmetic that is not understood");
    } else expandArithmetic(command.expression, call.cursor);
  }
  return done(call);
};

export const shift: Builtin = (call) => {
  record(call);
  const { positional } = call.cursor.state;
  const [count = "1"] = operandsOf(call);
  const known =
    positional !== null &&
    typeof count === "string" &&
    /^\d+$/.test(count) &&
    Number(count) <= positional.length;
  call.cursor.state = withState(call.cursor.state, {
    positional: known ? positional.slice(Number(count)) : null,
  });
  return done(call);
};
