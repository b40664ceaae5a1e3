import type { Word } from "../../model/command.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { guardedPaths } from "./guarded-paths.ts";
import type { Arguments } from "./options.ts";
import {
  namedManifests,
  onlyComputes,
  type PlainLanguage,
  plainJavaScript,
  plainPhp,
  plainPython,
  plainRuby,
} from "./plain-code.ts";
import { because, critical, high, medium, type Program } from "./program.ts";
import { runScriptFile } from "./scripts.ts";

function shell(args: Arguments, doing: Doing): void {
  const code = args.has("-c");
  const [first, ...others] = args.operands;
  if (args.has("-n") && !code && first !== undefined) {
    doing.read(first);
    return;
  }
  if (code) {
    if (first === undefined) return;
    doing.script(first);
    return;
  }
  if (first !== undefined && !args.has("-s")) {
    runScriptFile(first, others, doing, "sh");
    return;
  }
  runsInput(doing);
}

/** Runs what comes on standard input: read where it is known, and from anywhere where it is piped. */
function runsInput(doing: Doing): void {
  if (doing.invocation.stdin !== null) doing.script(doing.invocation.stdin);
  else if (doing.invocation.piped) {
    doing.unsure("runs whatever is piped into it");
    doing.adds(critical("runs-remote-code"));
  } else doing.unsure("starts a shell");
}

const codeRisk = medium("runs-local-code");

/** Interpreters that load nothing else before the code they are given, as `ipython`, `bun` and `ts-node` do. */
const plainInterpreter = /^(python[\d.]*|pypy3?|node|nodejs|ruby|php)$/;

const loadingVariable = /^(PYTHON|NODE_|RUBY|PHP|GEM_|BUNDLE_)/;

