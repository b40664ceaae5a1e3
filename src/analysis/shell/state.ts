import type { CompoundList, Function as FunctionNode } from "unbash";
import { anyValue, boundedValue, sameValue, type Value } from "./value.ts";

/** What is known of one shell variable. */
export interface Variable {
  readonly value: Value;
  /** The elements of an indexed array, if they are known; `value` is then its first. */
  readonly items: readonly Value[] | null;
  readonly exported: boolean;
  /** False where assigning does not just store the text: readonly, integer, and upper- or lower-case variables. */
  readonly plain: boolean;
}

/** A function, or several of which one is defined; `certain`: one of them is. */
export interface Definition {
  readonly bodies: readonly (FunctionNode["body"] | CompoundList)[];
  readonly certain: boolean;
}

/** Standard input as a command finds it. */
export interface Input {
  /** Its text, where it is known. */
  readonly text: string | null;
  /** Whether it comes from a file or another command. */
  readonly piped: boolean;
  /** Whether it is where the shell reads the very text that is being run. */
  readonly isScript: boolean;
}

/** Input of which nothing is known but that it is there. */
export const someInput: Input = { text: null, piped: true, isScript: false };

/** Input as more than one command finds it: who reads how much of it is not known. */
export function sharedInput(input: Input): Input {
  return input.text === null ? input : { ...input, text: null };
}

/** What is known of the shell at one point of the text. Never changed; each step makes a new one. */
export interface State {
  /** By real path; null where it is not known. */
  readonly cwd: string | null;
  /** As `$PWD` says it: symbolic links not resolved. */
  readonly logical: string | null;
  /** What `popd` goes back to; null where not known. */
  readonly stack: readonly string[] | null;
  /** A name that is not here is the environment's own, or unset. */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly functions: ReadonlyMap<string, Definition>;
  readonly aliases: ReadonlyMap<string, string>;
  /** `$1` and on; null where not known. */
  readonly positional: readonly Value[] | null;
  /** Handlers set by `trap`, that run at any time from here on. */
  readonly traps: readonly string[];
  /** Whether something a trap handler could see has changed since it was set. */
  readonly trapsStale: boolean;
  readonly input: Input;
  /** `set -e`. */
  readonly stopsOnError: boolean;
  /** `set -a`. */
  readonly exportsAll: boolean;
  /** `export -f`: shells below see the functions, too. */
  readonly exportsFunctions: boolean;
  /** Whether unquoted expansions split at white space: false once `IFS` was touched. */
  readonly splitsAtSpace: boolean;
  /** Whether wildcards mean what they do by default: false after `shopt -s globstar`, `set -f`. */
  readonly plainGlobs: boolean;
}

/** Makes a state from another with some of it changed. */
export function withState(state: State, change: Partial<State>): State {
  const stale = change.cwd !== undefined || change.variables !== undefined || change.functions !== undefined;
  const trapsStale = state.trapsStale || (stale && state.traps.length > 0);
  return { ...state, trapsStale, ...change };
}

/** Sets a variable. Null value: its value is not known. */
export function assign(
  state: State,
  name: string,
  value: Value | null,
  items: readonly Value[] | null = null,
): State {
  const before = state.variables.get(name);
  const written = `$${name}`;
  const known = value !== null && (before?.plain ?? true) ? boundedValue(value, written) : anyValue(written);
  const variable: Variable = {
    value: known,
    items: before?.plain === false ? null : boundedItems(items),
    exported: state.exportsAll || (before?.exported ?? false),
    plain: before?.plain ?? true,
  };
  return putVariable(state, name, variable);
}

/** Past this an array is not followed any more. */
const mostItems = 1_000;

function boundedItems(items: readonly Value[] | null): readonly Value[] | null {
  return items === null || items.length > mostItems ? null : items.map((item) => boundedValue(item, "$"));
}

/** Puts a variable as it is. */
export function putVariable(state: State, name: string, variable: Variable): State {
  const variables = new Map(state.variables).set(name, variable);
  const change: Partial<State> = name === "IFS" ? { variables, splitsAtSpace: false } : { variables };
  return withState(state, change);
}

