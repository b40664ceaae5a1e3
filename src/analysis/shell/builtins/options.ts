import { noRisk } from "../../../model/risk.ts";
import { isOpen } from "../../words.ts";
import { withState } from "../state.ts";
import { valueOfWord } from "../value.ts";
import { type Builtin, type BuiltinCall, done, doubt, operandsOf, record, showsVariables } from "./call.ts";

/** Letters of `set` that change nothing the analysis relies on. */
const harmlessLetters = /^[aefubmhnpvxCET]*$/;
const harmlessNames =
  /^(allexport|errexit|errtrace|functrace|hashall|monitor|noclobber|noexec|noglob|nolog|notify|nounset|pipefail|verbose|xtrace)$/;

/** `set`: options, and the positional parameters. */
export const set: Builtin = (call) => {
  const words = operandsOf(call);
  record(call, [], words.length === 0 ? showsVariables : noRisk);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (typeof word !== "string") {
      doubt(call, "`set` with a word that is not known");
      return done(call);
    }
    if (word === "--" || !/^[-+]./.test(word)) {
      const values = words.slice(/^(--|-|\+)$/.test(word) ? index + 1 : index);
      const known = values.every((value) => !isOpen(value) || !value.many);
      call.cursor.state = withState(call.cursor.state, {
        positional: known ? values.map(valueOfWord) : null,
      });
      return done(call);
    }
    const named = word.includes("o");
    setLetters(word[0] === "-", word.slice(1).replace("o", ""), call);
    if (named) {
      index += 1;
      setNamed(word[0] === "-", words[index], call);
    }
  }
  return done(call);
};

function setLetters(on: boolean, letters: string, call: BuiltinCall): void {
  if (!harmlessLetters.test(letters))
    doubt(call, `\`set ${on ? "-" : "+"}${letters}\` changes how the rest is read`);
  apply(on, letters, call);
}

function setNamed(on: boolean, name: BuiltinCall["argv"][number] | undefined, call: BuiltinCall): void {
  if (name === undefined) return;
  if (isOpen(name) || !harmlessNames.test(name)) {
    doubt(call, "`set -o` with an option that changes how the rest is read");
    return;
  }
  apply(on, { errexit: "e", allexport: "a", noglob: "f" }[name] ?? "", call);
}

function apply(on: boolean, letters: string, call: BuiltinCall): void {
  const { state } = call.cursor;
  if (letters.includes("e")) call.cursor.state = withState(call.cursor.state, { stopsOnError: on });
  if (letters.includes("a"))
    call.cursor.state = withState(call.cursor.state, { exportsAll: on || state.exportsAll });
  if (letters.includes("f")) call.cursor.state = withState(call.cursor.state, { plainGlobs: false });
}

const harmlessShopt =
  /^(expand_aliases|nullglob|failglob|nocasematch|pipefail|inherit_errexit|checkwinsize|histappend|cmdhist|lithist|huponexit|mailwarn|no_empty_cmd_completion|progcomp|promptvars|sourcepath|globasciiranges|extglob|checkhash|checkjobs|interactive_comments|localvar_unset|login_shell|direxpand|dirspell|autocd|cdspell|force_fignore|hostcomplete|gnu_errfmt|shift_verbose|extquote|lastpipe)$/;
const globShopt = /^(dotglob|globstar|nocaseglob|globskipdots)$/;

/** `shopt`. */
export const shopt: Builtin = (call) => {
  record(call);
  for (const word of operandsOf(call)) {
    if (!isOpen(word) && /^-[supqo]+$/.test(word) && !word.includes("o")) continue;
    if (!isOpen(word) && globShopt.test(word))
      call.cursor.state = withState(call.cursor.state, { plainGlobs: false });
    else if (isOpen(word) || !harmlessShopt.test(word))
      doubt(call, "`shopt` with an option that changes how the rest is read");
  }
  return done(call);
};
