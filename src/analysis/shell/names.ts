import type { Word } from "../../model/command.ts";
import type { Cursor } from "./cursor.ts";
import { addDoubt, type Scope } from "./scope.ts";
import { assign } from "./state.ts";
import { anyValue, staticText, type Value, valueText } from "./value.ts";

const plainName = /^[A-Za-z_]\w*$/;

/** Gives the variable that a word names to a builtin; null where the word is none, or a subscript in it may run something. */
export function variableName(word: Word | undefined): string | null {
  if (typeof word !== "string") return null;
  const [, name, subscript] = /^(\w+)(?:\[([^\]]*)\])?$/.exec(word) ?? [];
  if (name === undefined || !plainName.test(name)) return null;
  return subscript === undefined || /^(\d+|@|\*)$/.test(subscript) ? name : null;
}

/** Variables that make later commands, even known ones, something else. */
const rulesLaterCommands =
  /^(PATH|LD_\w+|DYLD_\w+|BASH_ENV|ENV|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|BASH_FUNC_.*|BASH_LOADABLES_PATH|POSIXLY_CORRECT|ZDOTDIR|EXECIGNORE|GLOBIGNORE|FUNCNEST|BASH_COMPAT|BASH_XTRACEFD|PS[0-4]|PROMPT|RPROMPT|TIMEFMT|FPATH|fpath|path)$/;

/** Says why assigning to a variable makes the call opaque; null if it does not. `text`: the value; null: not known. */
function assignmentDoubt(name: string, text: string | null): string | null {
  if (!rulesLaterCommands.test(name)) return null;
  if (/^PS\d$|PROMPT$/.test(name) && text !== null && !/[$`]/.test(text)) return null;
  // `ENV=production` is a common habit; as a file for shells to read it would be a path.
  if (name === "ENV" && text !== null && /^[\w-]*$/.test(text)) return null;
  return `assigning \`${name}\` changes what later commands are`;
}

/** Makes the call opaque if assigning the variable changes what later commands are. */
export function doubtAssignment(name: string, value: Value | null, scope: Scope): void {
  const known = value ?? anyValue("…");
  const reason = assignmentDoubt(name, staticText(known));
  if (reason !== null) addDoubt(reason, scope, [`${name}=${valueText(known)}`]);
}

/** Sets a variable, whichever way the shell came to do it. Null: its value is not known. */
export function assignNamed(
  name: string,
  value: Value | null,
  cursor: Cursor,
  items: readonly Value[] | null = null,
): void {
  doubtAssignment(name, value, cursor.scope);
  cursor.state = assign(cursor.state, name, value, items);
}
