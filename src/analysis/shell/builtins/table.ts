import type { Builtin } from "./call.ts";
import { cd, popd, pushd } from "./directory.ts";
import { builtin, command, exec, exit, jobs, jump, leave } from "./flow.ts";
import { set, shopt } from "./options.ts";
import { getopts, harmlessWith, inert, mapfile, read, test } from "./plain.ts";
import { echo, printf, pwd } from "./print.ts";
import { alias, evaluate, source, trap, unalias } from "./text.ts";
import { declare, evaluateWords, shift, unset } from "./variables.ts";

/** Bash's own commands that control the shell. Those that are programs as well (`kill`) are not here. */
const table: Readonly<Record<string, Builtin>> = {
  ":": inert,
  ".": source,
  "[": test,
  alias,
  bg: inert,
  bind: harmlessWith(/^-[lpvsPVSX]$/),
  break: jump,
  builtin,
  caller: inert,
  cd,
  command,
  compgen: harmlessWith(/^-[abcdefgjksuv]+$/),
  complete: harmlessWith(/^-p$/),
  compopt: harmlessWith(/^-p$/),
  continue: jump,
  declare,
  dirs: inert,
  disown: inert,
  echo,
  enable: harmlessWith(/^-[aps]+$/),
  eval: evaluate,
  exec,
  exit,
  export: declare,
  false: inert,
  fc: harmlessWith(/^-l$/),
  fg: inert,
  getopts,
  hash: harmlessWith(/^(-[rlt]+|\w+)$/),
  help: inert,
  history: harmlessWith(/^(-c|\d+)$/),
  jobs,
  let: evaluateWords,
  local: declare,
  logout: inert,
  mapfile,
  popd,
  printf,
  pushd,
  pwd,
  read,
  readarray: mapfile,
  readonly: declare,
  return: leave,
  set,
  shift,
  shopt,
  source,
  suspend: inert,
  test,
  times: inert,
  trap,
  true: inert,
  type: inert,
  typeset: declare,
  ulimit: harmlessWith(/^(-[HS]*[anc]|unlimited|\d{3,})$/),
  umask: inert,
  unalias,
  unset,
  wait: jobs,
};

const builtins: ReadonlyMap<string, Builtin> = new Map(Object.entries(table));

/** Gives the builtin of that name; null for any other command. */
export function findBuiltin(name: string): Builtin | null {
  return builtins.get(name) ?? null;
}

/** Builtins that POSIX shells find before functions, and whose assignments stay in force. */
export const specialBuiltins: ReadonlySet<string> = new Set(
  ": . break continue eval exec exit export readonly return set shift source times trap unset".split(" "),
);

/** Builtins that change what follows, and that shells such as dash do not have. */
export const bashOnly: ReadonlySet<string> = new Set(
  "builtin declare enable let mapfile popd pushd readarray shopt source typeset".split(" "),
);
