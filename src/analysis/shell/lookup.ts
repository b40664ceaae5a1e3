import type { Cursor } from "./cursor.ts";
import { anyValue, numberValue, type Value } from "./value.ts";

/** Variables that the shell itself keeps a number in. */
const counters: ReadonlySet<string> = new Set([
  "BASHPID",
  "EPOCHSECONDS",
  "EUID",
  "LINENO",
  "OPTIND",
  "PPID",
  "RANDOM",
  "SECONDS",
  "SHLVL",
  "SRANDOM",
  "UID",
]);

/** Variables that the shell itself changes, whatever was assigned. */
const keptByShell =
  /^(_|BASH_?\w*|COMP_\w*|COPROC|DIRSTACK|EPOCH\w*|FUNCNAME|GROUPS|HIST\w*|MAPFILE|OPTARG|OPTIND|PIPESTATUS|RANDOM|REPLY|SECONDS|SHELLOPTS|SRANDOM|LINENO)$/;

/** Gives what is known of `$name`, for any parameter but `@` and `*`. */
export function lookUp(name: string, cursor: Cursor): Value {
  const { state, scope } = cursor;
  if (/^\d+$/.test(name)) return positional(Number(name), state.positional, name);
  if (name === "#" && state.positional !== null) return [String(state.positional.length)];
  if (/^[#?$!]$/.test(name)) return numberValue(`$${name}`);
  const variable = state.variables.get(name);
  if (variable !== undefined) return keptByShell.test(name) ? anyValue(`$${name}`) : variable.value;
  const { places } = scope.session.surroundings;
  if (name === "HOME") return [places.home];
  if (name === "PWD" && state.logical !== null) return [state.logical];
  if (name === "TMPDIR" && places.tmp[0] !== undefined) return [places.tmp[0]];
  if (counters.has(name)) return numberValue(`$${name}`);
  return anyValue(`$${name}`);
}

function positional(index: number, known: readonly Value[] | null, name: string): Value {
  if (index === 0 || known === null) return anyValue(`$${name}`);
  return known[index - 1] ?? [];
}

/** Gives the elements of `$@`, `$*` or `${name[@]}`; null where they are not known. */
export function lookUpAll(name: string, cursor: Cursor): readonly Value[] | null {
  if (name === "@" || name === "*") return cursor.state.positional;
  if (keptByShell.test(name)) return null;
  return cursor.state.variables.get(name)?.items ?? null;
}
