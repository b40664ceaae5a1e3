import { readFileSync } from "node:fs";
import fc from "fast-check";
import { assignment, condition } from "./assignments.ts";
import { disguised, plain, single, word, words } from "./words.ts";

/** Whole commands, each of which could hide something. */
const phrases = readFileSync(new URL("phrases.txt", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

const program = fc.oneof(
  fc.constantFrom("rm", "touch", "ls", "mkdir", "wc"),
  disguised(["rm", "touch", "ls", "/usr/bin/rm", "/bin/touch"]),
);
const target = fc.oneof(fc.constantFrom("out", "d/new", "/tmp/new", "a.txt", "../repo/o"), word);

const redirection = fc.oneof(
  fc
    .tuple(fc.constantFrom(">", ">>", ">|", "2>", "&>", "&>>", ">&", "<>", "3>", "{fd}>"), target)
    .map(([o, t]) => ` ${o}${t}`),
  fc
    .tuple(fc.constantFrom("<", "<<<", "0<", "3<"), fc.oneof(fc.constantFrom("a.txt", "d/e"), word))
    .map(([o, t]) => ` ${o} ${t}`),
  fc.constantFrom(" 2>&1", " >&2", " 1>&-", " <&-", " >/dev/null", " 3>&1 >&3"),
);
const maybeRedirection = fc.oneof({ weight: 4, arbitrary: fc.constant("") }, redirection);

/** Texts of shell language, the smaller the deeper. */
const { script: body } = fc.letrec<{
  simple: string;
  command: string;
  statement: string;
  script: string;
  text: string;
}>((tie) => {
  const s = tie("script");
  const t = tie("text");
  const simple = tie("simple");
  return {
    simple: fc.tuple(program, words, maybeRedirection).map(([p, w, r]) => `${p}${w}${r}`),
    /** A script as one word. */
    text: fc.oneof(
      s.map(single),
      s.map((one) => `"${one.replace(/[\\"$`]/g, "\\$&")}"`),
      s.map((one) => `"${one.replace(/["`]/g, "\\$&")}"`),
      s.map((one) => `$'${one.replace(/[\\']/g, "\\$&").replace(/\n/g, "\\n")}'`),
      s.map((one) => `"$(echo ${single(one)})"`),
      s.map((one) => `"$(cat <<'E'\n${one}\nE\n)"`),
    ),
    command: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 8, arbitrary: simple },
      { weight: 5, arbitrary: assignment },
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            assignment.filter((one) => /^\w+\+?=[^(]*$/.test(one)),
            simple,
          )
          .map(([a, c]) => `${a} ${c}`),
      },
      fc
        .tuple(
          fc.constantFrom(
            "cd d",
            "cd /tmp",
            "cd nope",
            "cd ..",
            "cd",
            "cd -",
            "pushd d",
            "popd",
            "cd ./d",
            "cd d/..",
            "CDPATH=/repo/d:/ cd tmp",
            "cd $x",
            "cd ~",
          ),
          simple,
        )
        .map(([d, c]) => `${d}; ${c}`),
      // What runs another program.
      fc
        .tuple(
          fc.constantFrom(
            "env",
            "env -i PATH=/usr/bin",
            "env -u x",
            "env x=rm",
            "timeout 1",
            "nice",
            "nice -n 1",
            "nohup",
            "command",
            "command -p",
            "busybox",
            "exec",
            "builtin",
            "\\command",
            "time",
            "time -p",
            "!",
            "coproc",
            "coproc N",
            "eval",
            "env -S",
            "env --",
            "timeout -k 1 1",
            "env bash -c",
            "command eval",
            "builtin eval",
            "exec -a q",
          ),
          simple,
        )
        .map(([w, c]) => `${w} ${c}`),
      fc
        .tuple(
          fc.constantFrom(
            "bash -c",
            "sh -c",
            "eval",
            "busybox sh -c",
            "env -S 'bash -c'",
            "env bash -c",
            "dash -c",
            "bash -ec",
            "command bash -c",
            "exec bash -c",
          ),
          t,
        )
        .map(([w, c]) => `${w} ${c}`),
      fc
        .tuple(
          fc.constantFrom(
            "bash",
            "sh",
            "bash -s a b",
            "bash /dev/stdin",
            "source /dev/stdin",
            ". /dev/stdin",
            "xargs -I{} sh -c {}",
            "xargs -0 bash -c",
            "cat | sh",
          ),
          t,
        )
        .map(([w, c]) => `${w} <<< ${c}`),
      fc
        .tuple(
          t,
          fc.constantFrom(
            "| bash",
            "| sh",
            "| cat | bash",
            "| rev | rev | sh",
            "| base64 | base64 -d | bash",
            "| tr a a | sh",
            "| tee out | sh",
            "| bash -s",
            "| (bash)",
            "| { cat | sh; }",
            '| while read -r l; do eval "$l"; done',
          ),
        )
        .map(([c, w]) => `echo ${c} ${w}`),
      fc
        .tuple(
          fc.constantFrom(
            "bash",
            "sh",
            "cat",
            "xargs rm",
            "xargs touch",
            "cat | sh",
            "while read l; do rm $l; done",
          ),
          fc.constantFrom("E", "'E'", '"E"', "\\E", "$E", "E'F'", "-E", "-'E'"),
          s,
        )
        .map(([w, d, body]) => {
          const end = d.replace(/['"\\-]/g, "");
          return `${w.replace(/^(\S+)/, `$1 <<${d}`)}\n${d.startsWith("-") ? body.replace(/^/gm, "\t") : body}\n${end}\n`;
        }),
      fc
        .tuple(
          fc.constantFrom(
            "xargs",
            "xargs -n 1",
            "xargs -0",
            "xargs -I{}",
            "xargs -d ,",
            "xargs -L 1",
            "xargs -I% env",
            "xargs timeout 1",
          ),
          plain,
          simple,
        )
        .map(
          ([x, d, c]) =>
            `echo ${single(d)} | ${x} ${c}${/I/.test(x) ? (x.includes("%") ? " %" : " {}") : ""}`,
        ),
      fc
        .tuple(
          fc.constantFrom(". -name a.txt", "d", ". -type f", "d -maxdepth 1", "*", "."),
          fc.constantFrom("-exec", "-execdir"),
          simple,
          fc.constantFrom("{} \\;", "{} +", "\\;", "';'", "-- {} \\;"),
        )
        .map(([w, e, c, end]) => `find ${w} ${e} ${c} ${end}`),
      t.map((one) => `find d -type f -exec sh -c ${one} {} \\;`),
      fc
        .tuple(fc.constantFrom("EXIT", "0", "ERR", "DEBUG", "RETURN", "INT EXIT", "SIGTERM"), t)
        .map(([e, c]) => `trap ${c} ${e}`),
      fc
        .tuple(fc.constantFrom("g", "rm", "touch", "cd", "echo", "ls", "h"), s)
        .map(([f, b]) => `${f}() { ${b}\n}`),
      fc
        .tuple(fc.constantFrom("g", "rm", "h"), s, words)
        .map(([f, b, w]) => `function ${f} { ${b}\n}; ${f}${w}`),
      fc
        .tuple(
          fc.constantFrom("g", "ls", "rm", "h"),
          fc.constantFrom("rm", "touch a", "'rm b '", "'rm a; touch b'", '"$x"', "'rm $x'"),
        )
        .map(([n, v]) => `shopt -s expand_aliases\nalias ${n}=${v}`),
      fc
        .tuple(
          fc.constantFrom(
            "g",
            "h",
            "g a",
            "h 'rm b'",
            "g $x",
            "\\rm a",
            "unalias -a",
            "unset -f rm",
            "rm '$(rm q)'",
            "echo rm",
            "g | h",
            "g & h",
          ),
          maybeRedirection,
        )
        .map(([c, r]) => `${c}${r}`),
      fc.constantFrom(...phrases, 'rm "\\\na"', "rm a;#c\nrm b", "rm a #c \\\nrm b"),
      // Compounds.
      fc.tuple(condition, s, s).map(([c, a, b]) => `if ${c}; then ${a}\nelse ${b}\nfi`),
      fc
        .tuple(
          fc.constantFrom(
            "for x in a b; do ",
            "for x in $y; do ",
            "for rm in touch ls; do ",
            'for x in "$@"; do ',
            "for x in *; do ",
            "for x in {a,b}; do ",
            "for x in $(echo rm q); do ",
            "for ((i=0; i<2; i++)); do ",
            "for x in rm touch; do $x q; ",
          ),
          s,
          fc.constantFrom("", " break", " continue"),
        )
        .map(([f, b, j]) => `${f}${b}\n${j}\ndone`),
      fc
        .tuple(condition, s, fc.constantFrom("while", "until"))
        .map(([c, b, k]) => `${k} ${c}; do ${b}\nbreak; done`),
      fc
        .tuple(fc.constantFrom("a.txt", "<(echo rm q)", "<(echo a; echo b)"), s)
        .map(([f, b]) => `while read -r x; do ${b}\ndone < ${f}`),
      fc
        .tuple(
          word,
          fc.constantFrom("a", "*", "$x", "rm|b", "[a-c]*", '"$y"'),
          s,
          s,
          fc.constantFrom(";;", ";&", ";;&"),
        )
        .map(([w, p, a, b, e]) => `case ${w} in ${p}) ${a}\n${e} *) ${b}\nesac`),
      fc.tuple(s, maybeRedirection).map(([one, r]) => `( ${one}\n)${r}`),
      fc.tuple(s, maybeRedirection).map(([one, r]) => `{ ${one}\n}${r}`),
      s.map((one) => `: "$( ${one}\n)"`),
      s.map((one) => `x=$( ${one}\n)`),
      s.filter((one) => !/[`\\]/.test(one)).map((one) => `: \`${one}\n\``),
      s.map((one) => `cat <( ${one}\n)`),
      s.map((one) => `: > >( ${one}\n)`),
      s.map((one) => `coproc { ${one}\n}; wait`),
      fc.tuple(simple, s).map(([c, one]) => `${c} "$( ${one}\n)"`),
    ),
    statement: fc.oneof(
      { withCrossShrink: true },
      { weight: 6, arbitrary: tie("command") },
      fc
        .tuple(tie("command"), fc.constantFrom("&&", "||", "|", "|&", ";", "&"), tie("command"))
        .map(([a, o, b]) => `${a}${a.endsWith("\n") ? "true " : ""} ${o} ${b}`),
      condition.map((one) => one),
    ),
    script: fc.oneof(
      { withCrossShrink: true },
      { weight: 4, arbitrary: tie("statement") },
      { weight: 2, arbitrary: fc.tuple(tie("statement"), tie("statement")).map((some) => some.join("\n")) },
      fc.array(tie("statement"), { minLength: 1, maxLength: 3 }).map((some) => some.join("\n")),
    ),
  };
});

const definitions = "x=ab y='b  c' z=(m 'n o') r=x p=pp i=1 nothing= nope=\n";

/** A whole script, with or without values for the variables that its words name. */
export const script: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 2, arbitrary: fc.constant(definitions) },
      fc.constantFrom("", `${definitions}set -- one 'two 2'\n`),
    ),
    body,
  )
  .map((some) => some.join(""));