/** Joins what is known on two ways to the same point. Gives `a` itself if `b` adds no doubt. */
export function mergeStates(a: State, b: State): State {
  if (a === b) return a;
  const change: { -readonly [K in keyof State]?: State[K] } = {};
  if (a.cwd !== b.cwd && a.cwd !== null) change.cwd = null;
  if (a.logical !== b.logical && a.logical !== null) change.logical = null;
  if (!sameList(a.stack, b.stack) && a.stack !== null) change.stack = null;
  const variables = mergeVariables(a.variables, b.variables);
  if (variables !== a.variables) change.variables = variables;
  const functions = mergeFunctions(a.functions, b.functions);
  if (functions !== a.functions) change.functions = functions;
  if ([...b.aliases].some(([name, text]) => a.aliases.get(name) !== text)) {
    change.aliases = new Map([...a.aliases, ...b.aliases]);
  }
  if (!samePositional(a.positional, b.positional) && a.positional !== null) change.positional = null;
  const traps = b.traps.filter((trap) => !a.traps.includes(trap));
  if (traps.length > 0) change.traps = [...a.traps, ...traps];
  if (b.trapsStale && !a.trapsStale) change.trapsStale = true;
  if (a.input !== b.input && (a.input.text !== null || !a.input.piped)) change.input = someInput;
  if (a.stopsOnError && !b.stopsOnError) change.stopsOnError = false;
  if (!a.exportsAll && b.exportsAll) change.exportsAll = true;
  if (!a.exportsFunctions && b.exportsFunctions) change.exportsFunctions = true;
  if (a.splitsAtSpace && !b.splitsAtSpace) change.splitsAtSpace = false;
  if (a.plainGlobs && !b.plainGlobs) change.plainGlobs = false;
  return Object.keys(change).length === 0 ? a : { ...a, ...change };
}

/** Joins ways of which some may not be possible (null); null if none is. */
export function mergeAll(...states: readonly (State | null)[]): State | null {
  let merged: State | null = null;
  for (const state of states) {
    if (state !== null) merged = merged === null ? state : mergeStates(merged, state);
  }
  return merged;
}

function sameList(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a === b || (a !== null && b !== null && a.length === b.length && a.every((one, i) => one === b[i]));
}

function samePositional(a: State["positional"], b: State["positional"]): boolean {
  if (a === b) return true;
  return a !== null && b !== null && a.length === b.length && a.every((one, i) => sameValue(one, b[i] ?? []));
}

function mergeVariables(a: State["variables"], b: State["variables"]): State["variables"] {
  if (a === b) return a;
  let merged: Map<string, Variable> | null = null;
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const one = a.get(name);
    const other = b.get(name);
    const joined = mergeVariable(name, one, other);
    if (joined === one) continue;
    merged ??= new Map(a);
    merged.set(name, joined);
  }
  return merged ?? a;
}

function mergeVariable(name: string, a: Variable | undefined, b: Variable | undefined): Variable {
  const exported = (a?.exported ?? false) || (b?.exported ?? false);
  const plain = (a?.plain ?? true) && (b?.plain ?? true);
  const same = a !== undefined && b !== undefined && sameValue(a.value, b.value);
  const value = same ? a.value : anyValue(`$${name}`);
  const items = same && samePositional(a.items, b.items) ? a.items : null;
  if (
    a !== undefined &&
    a.exported === exported &&
    a.plain === plain &&
    a.items === items &&
    sameValue(a.value, value)
  ) {
    return a;
  }
  return { value, items, exported, plain };
}

function mergeFunctions(a: State["functions"], b: State["functions"]): State["functions"] {
  if (a === b) return a;
  let merged: Map<string, Definition> | null = null;
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const one = a.get(name);
    const other = b.get(name);
    if (one === other) continue;
    const bodies = [...new Set([...(one?.bodies ?? []), ...(other?.bodies ?? [])])];
    const certain = (one?.certain ?? false) && (other?.certain ?? false);
    if (one !== undefined && one.certain === certain && one.bodies.length === bodies.length) continue;
    merged ??= new Map(a);
    merged.set(name, { bodies, certain });
  }
  return merged ?? a;
}

/** Forgets everything that a later or repeated run may find changed. */
export function forgetful(state: State): State {
  const variables = new Map<string, Variable>();
  for (const [name, variable] of state.variables) {
    variables.set(name, { ...variable, value: anyValue(`$${name}`), items: null });
  }
  return {
    ...state,
    cwd: null,
    logical: null,
    stack: null,
    variables,
    positional: null,
    input: someInput,
  };
}
