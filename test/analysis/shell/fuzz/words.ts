import fc from "fast-check";

/** Quotes a text as one word, in single quotes. */
export function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** In double quotes, so that it means itself. */
function double(text: string): string {
  return `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
}

function hex(text: string): string {
  return [...text].map((one) => `\\x${one.charCodeAt(0).toString(16)}`).join("");
}

function octal(text: string): string {
  return [...text].map((one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`).join("");
}

function unicode(text: string): string {
  return [...text].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

/** Ways to write a text of plain characters so that bash reads the same. */
const disguises: readonly ((text: string) => string)[] = [
  (text) => text,
  single,
  double,
  (text) => `\\${text}`,
  (text) => `${text.slice(0, 1)}""${text.slice(1)}`,
  (text) => `${text.slice(0, 1)}\\${text.slice(1)}`,
  (text) => `${single(text.slice(0, 1))}${double(text.slice(1))}`,
  (text) => `$'${hex(text)}'`,
  (text) => `$'${octal(text)}'`,
  (text) => `$'${unicode(text)}'`,
  (text) => `$'${text.slice(0, 1)}'${text.slice(1)}`,
  (text) => `${text.slice(0, 1)}\\\n${text.slice(1)}`,
  (text) => `"${text.slice(0, 1)}\\\n${text.slice(1)}"`,
  (text) => `{${text},}`,
  (text) => `${text.slice(0, 1)}{${text.slice(1)},}`,
  (text) => `\${nothing}${text}`,
  (text) => `${text}$nothing`,
  (text) => `\${nothing:-${text}}`,
  (text) => `$(echo ${text})`,
  (text) => `\`echo ${text}\``,
  (text) => `"$(printf %s ${text})"`,
  (text) => `$(echo ${text} | rev | rev)`,
  (text) => `$(\necho ${text}\n)`,
  (text) => `$"${text}"`,
  (text) => `${text.slice(0, 1)}$()${text.slice(1)}`,
  (text) => `${text.slice(0, -1)}?`,
  (text) => `${text.slice(0, -1)}[${text.slice(-1)}]`,
];

/** A text under some disguise. */
export function disguised(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...texts),
      fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(disguises.length - 1)),
    )
    .map(([text, index]) => disguises[index]?.(text) ?? text);
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell text
/** Stretches that words are put together from. */
const stretches = [
  ..."a b x/y -f d/e a.txt .env ../o 1 , = : @ %".split(" "),
  ...'$x ${x} "$x" $y "${y}" ${y:-q} ${nope:-q} ${x:+w} ${nope:+w} ${x-w} ${nope:=set} ${x%b} ${x#a}'.split(
    " ",
  ),
  ...'${x##*/} ${x%%b*} ${x/a/rm} ${x//b} ${x:1} ${x:0:1} ${x^^} ${x,} ${#x} ${!r} ${x@Q} ${x@U} ${p@P} $1 $2 "$1"'.split(
    " ",
  ),
  ...'"$@" "$*" $@ $# $? ${z[0]} ${z[1]} "${z[@]}" ${z[*]} ${#z[@]} ${!z[@]} ${z[$((1))]} ${z[-1]} ${z[@]:1} $IFS ${IFS}'.split(
    " ",
  ),
  ..."~ ~/d ~+ ~- {a,b} {1..3} {b..d} {a,{b,c}} {a} {} {,} {a,$x} * d/* ?.txt [ab]* \\* '*' \"*\" $'\\n' $'a b' $'\\'' ' ' \\  '\"' \"'\" \\\\ \"\\$x\" '$x' \\$x".split(
    " ",
  ),
  ...'$((1+2)) $((x)) $((i++)) $[1+1] $(echo\tm) `echo\tm` <(:) "$(<a.txt)" $(<a.txt) ! # ; {b ]'.split(" "),
  "$(echo m n)",
  '"$(echo m  n)"',
  "`echo \\`echo m\\``",
  "$(cat <<E\nm\nE\n)",
  "$(echo m # c )\n)",
  "$(case m in m) echo k;; esac)",
  "a\\\nb",
  "$\\\nx",
  "$(ec\\\nho m)",
  "'a\\\nb'",
  "\"${x:-'q r'}\"",
  "${nope:-'q r'}",
  '${x:+"q r"}',
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell text

/** A word that may be anything bash makes of one. */
export const word: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "-f", "d/e", "a.txt") },
  disguised(["a", "b", "d/e", "-rf", ".env"]),
  fc
    .array(fc.constantFrom(...stretches.filter((one) => !/^[;#]$/.test(one))), { minLength: 1, maxLength: 2 })
    .map((some) => some.join("")),
);

export const words: fc.Arbitrary<string> = fc
  .array(word, { maxLength: 2 })
  .map((some) => some.map((one) => ` ${one}`).join(""));

/** A text that is data to something else: plain enough to stand in any quotes. */
export const plain: fc.Arbitrary<string> = fc.constantFrom(
  "a",
  "b",
  "d/e",
  "rm",
  "touch",
  "-f",
  "x y",
  "a\\nb",
);