/** Tells whether all the code on the command line, or on standard input, only computes and prints. */
function isPlain(
  language: PlainLanguage,
  codeOptions: readonly string[],
  args: Arguments,
  doing: Doing,
): boolean {
  const { argv, environment, stdin } = doing.invocation;
  if (!plainInterpreter.test(knownStart(argv[0] ?? "").replace(/^\/usr(\/local)?\/bin\//, ""))) return false;
  if ([...environment.keys()].some((variable) => loadingVariable.test(variable))) return false;
  const given = args.options.filter(({ id }) => codeOptions.includes(id)).map(({ value }) => value);
  const others = args.options.filter(({ id }) => !codeOptions.includes(id));
  if (!others.every(({ id }) => language.options.has(id)) || args.unsure.length > 0) return false;
  const code = given.length > 0 ? given : [stdin];
  if (!code.every((text) => text !== null && !isOpen(text) && onlyComputes(text, language))) return false;
  for (const file of code.flatMap((text) => namedManifests(String(text)))) doing.read(file);
  return true;
}

/** An interpreter of a language mirror reads little or nothing of: inline code, a file, or standard input. */
function interpreter(
  codeOptions: readonly string[],
  language: PlainLanguage | null = null,
): (args: Arguments, doing: Doing) => void {
  return (args, doing) => {
    const [file] = args.operands;
    const inline = args.has(...codeOptions);
    if (!inline && file !== undefined && knownStart(file) !== "-") {
      doing.read(file);
      guardedPaths(doing, args.operands.slice(1));
      doing.unsure(because.inlineCode);
      doing.adds(fileRisk(file, doing));
      return;
    }
    if (language !== null && isPlain(language, codeOptions, args, doing)) return;
    doing.unsure(because.inlineCode);
    doing.adds(codeRisk);
    const piped = !inline && doing.invocation.piped && doing.invocation.stdin === null;
    if (piped) doing.adds(critical("runs-remote-code"));
    for (const option of args.options) if (codeOptions.includes(option.id)) inlineRisk(option.value, doing);
    if (!inline && doing.invocation.stdin !== null) inlineRisk(doing.invocation.stdin, doing);
  };
}

/** Words that tell, in any language, that code starts programs, deletes, or connects. */
const starts =
  /\b(system|exec|execsync|spawn|spawnsync|popen|subprocess|child_process|check_call|check_output|shell_exec|passthru|backtick|os\.exec\w*|pty\.spawn|ctypes|eval|__import__|base64)\b|`[^`]+`|%x[({[]/i;
const deletes =
  /\b(rmtree|unlink\w*|rmdir\w*|rm_rf|rm_r|rmsync|removesync|os\.remove|remove_tree|file\.delete|fileutils|truncate|shutil|rm\s+-[a-z]*[rf])\b/i;
const connects =
  /\b(urllib|requests|socket|http\.client|https?:\/\/|fetch|axios|net\.connect|open-uri|net\/http|lwp|ftplib|smtplib|paramiko|websocket)/i;
const secrets =
  /\.env\b|\.ssh\b|id_rsa|\.aws\b|credentials|\/etc\/(passwd|shadow)|environ\b|process\.env|getenv/i;

function inlineRisk(code: Word | null, doing: Doing): void {
  if (code === null) return;
  const text = isOpen(code) ? code.text : code;
  if (starts.test(text)) doing.adds(high("runs-local-code"));
  if (deletes.test(text)) doing.adds(high("destroys-data"));
  if (connects.test(text)) doing.adds(high("leaves-machine"));
  if (secrets.test(text)) doing.adds(high("reads-secret"));
}

function fileRisk(file: Word, doing: Doing): ReturnType<typeof medium> {
  const effect = doing.effects.at(-1);
  const outside = effect?.risk.reasons.includes("outside-repository") === true || isOpen(file);
  const scratch = !isOpen(file) && /^(\/var|\/private)?\/tmp\//.test(file);
  return outside || scratch ? high("runs-local-code") : { level: "low", reasons: ["runs-local-code"] };
}

const harmlessModules =
  /^(json\.tool|py_compile|compileall|this|platform|calendar|tabnanny|pydoc|ast|tokenize|sysconfig|site|timeit-help)$/;
const toolModules =
  /^(pytest|unittest|pip|mypy|black|ruff|flake8|isort|pylint|coverage|tox|nox|build|twine|poetry|uv|virtualenv|pipx|pre_commit|http\.server|venv|ensurepip|django|flask|uvicorn|gunicorn|jupyter|ipykernel|alembic|sphinx|mkdocs|bandit|safety|wheel|hatch|pdm|pipenv|conda)$/;

/** What stands behind `-m module` is the module's, even where it looks like an option of python's own. */
function behindModule(argv: readonly Word[]): readonly Word[] {
  const at = argv.findIndex((word, index) => index > 0 && /^-[A-Za-z]*m/.test(knownStart(word)));
  if (at < 0) return [];
  return argv.slice(/^-[A-Za-z]*m$/.test(knownStart(argv[at] ?? "")) ? at + 2 : at + 1);
}

function python(args: Arguments, doing: Doing): void {
  const module = args.value("-m");
  if (module === null) {
    interpreter(["-c"], plainPython)(args, doing);
    return;
  }
  if (isOpen(module)) {
    doing.mustKnow(module);
    return;
  }
  const words = behindModule(doing.invocation.argv);
  if (harmlessModules.test(module)) {
    for (const word of args.operands) doing.read(word);
    if (/compile/.test(module)) guardedPaths(doing);
    return;
  }
  if (module === "venv") {
    for (const word of args.operands) doing.write(word, "tree");
    return;
  }
  if (module === "http.server") {
    doing.adds(medium("publishes"));
    return;
  }
  if (toolModules.test(module)) {
    doing.transparent = true;
    doing.run([module, ...words]);
    return;
  }
  doing.unsure(because.inlineCode);
  doing.adds(codeRisk);
}

export const interpreters: readonly Program[] = [
  {
    names: "bash sh zsh dash ash ksh mksh rbash yash bash3 bash4 bash5",
    style: "posix",
    options:
      "-c -s -i -l,--login -e -x -u -v -n -r -f -k -h -a -b -m -p -t -B -C -E -H -P -T -D -o= -O= +o= +O= --rcfile,--init-file=unsafe --norc --noprofile --noediting --posix --restricted --verbose --debugger --dump-strings --emulate=",
    strict: true,
    acts: shell,
    examples: [
      ["bash -c 'rm x'", "low script"],
      ["sh -lc 'rm x'", "low script"],
      ["bash -n a.sh", "low fs.read:/repo/a.sh"],
      ["bash a.sh", "low opaque +runs-local-code fs.read:/repo/a.sh"],
      ["bash --rcfile x -c id", "high opaque script"],
      ["bash --version", "low"],
      ["bash", "low opaque"],
    ],
  },
  {
    names: "fish csh tcsh pwsh powershell nu elvish xonsh cmd cmd.exe powershell.exe",
    opaque: because.inlineCode,
    risk: medium("runs-local-code"),
    acts: (args, doing) => {
      if (doing.invocation.piped && doing.invocation.stdin === null) doing.adds(critical("runs-remote-code"));
      for (const word of doing.invocation.argv.slice(1)) inlineRisk(word, doing);
      for (const option of args.options) inlineRisk(option.value, doing);
    },
    examples: [["fish -c 'rm x'", "medium opaque"]],
  },
  {
    names:
      "python python2 python3 python3.9 python3.10 python3.11 python3.12 python3.13 pypy pypy3 py ipython",
    style: "posix",
    options:
      "-c=skip -m=skip -W= -X= -Q= -i -u -B -E -I -O -OO -s -S -v -q -x -P -b -d --check-hash-based-pycs=",
    acts: python,
    examples: [
      ["python -c 'print(1+1)'", "low"],
      ["python3 -c 'import sys; print(sys.version)'", "low"],
      ["python3 -c 'print(open(1))'", "medium opaque +runs-local-code"],
      ["python3 -c 'import json'", "medium opaque +runs-local-code"],
      ["python3 a.py", "low opaque fs.read:/repo/a.py"],
      ["python3 /tmp/a.py", "high opaque fs.read:/tmp/a.py"],
      ["python -m json.tool a.json", "low fs.read:/repo/a.json"],
      ["python -m pytest -x", "low run:pytest"],
      ["python3 --version", "low"],
      ["python -m venv .venv", "low fs.write:tree:/repo/.venv"],
    ],
  },
  {
    names: "node nodejs deno bun tsx ts-node esno",
    style: "posix",
    options:
      "-e,--eval=skip -p,--print=skip -r,--require=skip --import=skip --loader,--experimental-loader=skip -c,--check -i,--interactive -C,--conditions= --env-file=read --env-file-if-exists=read --inspect[=] --inspect-brk[=] --test --watch --max-old-space-size= --run=skip -v,--version --input-type= --title=",
    acts: (args, doing) => {
      const [first, ...others] = args.operands;
      const name = knownStart(doing.invocation.argv[0] ?? "");
      if (args.has("-c")) {
        if (first !== undefined) doing.read(first);
        return;
      }
      if (args.has("-v")) return;
      if (name === "bun" || name === "deno") {
        packageRunner(name, first, others, doing);
        return;
      }
      loadsElsewhere(args, doing);
      interpreter(["-e", "-p"], plainJavaScript)(args, doing);
    },
    examples: [
      ["node -e 'console.log(1)'", "low"],
      ["node -p process.version", "low"],
      ["node -p 'require(\"./package.json\").version'", "low fs.read:/repo/package.json"],
      ["node -p 'require(\"./package.json\").a.constructor'", "medium opaque"],
      ["node -p 'require(\"./a.json\").a'", "medium opaque"],
      ["node -p process.env", "high opaque +reads-secret"],
      ["node -r ./x -e 1", "medium opaque +runs-local-code"],
      ["bun -e 1", "medium opaque"],
      ["node a.js", "low opaque fs.read:/repo/a.js"],
      ["node --check a.js", "low fs.read:/repo/a.js"],
      ["node --env-file=.env a.js", "high opaque fs.read:/repo/.env fs.read:/repo/a.js"],
      ["node -v", "low"],
      ["deno fmt", "low opaque"],
    ],
  },
  {
    names: "ruby irb",
    style: "posix",
    options: "-e=skip -r= -I= -C=dir -E= -K= -T= -W= -x= -n -p -i[=] -l -a -s -S -c -w -v -y",
    acts: interpreter(["-e"], plainRuby),
    examples: [
      ["ruby -e 'puts 1'", "low"],
      ["ruby -rx -e 'puts 1'", "medium opaque"],
      ["ruby -e 'File.delete(1)'", "high opaque +destroys-data"],
    ],
  },
  {
    names: "perl perl5",
    style: "posix",
    options:
      "-e=skip -E=skip -I= -M= -m= -x= -F= -0[=] -i[=] -n -p -l[=] -a -s -S -c -w -W -T -t -u -U -v -d",
    acts: (args, doing) => {
      interpreter(["-e", "-E"])(args, doing);
      if (args.has("-e", "-E")) {
        for (const word of args.operands) {
          doing.read(word);
          if (args.has("-i")) doing.write(word);
        }
      }
    },
    examples: [["perl -pi -e s/a/b/ x", "medium opaque fs.read:/repo/x fs.write:/repo/x"]],
  },
  {
    names:
      "php lua luajit Rscript R julia osascript tclsh groovy scala jshell elixir iex erl ghci runghc racket guile sbcl clojure clj bb octave gnuplot m4 wscript cscript",
    style: "posix",
    options: "-r=skip -e,--eval,-E=skip -l=skip -i -v -n -f= -d= -c=",
    acts: (args, doing) => {
      // Frameworks put their tasks behind a file of the repository.
      if (args.operands[0] === "artisan" && args.options.length === 0) doing.run(args.operands);
      else interpreter(["-r", "-e"], plainPhp)(args, doing);
    },
    examples: [
      ["php artisan migrate", "low run:artisan"],
      ["php -r 'echo 1;'", "low"],
      ["php -r 'readfile(1);'", "medium opaque"],
      ["lua a.lua", "low opaque fs.read:/repo/a.lua"],
    ],
  },
  {
    names: "java",
    style: "long",
    options: "-jar=skip -cp,-classpath,--class-path=skip -m,--module= -p,--module-path= -javaagent=",
    acts: (args, doing) => {
      const jar = args.value("-jar");
      if (jar !== null && /jenkins-cli[^/]*\.jar$/.test(knownStart(jar))) {
        doing.run(["jenkins-cli", ...args.operands]);
        return;
      }
      if (jar !== null) doing.read(jar);
      doing.unsure(because.inlineCode);
      doing.adds({ level: "low", reasons: ["runs-local-code"] });
    },
    examples: [
      ["java -jar a.jar", "low opaque fs.read:/repo/a.jar"],
      ["java -version", "low"],
    ],
  },
];

/** Code that is written out on the command line or comes from elsewhere, loaded before the file that is named. */
function loadsElsewhere(args: Arguments, doing: Doing): void {
  for (const { id, value } of args.options) {
    if (!/^(-r|--import|--loader)$/.test(id) || value === null) continue;
    if (/^(data|https?):/i.test(knownStart(value)) || isOpen(value)) doing.adds(high("runs-local-code"));
  }
}

/** `bun` and `deno` are interpreters and package managers in one. */
function packageRunner(name: string, first: Word | undefined, others: readonly Word[], doing: Doing): void {
  const verb = first === undefined ? "" : knownStart(first);
  if (
    name === "bun" &&
    /^(run|test|x|install|i|add|remove|rm|update|link|pm|create|init|build|publish)$/.test(verb)
  ) {
    doing.transparent = true;
    doing.run(["bun-package", verb, ...others]);
    return;
  }
  guardedPaths(doing);
  const checks = /^(fmt|lint|check|doc|info|types)$/.test(verb);
  doing.unsure(checks ? because.repositoryCode : because.inlineCode);
  doing.adds(checks ? { level: "low", reasons: ["runs-local-code"] } : codeRisk);
}
