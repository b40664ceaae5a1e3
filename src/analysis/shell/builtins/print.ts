import { isOpen } from "../../words.ts";
import { assignNamed, variableName } from "../names.ts";
import { type Value, valueOfWord } from "../value.ts";
import { type Builtin, type BuiltinCall, done, doubt, operandsOf, record } from "./call.ts";

/** `echo`. Gives what it prints where that is known. */
export const echo: Builtin = (call) => {
  record(call);
  return done(call, echoOutput(call));
};

function echoOutput(call: BuiltinCall): Value | null {
  const words = operandsOf(call);
  if (words.some((word) => isOpen(word) && word.many)) return null;
  let first = 0;
  let newline = true;
  for (const word of words) {
    if (isOpen(word) || !/^-[neE]+$/.test(word)) break;
    if (word.includes("e") || call.cursor.scope.posix) return null;
    newline = newline && !word.includes("n");
    first += 1;
  }
  const [start] = words.slice(first);
  if (start !== undefined && isOpen(start) && start.parts[0] === null) return null;
  const shown = words
    .slice(first)
    .flatMap((word, index): Value => [index > 0 ? " " : "", ...valueOfWord(word)]);
  // Shells other than bash, and bash if so set, read escapes in what `echo` prints.
  const escapes = shown.some((part) => typeof part === "string" && part.includes("\\"));
  if (escapes && call.cursor.scope.posix) return null;
  return newline ? [...shown, "\n"] : shown;
}

/** `printf`. `-v` assigns. */
export const printf: Builtin = (call) => {
  record(call);
  const [format, ...rest] = operandsOf(call);
  if (format !== undefined && isOpen(format)) {
    if (format.parts[0] === null && !format.glob)
      doubt(call, "`printf` may be told to assign by a word that is not known");
    return done(call);
  }
  if (format?.startsWith("-v") !== true) return done(call, printfOutput(call));
  const name = variableName(format === "-v" ? rest[0] : format.slice(2));
  if (name === null) doubt(call, "`printf -v` into a name that is not known");
  else assignNamed(name, null, call.cursor);
  return done(call);
};

/** What a format without anything but `%s`, `%%` and plain escapes prints; null for any other. */
function printfOutput(call: BuiltinCall): Value | null {
  const words = operandsOf(call).filter((word, index) => index > 0 || word !== "--");
  const [format, ...args] = words;
  if (typeof format !== "string" || args.some(isOpen)) return null;
  if (/%(?![s%])|\\(?![nt\\])/.test(format)) return null;
  const texts = args.filter((word) => typeof word === "string");
  const wanted = format.match(/%s/g)?.length ?? 0;
  const rounds = wanted === 0 ? 1 : Math.max(1, Math.ceil(texts.length / wanted));
  let next = 0;
  let output = "";
  for (let round = 0; round < rounds; round += 1) {
    output += format.replace(/%s|%%|\\[nt\\]/g, (found) => {
      if (found === "%s") {
        next += 1;
        return texts[next - 1] ?? "";
      }
      return { "%%": "%", "\\n": "\n", "\\t": "\t", "\\\\": "\\" }[found] ?? "";
    });
  }
  return [output];
}

/** `pwd`. */
export const pwd: Builtin = (call) => {
  record(call);
  const { logical } = call.cursor.state;
  const plain = call.argv.length === 1;
  return done(call, plain && logical !== null ? [logical, "\n"] : null);
};
