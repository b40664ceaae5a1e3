import { isOpen } from "../../words.ts";
import type { Outcome } from "../scope.ts";
import { withState } from "../state.ts";
import { runStaleTraps } from "../traps.ts";
import { type Builtin, type BuiltinCall, done, doubt, operandsOf, record } from "./call.ts";

const nowhere: Outcome = { ok: null, failed: null, output: null };

/** `exit`. With more than one word it fails and stays. */
export const exit: Builtin = (call) => {
  record(call);
  runStaleTraps(call.cursor.state, call.cursor.scope);
  return leaves(call) ? nowhere : done(call);
};

/** `return`: leaves a function or a sourced file; elsewhere it fails. */
export const leave: Builtin = (call) => {
  record(call);
  const { returns } = call.cursor.scope;
  returns?.push(call.cursor.state);
  return returns !== null && leaves(call) ? nowhere : done(call);
};

/** `break` and `continue`. */
export const jump: Builtin = (call) => {
  record(call);
  const { jumps } = call.cursor.scope;
  for (const loop of jumps) loop.push(call.cursor.state);
  return jumps.length > 0 && leaves(call) ? nowhere : done(call);
};

function leaves(call: BuiltinCall): boolean {
  const [word, ...others] = operandsOf(call);
  if (others.length > 0) return false;
  return word === undefined || (isOpen(word) ? !word.many : /^\d+$/.test(word));
}

/** `exec`: with words, the program takes the shell's place; without, the redirections stay. */
export const exec: Builtin = (call) => {
  const words = [...operandsOf(call)];
  while (typeof words[0] === "string" && /^-[acl]+$/.test(words[0]))
    words.splice(0, words[0].includes("a") ? 2 : 1);
  if (words[0] === "--") words.shift();
  if (words.length > 0) {
    call.instead(words);
    return nowhere;
  }
  record(call);
  const { input } = call.redirected;
  if (input !== null) call.cursor.state = withState(call.cursor.state, { input: { ...input, text: null } });
  return done(call);
};

/** `command`: looks past functions. */
export const command: Builtin = (call) => {
  const words = [...operandsOf(call)];
  while (typeof words[0] === "string" && /^-[pvV]+$/.test(words[0])) {
    if (/[vV]/.test(words[0])) {
      record(call);
      return done(call);
    }
    words.shift();
  }
  if (words[0] === "--") words.shift();
  return words.length > 0 ? call.instead(words) : empty(call);
};

/** `builtin`: runs a builtin by its name. */
export const builtin: Builtin = (call) => {
  const words = [...operandsOf(call)];
  if (words[0] === "--") words.shift();
  return words.length > 0 ? call.instead(words) : empty(call);
};

function empty(call: BuiltinCall): Outcome {
  record(call);
  return done(call);
}

/** `wait`, `jobs`: `-p` assigns, `-x` runs. */
export const jobs: Builtin = (call) => {
  record(call);
  const harmless = operandsOf(call).every((word) => (isOpen(word) ? !word.many : !/^-[a-z]*[px]/.test(word)));
  if (!harmless) doubt(call, `\`${call.argv[0]}\` with a word that may run or assign something`);
  return done(call);
};
