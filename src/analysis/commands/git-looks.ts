import type { Word } from "../../model/command.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { readRevisionPaths } from "./git-revisions.ts";
import type { Arguments } from "./options.ts";
import { type Behaviour, high, medium } from "./program.ts";

/** Looks at history and files. */
export const looks: Behaviour = {
  options:
    "--output=write -o=skip -n,--max-count= -S= -G= --author= --committer= --grep= --since= --after= --until= --before= --format= --pretty[=] --date= -U,--unified[=] -L=skip --diff-filter= -O=read --skip= --decorate[=] --stat[=] --color[=] --word-diff[=] --abbrev[=] --ignore-revs-file=read --contents=read -C[=] -M[=] -X[=] --ext-diff= --no-index",
  acts: (args, doing) => {
    if (args.has("--ext-diff")) doing.unsure("`--ext-diff` runs a program that settings name");
    for (const option of args.options) {
      // `-L 1,5:path`, `-L :name:path`.
      if (option.id === "-L" && option.value !== null) readAfterColon(option.value, doing);
      if (/^--batch/.test(option.id)) doing.unsure("shows the objects its input names");
    }
    if (args.has("--no-index")) for (const word of args.operands) readCompared(word, doing);
    else readRevisionPaths(args, doing);
  },
};

/** `--no-index` compares any two files or directories of the machine, ignored ones too. */
function readCompared(word: Word, doing: Doing): void {
  if (knownStart(word).startsWith("/dev/")) doing.read(word);
  else doing.readTree(word);
}

/** `-o DIR` of commands that make files with names of their own. */
function writesInto(args: Arguments, doing: Doing): void {
  const directory = args.value("-o");
  if (directory !== null) doing.write(directory, "tree");
}

function readAfterColon(range: Word, doing: Doing): void {
  if (isOpen(range)) doing.mustKnow(range);
  else doing.read(range.slice(range.lastIndexOf(":") + 1));
}

/** Says something about the repository, whatever its words. */
export const asks: Behaviour = { inert: true };

/** git's subcommands that look at the repository, and show it. */
export const lookingCommands: Readonly<Record<string, Behaviour | string>> = {
  status: { options: "-u,--untracked-files[=] --porcelain[=] --ignored[=] --column[=]", inert: true },
  log: looks,
  diff: looks,
  show: looks,
  whatchanged: looks,
  shortlog: looks,
  "range-diff": looks,
  "diff-tree": looks,
  "diff-index": looks,
  "diff-files": looks,
  "cat-file": looks,
  "format-patch": {
    options: `${looks.options ?? ""} -o,--output-directory=skip`,
    acts: (args, doing) => {
      writesInto(args, doing);
      looks.acts?.(args, doing);
    },
  },
  blame: {
    options: looks.options ?? "",
    acts: (args, doing) => {
      const file = args.operands.at(-1);
      if (file !== undefined) doing.read(file);
    },
  },
  annotate: "blame",
  grep: {
    options:
      "-O,--open-files-in-pager[=unsafe] -e=skip -f=read -A,--after-context= -B,--before-context= -C,--context= -m,--max-count= --max-depth= --threads= --color[=] --no-index --untracked --no-exclude-standard",
    acts: (args, doing) => {
      const skipped = args.has("-e", "-f") ? 0 : 1;
      const from = args.beforeDashes ?? args.operands.length;
      const targets = args.operands
        .slice(skipped)
        .filter((word, index) => index + skipped >= from || doing.exists(word));
      const reading = { honoursIgnore: !args.has("--no-exclude-standard"), hidden: true, name: null };
      if (targets.length === 0) doing.readTree(".", reading);
      for (const word of targets) doing.readTree(word, reading);
    },
  },
  ...Object.fromEntries(
    "rev-parse ls-files ls-tree merge-base name-rev describe for-each-ref show-ref show-branch verify-commit verify-tag verify-pack count-objects check-ignore check-attr check-ref-format check-mailmap patch-id stripspace cherry fsck help version var column get-tar-commit-id"
      .split(" ")
      .map((name) => [name, asks]),
  ),
  "rev-list": { options: "--output=write", inert: true },
  "fmt-merge-msg": { options: "-F,--file=read -m,--message= --into-name= --log[=]" },
  diagnose: { options: "-o,--output-directory=skip -s,--suffix= --mode[=]", acts: writesInto },
  archive: {
    options:
      "-o,--output=write --format= --prefix= --remote=send --exec=unsafe --add-file=read --add-virtual-file= -l,--list -v",
    acts: (args, doing) => {
      const [, ...paths] = args.operands;
      for (const word of paths) doing.readTree(word, { honoursIgnore: true, hidden: true, name: null });
      if (paths.length === 0) doing.readTree(".", { honoursIgnore: true, hidden: true, name: null });
    },
  },
  "fast-export": { ...looks, options: `${looks.options ?? ""} --export-marks=write --import-marks=read` },
  "merge-tree": looks,
  rerere: {},
  difftool: { opaque: "runs a program that settings name", risk: medium("runs-local-code") },
  mergetool: { opaque: "runs a program that settings name", risk: medium("runs-local-code") },
  instaweb: { opaque: "runs a program that settings name", risk: medium("runs-local-code") },
  daemon: { risk: high("publishes") },
};
