import { resolve } from "node:path/posix";
import { parse } from "unbash";
import { pathEffects } from "../../paths.ts";
import { isOpen } from "../../words.ts";
import { addDrafts, deeper, either, type Outcome, shellLimits } from "../scope.ts";
import { mergeAll, sharedInput, withState } from "../state.ts";
import { valueOfWord } from "../value.ts";
import { type Builtin, type BuiltinCall, changed, done, doubt, operandsOf, record } from "./call.ts";

/** `eval`: runs its words as text, in this shell. */
export const evaluate: Builtin = (call) => {
  const words = operandsOf(call).filter((word, index) => index > 0 || word !== "--");
  const open = words.filter(isOpen);
  const index = record(call, open.length > 0 ? ["`eval` of text that is not known"] : []);
  if (open.length > 0) return done(call);
  return runHere(words.join(" "), index, call);
};

/** Runs text in this very shell, below the command that is `index`. */
function runHere(text: string, index: number, call: BuiltinCall): Outcome {
  const { cursor, input } = call;
  const scope = deeper(cursor.scope, { parent: index });
  if (scope === null) return done(call);
  const outcome = scope.session.interpreter.text(text, { ...cursor.state, input: sharedInput(input) }, scope);
  const back = (state: Outcome["ok"]) => state && { ...state, input: cursor.state.input };
  return { ok: back(outcome.ok), failed: back(outcome.failed), output: null };
}

/** `source` and `.`: runs a file in this shell. */
export const source: Builtin = (call) => {
  const words = operandsOf(call).filter((word, index) => index > 0 || word !== "--");
  const [file, ...values] = words;
  const text = file === undefined || isOpen(file) ? null : readSource(file, call);
  const name = file === undefined ? "nothing" : isOpen(file) ? file.text : file;
  const index = record(call, text === null ? [`\`${name}\` is not a text mirror can read`] : []);
  const { state, scope } = call.cursor;
  if (file !== undefined) {
    const place = typeof file === "string" && file.startsWith("~") ? `./${file}` : file;
    addDrafts(index, pathEffects("fs.read", place, state.cwd, scope.session.surroundings), scope.session);
  }
  if (text === null) return done(call);
  const returns: (typeof state)[] = [];
  const positional =
    values.length === 0 ? state.positional : values.some(isOpen) ? null : values.map(valueOfWord);
  const cursor = { scope: { ...scope, returns }, state: { ...state, positional } };
  const outcome = runHere(text, index, { ...call, cursor });
  const back = (end: Outcome["ok"]) =>
    end && { ...end, positional: values.length === 0 ? end.positional : state.positional };
  return {
    ok: back(mergeAll(outcome.ok, ...returns)),
    failed: back(mergeAll(outcome.failed, ...returns)),
    output: null,
  };
};

/** A name without a slash is looked up along `PATH` first. */
function readSource(file: string, call: BuiltinCall): string | null {
  const { state, scope } = call.cursor;
  const { world } = scope.session.surroundings;
  if (!file.includes("/") || (!file.startsWith("/") && state.cwd === null)) return null;
  // `..` after a name goes elsewhere if the name is a link.
  if (/[^./][^/]*\/+\.\./.test(file)) return null;
  const path = resolve(state.cwd ?? "/", file);
  if (/^\/+(dev|proc)(\/|$)/.test(path)) return null;
  return world.readText(path, shellLimits.sourced);
}

/** `trap`: its text runs at any time from here on. */
export const trap: Builtin = (call) => {
  record(call);
  const words = operandsOf(call).filter((word, index) => index > 0 || word !== "--");
  const [action] = words;
  if (action === undefined || words.length === 1 || action === "-" || action === "") return done(call);
  if (typeof action === "string" && /^-[lp]/.test(action)) return done(call);
  if (isOpen(action)) {
    doubt(call, "`trap` with text that is not known");
    return done(call);
  }
  const { scope, state } = call.cursor;
  const inner = deeper(scope, { jumps: [] });
  if (inner === null) return done(call);
  inner.session.interpreter.text(action, { ...state, input: sharedInput(state.input) }, inner);
  return changed(call, withState(state, { traps: [...state.traps, action] }));
};

const reserved = /^(if|then|else|elif|fi|case|esac|for|select|while|until|do|done|in|function|time|coproc)$/;

/** `alias`. Whether aliases count is a setting, so a name that has one is both. */
export const alias: Builtin = (call) => {
  record(call);
  let { aliases } = call.cursor.state;
  for (const word of operandsOf(call)) {
    const [, name, text] = (isOpen(word) ? null : /^([^=]+)=([\s\S]*)$/.exec(word)) ?? [];
    if (typeof word === "string" && (word === "-p" || !/^-|=/.test(word))) continue;
    if (
      name === undefined ||
      text === undefined ||
      !/^[\w.:-]+$/.test(name) ||
      reserved.test(name) ||
      !isOneCommand(text)
    ) {
      doubt(call, "an alias that changes how the rest is read");
      continue;
    }
    aliases = new Map(aliases).set(name, text);
  }
  return changed(call, withState(call.cursor.state, { aliases }));
};

/** An alias is put in as text; only one that is a command and some words of it stays within its place. */
function isOneCommand(text: string): boolean {
  if (/\s$|[#;\n]/.test(text)) return false;
  const script = parse(text);
  const [statement, ...others] = script.commands;
  const command = statement?.command;
  if (script.errors !== undefined || others.length > 0 || command?.type !== "Command") return false;
  return (
    command.name !== undefined &&
    command.prefix.length === 0 &&
    command.redirects.length === 0 &&
    statement?.background !== true
  );
}

export const unalias: Builtin = (call) => {
  record(call);
  return either(call.cursor.state);
};
