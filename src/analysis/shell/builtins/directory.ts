import { isAbsolute, resolve } from "node:path/posix";
import type { Word } from "../../../model/command.ts";
import { isUnder } from "../../../model/places.ts";
import { isOpen } from "../../words.ts";
import { lookUp } from "../lookup.ts";
import type { Outcome } from "../scope.ts";
import { putVariable, type State, withState } from "../state.ts";
import { anyValue, staticText } from "../value.ts";
import { type Builtin, type BuiltinCall, operandsOf, record } from "./call.ts";

/** `cd`. */
export const cd: Builtin = (call) => {
  record(call);
  const words = operandsOf(call).filter((word) => word !== "--" && word !== "-L");
  const target = words.length > 1 ? null : targetOf(words[0], call);
  return move(call, target, call.cursor.state.stack);
};

export const pushd: Builtin = (call) => {
  record(call);
  const { state } = call.cursor;
  const words = operandsOf(call);
  const [word] = words;
  const rotates = word === undefined || (typeof word === "string" && /^[-+]/.test(word));
  const target = words.length !== 1 || rotates ? null : targetOf(word, call);
  const stack =
    target === null || state.stack === null || state.logical === null
      ? null
      : [...state.stack, state.logical];
  return move(call, target, stack);
};

export const popd: Builtin = (call) => {
  record(call);
  const { stack } = call.cursor.state;
  const target = call.argv.length === 1 ? (stack?.at(-1) ?? null) : null;
  return move(call, target, target === null || stack === null ? null : stack.slice(0, -1));
};

/** The directory by its logical path; null where it is not known. */
function targetOf(word: Word | undefined, call: BuiltinCall): string | null {
  const { state } = call.cursor;
  const text = word === undefined ? staticText(lookUp("HOME", call.cursor)) : isOpen(word) ? null : word;
  if (text === null || (text !== "-" && /^[-+]/.test(text))) return null;
  if (text === "-") return staticText(lookUp("OLDPWD", call.cursor));
  if (text === "") return state.logical;
  if (isAbsolute(text)) return resolve(text);
  const searches = state.variables.has("CDPATH") && !/^\.\.?(\/|$)/.test(text);
  return state.logical === null || searches ? null : resolve(state.logical, text);
}

/** Success is there, failure is here. Which of the two can be is asked of the machine. */
function move(call: BuiltinCall, target: string | null, stack: State["stack"]): Outcome {
  const { state, scope } = call.cursor;
  const { world } = scope.session.surroundings;
  const cwd = target === null ? null : (world.realPath(target) ?? target);
  const left = {
    value: state.logical === null ? anyValue("$OLDPWD") : [state.logical],
    items: null,
    exported: false,
    plain: true,
  };
  const ok = putVariable(withState(state, { cwd, logical: target, stack }), "OLDPWD", left);
  // `cd a/../b` fails where there is no `a`.
  const direct = call.argv.every((word) => isOpen(word) || !/[^./][^/]*\/+\.\./.test(word));
  const stays = target !== null && target === state.logical;
  const sure = !call.redirected.canFail && cwd !== null && direct && (stays || surelyThere(cwd, call));
  return { ok, failed: sure ? null : state, output: null };
}

/** Whether a directory is there now and nothing in the call so far can have taken it away. */
function surelyThere(directory: string, call: BuiltinCall): boolean {
  const { session } = call.cursor.scope;
  if (session.surroundings.world.list(directory) === null) return false;
  return session.effects.every(({ action, resource }) => {
    if (action !== "fs.delete" && action !== "fs.write") return true;
    if (resource.kind !== "path" || resource.shape === "unknown" || resource.shape === "glob") return false;
    return (
      !isUnder(directory, resource.path) && (resource.real === null || !isUnder(directory, resource.real))
    );
  });
}
