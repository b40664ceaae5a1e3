import { isOpen } from "../../words.ts";
import { assignNamed, variableName } from "../names.ts";
import { assign } from "../state.ts";
import { type Builtin, type BuiltinCall, done, doubt, operandsOf, record } from "./call.ts";

/** A builtin whose words cannot make it do anything: `:`, `true`, `type`. */
export const inert: Builtin = (call) => {
  record(call);
  return done(call);
};

/** A builtin that is harmless only without words, or with those that match `safe`. */
export function harmlessWith(safe: RegExp): Builtin {
  return (call) => {
    record(call);
    const words = operandsOf(call);
    if (!words.every((word) => !isOpen(word) && safe.test(word))) {
      doubt(call, `\`${call.argv[0]}\` with these words may change what later commands are`);
    }
    return done(call);
  };
}

/** `test` and `[`. A subscript that `-v` is given is expanded, and runs what it holds. */
export const test: Builtin = (call) => {
  record(call);
  const words = operandsOf(call);
  words.forEach((word, index) => {
    if (isOpen(word) && word.many && !word.glob) {
      doubt(call, `\`test\` with \`${word.text}\`, which may be several words`);
      return;
    }
    const before = words[index - 1];
    const mayAsk =
      before !== undefined && (isOpen(before) ? index === 1 : before === "-v" || before === "-R");
    const holdsMore = isOpen(word)
      ? !word.glob
      : word.includes("[") && word !== "[" && variableName(word) === null;
    if (mayAsk && holdsMore) doubt(call, "`test -v` expands the subscript it is given");
  });
  return done(call);
};

/** `read`: sets variables, from input nobody knows. */
export const read: Builtin = (call) => {
  record(call);
  if (call.input.isScript) doubt(call, "`read` takes lines of the text that is being run");
  const names = assignNames(call, /^-[a-z]*[adinNptu]$/, "REPLY");
  if (names === null) doubt(call, "`read` into a name that is not known");
  return done(call);
};

/** `mapfile` and `readarray`. `-C` names a command to run. */
export const mapfile: Builtin = (call) => {
  record(call);
  if (call.input.isScript) doubt(call, "`mapfile` takes lines of the text that is being run");
  const callback = operandsOf(call).some((word) => isOpen(word) || /^-[a-zA-Z]*C/.test(word));
  const names = assignNames(call, /^-[a-zA-Z]*[dnOsucC]$/, "MAPFILE");
  if (callback || names === null) doubt(call, "`mapfile` may run a command for each line");
  return done(call);
};

export const getopts: Builtin = (call) => {
  record(call);
  const name = variableName(call.argv[2]);
  if (name === null) doubt(call, "`getopts` into a name that is not known");
  else {
    assignNamed(name, null, call.cursor);
    call.cursor.state = assign(call.cursor.state, "OPTARG", null);
  }
  return done(call);
};

/** Sets the named variables to something unknown. `takesValue`: options with a value of their own. Null: a name is not known. */
function assignNames(call: BuiltinCall, takesValue: RegExp, otherwise: string): readonly string[] | null {
  const names: string[] = [];
  const words = operandsOf(call);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (typeof word === "string" && word.startsWith("-")) {
      const array = /^-[a-z]*a(\w*)$/.exec(word);
      const next = words[index + 1];
      if (array !== null && call.argv[0] === "read") {
        names.push(variableName(array[1] === "" ? next : array[1]) ?? "");
      }
      if (takesValue.test(word)) index += 1;
      continue;
    }
    names.push(variableName(word) ?? "");
  }
  if (names.length === 0) names.push(otherwise);
  for (const name of names) if (name !== "") assignNamed(name, null, call.cursor);
  return names.includes("") ? null : names;
}
