import type { Word } from "../../model/command.ts";
import { dropStart, isOpen, knownStart, unknownWord } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { because, high, medium, type Program } from "./program.ts";

/** Runs the operands as a command and is itself only looked through. */
function lookThrough(args: Arguments, doing: Doing): void {
  doing.transparent = true;
  doing.run(args.operands);
}

/** Runs the operands after the first `count`. */
function runAfter(count: number): (args: Arguments, doing: Doing) => void {
  return (args, doing) => {
    doing.transparent = true;
    doing.run(args.operands.slice(count));
  };
}

function env(args: Arguments, doing: Doing): void {
  doing.transparent = true;
  if (args.has("-S")) doing.unsure("splits a text in ways mirror does not follow");
  const { environment, rest } = takeAssignments(args.operands);
  if (rest.length === 0) {
    // It prints the environment, which often holds keys.
    doing.transparent = false;
    doing.adds(medium("reads-secret"));
  }
  doing.run(rest, environment);
}

/**
 * Puts the words of `-S text` in its place: they are read as if they had been given, options first. Left as it is where
 * the text is not known or holds what more than separates words: variables, comments, escapes.
 */
function splitStrings(words: readonly Word[]): readonly Word[] {
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (typeof word !== "string" || !/^-./.test(word) || word === "--") return words;
    const [, flags = "", attached] = /^(?:-([iv0]*)S|--split-string=)(.*)$/s.exec(word) ?? [];
    if (attached === undefined && word !== "--split-string") {
      if (/^-([iv0]*[uCP]|-(unset|chdir))$/.test(word)) index++;
      continue;
    }
    const inNext = attached === undefined || (attached === "" && !word.includes("="));
    const text = inNext ? words[index + 1] : attached;
    if (typeof text !== "string" || /[$#\\]/.test(text)) return words;
    const before = [...words.slice(0, index), ...(flags === "" ? [] : [`-${flags}`])];
    return [...before, ...splitStrings([...splitWords(text), ...words.slice(index + (inNext ? 2 : 1))])];
  }
  return words;
}

/** Takes `NAME=value` words off the front. */
function takeAssignments(words: readonly Word[]): { environment: Map<string, Word>; rest: readonly Word[] } {
  const environment = new Map<string, Word>();
  let at = 0;
  for (const word of words) {
    const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(knownStart(word));
    if (assignment?.[1] === undefined) break;
    environment.set(assignment[1], dropStart(word, assignment[0].length));
    at++;
  }
  return { environment, rest: words.slice(at) };
}

/** Splits as `env -S` does, near enough: quotes and escapes as in the shell, no expansion. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:[^\s"'\\]+|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs)) {
    words.push(
      match[0].replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
        (_all, double, single, escaped) => double ?? single ?? escaped ?? "",
      ),
    );
  }
  return words;
}

/** Asks for another user's rights. What it runs is looked at all the same. */
/** Programs that say names and states, and not what is in files. */
const onlyNames = /^(ls|stat|du|df|lsblk|ps|id|whoami|groups|pwd|date|uptime)$/;

function privileged(args: Arguments, doing: Doing): void {
  const [program = ""] = args.operands;
  const looks =
    args.options.every(({ id }) => id === "-n") && onlyNames.test(knownStart(program)) && !isOpen(program);
  doing.adds(looks ? medium("privilege") : high("privilege"));
  if (args.has("-e")) {
    for (const word of args.operands) doing.write(word);
    return;
  }
  const { environment, rest } = takeAssignments(args.operands);
  if (args.has("-s", "-i") && rest.length === 0) readsShell(doing);
  doing.run(rest, environment);
}

/** A shell without words of its own runs what comes on its standard input. */
function readsShell(doing: Doing): void {
  if (doing.invocation.stdin !== null) doing.script(doing.invocation.stdin);
  else doing.unsure("starts a shell");
}

function xargs(args: Arguments, doing: Doing): void {
  doing.transparent = true;
  const replace =
    args.value("-I") ?? args.value("-J") ?? (args.has("-i") ? (args.value("-i") ?? "{}") : null);
  const command = args.operands.length === 0 ? ["echo"] : args.operands;
  const input = args.has("-a") ? null : doing.invocation.stdin;
  const given = input === null ? null : givenWords(input, replace !== null, args);
  if (given === null || given.length > 50) {
    runWith(command, replace, unknownWord("words from standard input", replace === null), doing);
  } else if (replace === null) for (const words of given) doing.run([...command, ...words]);
  else for (const [word = ""] of given) runWith(command, replace, word.trim(), doing);
}

/** The words that xargs makes of a known text, one list for each command it runs; null where they are not known. */
function givenWords(input: string, replaces: boolean, args: Arguments): string[][] | null {
  if (/["'\\]/.test(input) || args.has("-d", "-s")) return null;
  const lines = input.split("\n").filter((line) => line.trim() !== "");
  if (args.has("-0")) {
    const words = input.replace(/\0$/, "").split("\0");
    return replaces || args.has("-L", "-l") ? words.map((word) => [word]) : chunks(words, args);
  }
  if (replaces) return lines.map((line) => [line]);
  if (args.has("-L", "-l")) {
    // A line that ends in a blank goes on in the next one; more than one line at a time is not followed.
    const single = ["-L", "-l"].every((id) => [null, "1"].includes(args.value(id) as string | null));
    return single && !/[ \t]\n/.test(input) ? lines.map((line) => line.trim().split(/\s+/)) : null;
  }
  return chunks(
    lines.flatMap((line) => line.trim().split(/\s+/)),
    args,
  );
}

/** So many words for each command as `-n` says. */
function chunks(words: readonly string[], args: Arguments): string[][] | null {
  if (!args.has("-n")) return [[...words]];
  const size = Number(args.value("-n"));
  if (!Number.isInteger(size) || size < 1) return null;
  return Array.from({ length: Math.ceil(words.length / size) }, (_, index) =>
    words.slice(index * size, (index + 1) * size),
  );
}

/** Runs a command with a word in the place of the marker, or at the end where there is none. */
function runWith(command: readonly Word[], marker: Word | null, word: Word, doing: Doing): void {
  if (marker === null || isOpen(marker)) {
    doing.run([...command, word]);
    return;
  }
  doing.run(command.map((part) => (isOpen(part) ? part : substitute(part, marker, word))));
}

/** Puts a word in the place of each marker in a text. */
function substitute(text: string, marker: string, word: Word): Word {
  if (marker === "" || !text.includes(marker)) return text;
  if (text === marker) return word;
  if (!isOpen(word)) return text.replaceAll(marker, word);
  const parts = text.split(marker).flatMap((part, index) => (index === 0 ? [part] : [null, part]));
  return { text: text.replaceAll(marker, word.text), parts, many: false, glob: false };
}

function parallel(args: Arguments, doing: Doing): void {
  doing.transparent = true;
  const mark = args.operands.findIndex((word) => /^:::/.test(knownStart(word)));
  const command = mark < 0 ? args.operands : args.operands.slice(0, mark);
  const given =
    mark < 0 ? null : args.operands.slice(mark + 1).filter((word) => !/^:::/.test(knownStart(word)));
  const unknown = unknownWord("words from standard input", true);
  if (command.length === 0) {
    if (given === null && doing.invocation.stdin !== null) doing.script(doing.invocation.stdin);
    else if (given === null && doing.invocation.piped) doing.unsure("runs the lines of its standard input");
    for (const word of given ?? []) doing.script(word);
    return;
  }
  const words = given ?? doing.invocation.stdin?.split("\n").filter((line) => line !== "") ?? [unknown];
  const marked = command.some((word) => !isOpen(word) && /\{[^{}]*\}/.test(word));
  for (const word of words.slice(0, 50)) {
    const line = marked
      ? command.map((part) => (isOpen(part) ? part : substitute(part, "{}", word)))
      : [...command, word];
    // parallel hands the line to a shell, which splits and expands its words once more; with `-q` it does not.
    if (line.every((part) => !isOpen(part))) doing.script(line.join(" "));
    doing.run(line);
  }
}

const findStart = /^[-(!),]/;

function find(_args: Arguments, doing: Doing): void {
  const words = doing.invocation.argv.slice(1);
  let at = 0;
  while (/^-([HLP]|D.*|O\d*)$/.test(knownStart(words[at] ?? ""))) at += words[at] === "-D" ? 2 : 1;
  const roots: Word[] = [];
  while (at < words.length && !findStart.test(knownStart(words[at] ?? ""))) {
    const word = words[at++];
    if (word !== undefined) roots.push(word);
  }
  if (roots.length === 0) roots.push(".");
  for (const root of roots) doing.read(root);
  for (const effect of doing.effects.splice(0)) {
    doing.effects.push({
      ...effect,
      risk: { level: "low", reasons: effect.risk.reasons.filter((reason) => reason !== "reads-secret") },
    });
  }
  const texts = words.map(knownStart);
  if (
    texts.some((text) => /^-(L|follow)$/.test(text)) &&
    texts.some((text) => /^-(exec|ok|delete)/.test(text))
  )
    doing.unsure("follows links to wherever they lead");
  findExpression(words.slice(at), roots, doing);
}

/** The tests, actions and commands of `find`. */
function findExpression(words: readonly Word[], roots: readonly Word[], doing: Doing): void {
  const { name, narrowed } = findNarrowing(words);
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) continue;
    const text = knownStart(word);
    if (/^-(exec|execdir|ok|okdir)$/.test(text)) {
      const end = words.findIndex(
        (one, at) => at > index && (one === ";" || (one === "+" && words[at - 1] === "{}")),
      );
      const command = words.slice(index + 1, end < 0 ? words.length : end);
      const many = end >= 0 && words[end] === "+";
      for (const root of roots) runFound(command, doing.below(root, name, many), doing);
      if (text.endsWith("dir")) doing.unsure("runs a command in each directory where it finds something");
      index = end < 0 ? words.length : end;
    } else if (text === "-delete") {
      for (const root of roots) doing.remove(doing.below(root, name, false), "tree");
      const lost = doing.effects.some(({ risk }) => risk.reasons.includes("destroys-data"));
      if (lost && !narrowed) doing.adds(high("destroys-data"));
    } else if (/^-(fprint0?|fls|fprintf)$/.test(text)) {
      const file = words[++index];
      if (file !== undefined) doing.write(file);
    } else if (text === "-files0-from") doing.unsure("reads where to look from a file");
    else if (
      isOpen(word) &&
      text === "" &&
      !/^-(name|iname|path|ipath|regex|newer|user|group|size|mtime|type|maxdepth|mindepth|perm|mmin)$/.test(
        knownStart(words[index - 1] ?? ""),
      )
    ) {
      doing.mustKnow(word);
    }
  }
}

function runFound(command: readonly Word[], found: Word, doing: Doing): void {
  doing.run(command.map((part) => (isOpen(part) ? part : substitute(part, "{}", found))));
}

/**
 * A single `-name` says which files are met; any test at all says that not all are. An action is about what the tests
 * before it leave, so only those before the first one count: `-delete -name x` deletes everything.
 */
function findNarrowing(words: readonly Word[]): { name: string | null; narrowed: boolean } {
  const all = words.map(knownStart);
  const action = all.findIndex((text) =>
    /^-(exec|execdir|ok|okdir|delete|print0?|printf|fprint.*|ls|fls)$/.test(text),
  );
  const texts = action < 0 ? all : all.slice(0, action);
  const names = texts.flatMap((text, index) =>
    text === "-name" || text === "-iname" ? [texts[index + 1] ?? ""] : [],
  );
  const narrowed = texts.some(
    (text, index) =>
      /^-(i?name|i?path|i?regex|empty|size|[acm]time|[acm]min|newer\w*|user|perm|links|inum)$/.test(text) &&
      !/^\*?$/.test(texts[index + 1] ?? "x"),
  );
  const plain = names.length === 1 && !all.some((text) => /^(-o|-or|!|-not|,)$/.test(text));
  return { name: plain ? (names[0] ?? null) : null, narrowed };
}

export const wrappers: readonly Program[] = [
  {
    names: "env genv",
    style: "posix",
    options:
      "-u,--unset= -C,--chdir=dir -S,--split-string=skip -P= -i,--ignore-environment -0,--null -v,--debug --block-signal[=] --default-signal[=] --ignore-signal[=]",
    strict: true,
    rewrite: splitStrings,
    acts: env,
    examples: [
      ["env", "medium +reads-secret"],
      ["env A=1 B=2 rm x", "low run:rm"],
      ["env -u A -- git status", "low run:git"],
      ["env -S 'rm -rf x'", "low run:rm"],
      ["env -iS 'A=1 rm -rf' x", "low run:rm"],
      ["env -S 'rm x' -S ls", "low run:rm"],
      ["env -S 'rm $HOME'", "medium opaque"],
      ["env -C /tmp rm x", "low fs.read:/tmp run:rm"],
    ],
  },
  {
    names: "timeout gtimeout",
    style: "posix",
    options: "-s,--signal= -k,--kill-after= -v,--verbose --foreground --preserve-status -f -p",
    acts: runAfter(1),
    examples: [["timeout -k 5 10 rm x", "low run:rm"]],
  },
  {
    names: "nice ionice chrt taskset numactl cpulimit",
    style: "posix",
    options: "-n,--adjustment,--classdata= -c,--class= -p,--pid= -t -l= -e --cpu-list -m= -N= -C= -i",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "");
      const skipped = /taskset|chrt/.test(name) ? 1 : 0;
      if (args.has("-p") && !/nice$/.test(name)) return;
      runAfter(skipped)(args, doing);
    },
    examples: [
      ["nice -n 19 rm x", "low run:rm"],
      ["taskset 1 make", "low run:make"],
    ],
  },
  {
    names:
      "nohup setsid stdbuf unbuffer time gtime command builtin exec chronic ts faketime proxychains proxychains4 torify torsocks catchsegv script-run caffeinate arch eatmydata fakeroot rlwrap ltrace-run dbus-run-session xvfb-run winpty dotenv with-contenv tini dumb-init",
    style: "posix",
    options:
      "-i,--input= -o,--output=skip -e,--error=skip -a,--append,--argv0= -f,--format=skip -c,--ctty,--clear -w,--wait -v,--verbose -V -p,--portability -l --fork -s=skip -q",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "");
      if (name === "command" && args.has("-v", "-V")) return;
      if (/time$/.test(name)) {
        const file = args.value("-o");
        if (file !== null) doing.write(file);
      }
      const skipped = name === "faketime" ? 1 : 0;
      if (args.operands.length > skipped) runAfter(skipped)(args, doing);
    },
    examples: [
      ["nohup rm x", "low run:rm"],
      ["command -v rm", "low"],
      ["command git status", "low run:git"],
      ["stdbuf -oL make", "low run:make"],
      ["time -o t.txt make", "low fs.write:/repo/t.txt run:make"],
    ],
  },
  {
    names: "sudo doas pkexec gosu su-exec run0 sudoedit",
    style: "posix",
    options:
      "-u,--user= -g,--group= -h,--host= -p,--prompt= -C,--close-from= -D,--chdir=dir -R,--chroot=skip -r,--role= -t,--type= -T,--command-timeout= -U,--other-user= -a= -c= -e,--edit -s,--shell -i,--login -l,--list -v,--validate -k,--reset-timestamp -K -E,--preserve-env[=] -n,--non-interactive -S,--stdin -b,--background -A,--askpass -H,--set-home -P -N -B -L",
    acts: privileged,
    examples: [
      ["sudo rm x", "high +privilege run:rm"],
      ["sudo ls -la", "medium +privilege run:ls"],
      ["sudo -u x ls", "high +privilege run:ls"],
      ["sudo A=1 ls", "high +privilege run:ls"],
      ["sudo -u root -- git status", "high run:git"],
      ["sudo -s", "high opaque"],
    ],
  },
  {
    names: "su runuser setpriv",
    style: "gnu",
    options:
      "-c,--command=script -s,--shell= -g,--group= -G= -u,--user= -l,--login -m,-p --reuid= --regid= -w= -P -f",
    risk: high("privilege"),
    acts: (args, doing) => {
      if (args.has("-c")) return;
      if (args.has("-u") || args.operands.length > 1)
        doing.run(args.has("-u") ? args.operands : args.operands.slice(1));
      else readsShell(doing);
    },
    examples: [
      ["su -c 'cat x'", "high +privilege script"],
      ["su", "high opaque"],
    ],
  },
  {
    names: "watch entr",
    style: "posix",
    options:
      "-n,--interval= -d,--differences[=] -g,--chgexit -e,--errexit -t,--no-title -c,--color -x,--exec -b -p -q= -r -s -z -a",
    acts: (args, doing) => {
      doing.transparent = true;
      if (args.operands.some(isOpen)) doing.mustKnow(...args.operands);
      else if (args.has("-x") || args.has("-r")) doing.run(args.operands);
      else doing.script(args.operands.join(" "));
    },
    examples: [["watch -n 5 ls", "low script"]],
  },
  {
    names: "xargs gxargs",
    style: "posix",
    options:
      "-I=skip -J=skip -i,--replace[=] -a,--arg-file=read -d,--delimiter= -E= -e[=] -L,--max-lines= -l[=] -n,--max-args= -P,--max-procs= -s,--max-chars= -R= -S= -0,--null -t,--verbose -r,--no-run-if-empty -p,--interactive -x,--exit -o,--open-tty --process-slot-var=",
    strict: true,
    acts: xargs,
    examples: [
      ["xargs rm", "low run:rm"],
      ["xargs -I{} cp {} x", "low run:cp"],
      ["xargs -0 -n 1 echo", "low run:echo"],
      ["xargs", "low run:echo"],
    ],
  },
  {
    names: "parallel",
    style: "posix",
    options:
      "-j,--jobs,-P= -a,--arg-file=read -I= -n,-N,--max-args= -L= -d,--delimiter= -C,--colsep= --joblog=write --results=write --tmpdir=write -S,--sshlogin=unsafe --slf=unsafe --timeout= --retries= --delay= --bar --progress -k,--keep-order -u,--ungroup -q,--quote -m -X -0,--null -t,--verbose --dry-run,--dryrun --eta --halt= --line-buffer --will-cite -v --no-notice --pipe",
    strict: true,
    acts: parallel,
    examples: [
      ["parallel rm ::: a b", "low run:rm run:rm script script"],
      ["parallel :::", "low"],
    ],
  },
  {
    names: "find gfind",
    style: "long",
    acts: find,
    examples: [
      ["find . -name x", "low fs.read:/repo"],
      ["find", "low fs.read:/repo"],
      ["find . -delete", "critical +destroys-data fs.read:/repo fs.delete:tree:/repo"],
      ["find src -name *.pyc -delete", "low fs.read:/repo/src fs.delete:tree:/repo/src"],
      ["find . -name *.pyc -delete", "critical fs.read:/repo fs.delete:tree:/repo"],
      ["find src -delete -name *.pyc", "high fs.read:/repo/src fs.delete:tree:/repo/src"],
      ["find src -name *.pyc -print , -delete", "medium fs.read:/repo/src fs.delete:tree:/repo/src"],
      ["find build -delete", "low fs.read:/repo/build fs.delete:tree:/repo/build"],
      ["find . -exec rm {} ;", "low fs.read:/repo run:rm"],
      ["find . -execdir rm {} ;", "low opaque fs.read:/repo run:rm"],
      ["find . -fprint out", "low fs.read:/repo fs.write:/repo/out"],
      ["find -L src -name *.pyc -delete", "low opaque fs.read:/repo/src fs.delete:tree:/repo/src"],
      ["find ~/.ssh", "low +outside-repository fs.read:~/.ssh"],
    ],
  },
  {
    names: "fd fdfind",
    options:
      "-e,--extension= -t,--type= -E,--exclude= -d,--max-depth= -x,--exec=skip -X,--exec-batch=skip -S,--size= --changed-within= --changed-before= -o,--owner= --search-path=list --base-directory=dir -c,--color= -j,--threads= -H -I -u -g -F -p -a -l -0",
    acts: (args, doing) => {
      const at = doing.invocation.argv.findIndex((word) =>
        /^(-x|-X|--exec|--exec-batch)$/.test(knownStart(word)),
      );
      for (const word of args.operands.slice(1)) if (at < 0) doing.read(word, "tree");
      if (at < 0) return;
      const found = doing.below(".", null, true);
      const command = doing.invocation.argv.slice(at + 1).filter((word) => word !== ";");
      const marked = command.some((word) => !isOpen(word) && word.includes("{"));
      doing.run(
        marked
          ? command.map((part) => (isOpen(part) ? part : substitute(part, "{}", found)))
          : [...command, found],
      );
    },
    examples: [
      ["fd foo", "low"],
      ["fd -e log -x rm", "low run:rm"],
    ],
  },
  {
    names: "flock",
    style: "posix",
    options:
      "-s,--shared -x,--exclusive -u,--unlock -n,--nonblock -w,--timeout= -E= -o -F -c,--command=script -v",
    acts: (args, doing) => {
      const [file, ...command] = args.operands;
      if (file !== undefined && !/^\d+$/.test(knownStart(file))) doing.write(file);
      if (knownStart(command[0] ?? "") === "-c") {
        if (command[1] !== undefined) doing.script(command[1]);
      } else doing.run(command);
    },
    examples: [
      ["flock a.lock rm x", "low fs.write:/repo/a.lock run:rm"],
      ["flock a.lock -c id", "low fs.write:/repo/a.lock script"],
    ],
  },
  {
    names: "busybox toybox",
    style: "posix",
    options: "--list --install -s",
    acts: lookThrough,
    examples: [
      ["busybox rm x", "low run:rm"],
      ["busybox --help", "low"],
    ],
  },
  {
    names:
      "unshare nsenter chroot firejail bwrap systemd-run strace ltrace gdb valgrind perf capsh proot script expect ssh-agent dbus-launch direnv",
    style: "long",
    opaque: "runs a program in other surroundings",
    risk: medium("runs-local-code"),
    acts: (args, doing) => {
      // Their options differ; what follows the first word that is a program is looked at as one.
      const start = args.operands.findIndex(
        (word) => /^[a-z/][\w./-]*$/i.test(knownStart(word)) && knownProgram(knownStart(word)),
      );
      if (start >= 0) doing.run(args.operands.slice(start));
      for (const option of args.options)
        if (/^-{1,2}c(ommand)?$/.test(option.id)) doing.unsure(because.inlineCode);
    },
    examples: [["unshare --mount-proc=/proc rm -rf /", "medium opaque run:rm"]],
  },
];

/** Names that stand behind a wrapper often enough to be taken for the command. */
function knownProgram(name: string): boolean {
  return /^(\/?(usr\/)?s?bin\/)?(rm|git|bash|sh|zsh|cat|cp|mv|dd|curl|wget|find|chmod|chown|make|npm|node|python3?|env|sudo|tee|mkfs(\..*)?)$/.test(
    name,
  );
}
