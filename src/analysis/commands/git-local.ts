import { limits } from "../../base/limits.ts";
import type { Word } from "../../model/command.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { pathOfPathspec, readSecretsBelow, workTreeOf } from "./git-pathspecs.ts";
import { changeRef, readRevision, readRevisionPaths } from "./git-revisions.ts";
import type { Arguments } from "./options.ts";
import { applyPatches } from "./patches.ts";
import { type Behaviour, because, high, medium } from "./program.ts";

const lost = high("destroys-data");
const rewritten = high("rewrites-history");

/** Looks at history and files. */
const looks: Behaviour = {
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
const asks: Behaviour = { inert: true };

function checkout(args: Arguments, doing: Doing): void {
  if (args.has("-f", "--pathspec-from-file")) doing.adds(lost);
  if (args.has("-B")) doing.adds(medium("rewrites-history"));
  if (args.has("-b", "-B", "--orphan", "-d")) return;
  const paths =
    args.beforeDashes === null ? restoredPaths(args, doing) : args.operands.slice(args.beforeDashes);
  if (paths.length > 0) doing.adds(lost);
  writePaths(paths, doing);
}

/** Without `--`: a second operand is a path, and so is a first one that is a file here or can be no branch. */
function restoredPaths(args: Arguments, doing: Doing): readonly Word[] {
  const [first, ...others] = args.operands;
  if (first === undefined) return [];
  if (others.length > 0) return others;
  if (isOpen(first)) {
    if (first.glob) return [first];
    doing.mustKnow(first);
    return [];
  }
  return /^(\.|\.\.|:.*)$|^\.{1,2}\/|[*?[]/.test(first) || doing.exists(first) ? [first] : [];
}

/** The paths a person named one by one; the whole work tree (`.`) is what the command's own risk speaks of. */
function writePaths(paths: readonly Word[], doing: Doing): void {
  for (const word of paths) if (word !== "." && word !== ":/") doing.write(word);
}

function restore(args: Arguments, doing: Doing): void {
  const onlyIndex = args.has("-S") && !args.has("-W");
  if (onlyIndex) return;
  doing.adds(lost);
  writePaths(args.operands, doing);
}

function config(args: Arguments, doing: Doing): void {
  const [first, ...others] = args.operands;
  const word = first === undefined ? "" : knownStart(first);
  const modern = /^(get|list|set|unset|edit|rename-section|remove-section)$/.test(word);
  const changing = modern
    ? word !== "get" && word !== "list"
    : args.has("--unset", "--add", "-e", "--rename-section") || (others.length > 0 && !args.has("--get"));
  const file = args.value("-f");
  const blob = args.value("--blob");
  if (file !== null) doing.read(file);
  if (blob !== null) readRevision(blob, doing);
  if (!changing) return;
  doing.mustKnow(...args.operands);
  if (file !== null) doing.write(file);
  else if (args.has("--global")) doing.write("~/.gitconfig");
  else if (args.has("--system")) doing.write("/etc/gitconfig");
  else doing.place("fs.write", `${doing.surroundings.places.git[0] ?? "/.git"}/config`, "exact");
}

const stashing =
  "-p,--patch -k,--keep-index -u,--include-untracked -a,--all -q,--quiet -m,--message=skip -S,--staged --no-keep-index --no-include-untracked --pathspec-from-file=unsafe --pathspec-file-nul";

/** Settings of clients that a repository may keep for everybody, mirror's hooks among them. */
const sharedSettings = [
  ".claude/settings.json",
  ".codex/hooks.json",
  ".gemini/settings.json",
  ".qwen/settings.json",
  ".cursor/hooks.json",
] as const;

/** Hooks that stand in a file which git may track: what puts tracked files back as they were may take them away. */
function losesHooks(doing: Doing): void {
  const root = workTreeOf(doing);
  for (const file of sharedSettings) {
    const path = root === "." ? file : `${root}/${file}`;
    const text = path.startsWith("/") ? doing.surroundings.world.readText(path, limits.document) : null;
    if (text?.includes("mirror-hook") === true)
      doing.unsure(`may put \`${file}\` back as it was before its hooks stood there`);
  }
}

/**
 * Takes changes out of the work tree: what is tracked goes back to its last commit, untracked files (`-u`) and
 * ignored ones (`-a`: settings that guard, secrets) go altogether. All of it lands in a commit that can be shown.
 */
function stash(args: Arguments, doing: Doing): void {
  const ignored = args.has("-a");
  const untracked = ignored || args.has("-u");
  const whole = args.operands.length === 0;
  if (whole) losesHooks(doing);
  for (const word of args.operands) {
    const path = pathOfPathspec(word, doing);
    if (path === null) continue;
    doing.write(path, "tree");
    if (untracked) doing.remove(path, "tree");
  }
  if (ignored && whole) doing.remove(workTreeOf(doing), "tree");
  if (untracked)
    for (const word of whole ? [":/"] : args.operands) readSecretsBelow(word, { ignored }, doing);
}

function onRefs(prefix: string): (args: Arguments, doing: Doing) => void {
  return (args, doing) => {
    for (const word of args.operands) changeRef(word, prefix, doing);
  };
}

/** What a strategy does that puts a tree in another place, or is a program of that name. */
export function mergesPlainly(args: Arguments, doing: Doing): void {
  for (const { id, value } of args.options) {
    if (value === null || !/^(-s|--strategy|-X)$/.test(id)) continue;
    const known = id !== "-X" ? /^(ort|recursive|resolve|octopus|ours)$/ : /^(?!subtree)[a-z-]+(=\w+)?$/;
    if (isOpen(value) || !known.test(value)) doing.unsure("merges in a way that may move files elsewhere");
  }
}

const unseenObjects = { opaque: "brings in files that nobody has seen" } as const;
const applying = { opaque: "changes the files a patch names", risk: medium("changes-files") } as const;
const merging =
  "-m,--message= -F,--file=read -s,--strategy=skip -X,--strategy-option= -S,--gpg-sign[=] --cleanup= --into-name= --abort --continue --quit --no-commit -n -e -x --no-edit --skip --squash --ff-only --no-ff";
/** `-s` signs off where a commit is picked. */
const picking = merging.replace("-s,--strategy", "-s,--signoff --strategy");

/** git's subcommands that work in this repository alone. */
export const localCommands: Readonly<Record<string, Behaviour | string>> = {
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
  "interpret-trailers": {
    options:
      "--in-place --trailer= --where= --if-exists= --if-missing= --trim-empty --only-trailers --only-input --unfold --parse --no-divider --divider",
    operands: "read...",
    acts: (args, doing) => {
      if (args.has("--in-place")) for (const word of args.operands) doing.write(word);
    },
  },
  diagnose: { options: "-o,--output-directory=skip -s,--suffix= --mode[=]", acts: writesInto },
  lfs: { others: "verbs", host: null },
  "hash-object": { options: "-t= --path= -w --stdin", operands: "read..." },
  add: {
    options: "--chmod= --pathspec-from-file=read -A,--all -u,--update -p -n,--dry-run -f -N -v",
    acts: (args, doing) => {
      for (const word of args.operands) if (word !== "." && word !== ":/") doing.read(word);
      if (args.has("--pathspec-from-file")) doing.unsure("adds the files that a file names");
      const all = args.operands.length === 0 && args.has("-A", "-u");
      const ignored = args.has("-f");
      for (const word of all ? [":/"] : args.operands) readSecretsBelow(word, { ignored }, doing);
    },
  },
  stage: "add",
  commit: {
    options:
      "-m,--message= -F,--file=read -C= -c= --author= --date= -t,--template=read --fixup= --squash= --trailer= --cleanup= --pathspec-from-file=read -S,--gpg-sign[=] -u[=] --amend -a,--all -n,--no-verify -v -q -s",
    flags: { "--amend": medium("rewrites-history") },
    acts: (args, doing) => doing.mustKnow(...args.operands),
  },
  stash: {
    options: stashing,
    acts: (args, doing) => {
      if (args.operands.length === 0 || args.beforeDashes !== null) stash(args, doing);
    },
    subcommands: {
      list: looks,
      show: looks,
      push: { options: stashing, acts: stash },
      save: { options: stashing, acts: (args, doing) => stash({ ...args, operands: [] }, doing) },
      pop: {},
      apply: {},
      create: {},
      branch: {},
      drop: { risk: lost },
      clear: { risk: lost },
      store: unseenObjects,
      export: {},
      import: unseenObjects,
    },
  },
  branch: {
    options:
      "-d,--delete -D -f,--force -m,--move -M -c,--copy -C -u,--set-upstream-to= --unset-upstream -l,--list --contains[=] --no-contains[=] --merged[=] --no-merged[=] --points-at= --sort= --format= --color[=] --column[=] --abbrev[=] -t,--track[=] --no-track -a,--all -r,--remotes -v -q --show-current --edit-description --create-reflog -i",
    flags: { "-D": lost, "-f": lost, "-M": rewritten, "-C": rewritten },
    acts: onRefs("refs/heads/"),
  },
  tag: {
    options:
      "-a,--annotate -s,--sign -u,--local-user= -m,--message= -F,--file=read -d,--delete -f,--force -l,--list -n[=] --contains= --no-contains= --points-at= --sort= --format= --merged[=] --cleanup= -v,--verify",
    flags: { "-d": lost, "-f": rewritten },
    acts: onRefs("refs/tags/"),
  },
  checkout: {
    options:
      "-b= -B= --orphan= -f,--force -t,--track[=] --no-track -d,--detach -p,--patch --conflict= --pathspec-from-file=unsafe -U,--unified= --inter-hunk-context= --recurse-submodules[=] --no-recurse-submodules --ours -2 --theirs -3 -m,--merge -l -q,--quiet --progress --overwrite-ignore --no-guess --guess",
    acts: checkout,
  },
  switch: {
    options:
      "-c,--create= -C,--force-create= --orphan= -f,--force,--discard-changes -t,--track[=] -d,--detach --conflict= -m,--merge -q --recurse-submodules[=] --no-guess --no-merge",
    flags: { "-f": lost, "-C": medium("rewrites-history") },
    acts: (args, doing) => doing.mustKnow(...args.operands),
  },
  restore: {
    options:
      "-s,--source= -S,--staged -W,--worktree -p,--patch --conflict= --pathspec-from-file=unsafe --ours --theirs -m,--merge -q --progress --ignore-unmerged --overlay --no-overlay --recurse-submodules[=]",
    acts: restore,
  },
  reset: {
    options:
      "--hard --soft --mixed --merge --keep -q,--quiet -p,--patch -N --pathspec-from-file=read --recurse-submodules[=] --no-refresh --refresh",
    flags: { "--hard": lost, "--merge": lost, "--keep": medium("destroys-data") },
    acts: (args, doing) => {
      if (args.has("--hard")) doing.mustKnow(...args.operands);
    },
  },
  clean: {
    options: "-f,--force -d -x -X -n,--dry-run -i,--interactive -e,--exclude= -q,--quiet --no-force",
    dryRun: ["-n"],
    flags: { "-f": lost, "-i": medium("destroys-data") },
    acts: (args, doing) => doing.mustKnow(...args.operands),
  },
  rm: {
    options: "-r --cached -f,--force -n,--dry-run -q --ignore-unmatch --pathspec-from-file=unsafe",
    dryRun: ["-n"],
    flags: { "-f": medium("destroys-data") },
    acts: (args, doing) => {
      if (args.has("--cached")) return;
      for (const word of args.operands) doing.remove(word, args.has("-r") ? "tree" : "exact");
    },
  },
  mv: {
    options: "-f,--force -k -n,--dry-run -v",
    dryRun: ["-n"],
    acts: (args, doing) => {
      for (const word of args.operands.slice(0, -1)) doing.remove(word);
      const last = args.operands.at(-1);
      if (last !== undefined) doing.write(last);
    },
  },
  merge: { options: merging, acts: mergesPlainly },
  "cherry-pick": { options: picking, acts: mergesPlainly },
  revert: { options: picking, acts: mergesPlainly },
  rebase: {
    options:
      "-x,--exec=script --onto= -i,--interactive -s,--strategy=skip -X,--strategy-option= -S,--gpg-sign[=] --abort --continue --skip --quit --edit-todo --show-current-patch --root -r,--rebase-merges[=] --autosquash --autostash -f -q -v -C=",
    risk: medium("rewrites-history"),
    acts: (args, doing) => {
      doing.mustKnow(...args.operands);
      mergesPlainly(args, doing);
    },
  },
  am: {
    ...applying,
    options: "--abort --continue --skip -s -3 -k -p= -C= --directory=",
    operands: "read...",
    acts: (args, doing) => applyPatches(args.operands, args.value("--directory"), doing),
  },
  apply: {
    ...applying,
    options:
      "--stat --numstat --summary --check -p= -C= --directory= --unsafe-paths --exclude= --include= --whitespace= --index --cached -R -3 -v",
    dryRun: ["--check", "--stat", "--numstat", "--summary"],
    operands: "read...",
    acts: (args, doing) => applyPatches(args.operands, args.value("--directory"), doing),
  },
  bisect: {
    options: "",
    subcommands: {
      run: { style: "posix", acts: (args, doing) => doing.run(args.operands) },
      ...Object.fromEntries(
        "start good bad old new skip reset log terms next replay".split(" ").map((name) => [name, {}]),
      ),
      visualize: looks,
      view: looks,
    },
  },
  reflog: {
    options: looks.options ?? "",
    others: looks,
    subcommands: {
      expire: {
        options: "-n,--dry-run --expire= --expire-unreachable= --all",
        dryRun: ["-n"],
        risk: rewritten,
      },
      delete: { risk: rewritten },
    },
  },
  gc: {
    options: "--prune[=] --no-prune --aggressive --auto -q --force --keep-largest-pack",
    flags: { "--prune": lost },
  },
  prune: { options: "-n,--dry-run -v --expire=", dryRun: ["-n"], risk: lost },
  repack: { options: "-a -d -f -A -k -l", flags: {} },
  "pack-refs": {},
  maintenance: {
    options: "",
    subcommands: {
      run: {},
      start: { risk: high("persistence") },
      stop: {},
      register: { risk: medium("persistence") },
      unregister: {},
    },
  },
  "update-ref": {
    options: "-d -m= --no-deref --stdin -z --create-reflog",
    risk: medium("rewrites-history"),
    flags: { "-d": rewritten, "--stdin": high("opaque", "rewrites-history") },
    acts: (args, doing) => {
      if (args.has("--stdin")) doing.unsure("changes the refs its input names");
      onRefs("")(args, doing);
      doing.mustKnow(...args.operands);
    },
  },
  "symbolic-ref": {
    options: "-d,--delete -m= -q --short",
    acts: (args, doing) => {
      if (args.operands.length > 1 || args.has("-d")) doing.adds(medium("rewrites-history"));
      onRefs("")(args, doing);
    },
  },
  "filter-branch": {
    options:
      "--env-filter=script --tree-filter=script --index-filter=script --parent-filter=script --msg-filter=script --commit-filter=script --tag-name-filter=script --subdirectory-filter= --original= -d=write --setup=script -f,--force",
    risk: rewritten,
  },
  "filter-repo": { risk: rewritten, opaque: because.inlineCode },
  replace: { risk: rewritten },
  notes: { others: "verbs" },
  worktree: {
    options: "",
    subcommands: {
      list: asks,
      add: {
        options:
          "-b= -B= -f,--force -d,--detach --checkout --no-checkout --lock --reason= --orphan --track --guess-remote -q",
        acts: (args, doing) => {
          const [path] = args.operands;
          if (path !== undefined) doing.write(path, "tree");
        },
      },
      remove: { options: "-f,--force", risk: medium("destroys-data"), flags: { "-f": lost } },
      move: { operands: "delete write" },
      prune: {},
      repair: {},
      lock: {},
      unlock: {},
    },
  },
  config: {
    options:
      "--global --local --system --worktree -f,--file=skip --blob=skip --get,--get-all,--get-regexp,--get-urlmatch,--get-color,--get-colorbool --unset,--unset-all,--replace-all,--remove-section --add --rename-section -e,--edit -l,--list -z,--null --name-only --show-origin --show-scope --includes --type= --bool --int --path --default= -t= --all --regexp --value= --fixed-value",
    acts: config,
  },
  init: {
    options:
      "-b,--initial-branch= --template=unsafe --separate-git-dir=write --bare -q --shared[=] --object-format=",
    operands: "write",
  },
  archive: {
    options:
      "-o,--output=write --format= --prefix= --remote=send --exec=unsafe --add-file=read --add-virtual-file= -l,--list -v",
    acts: (args, doing) => {
      const [, ...paths] = args.operands;
      for (const word of paths) doing.readTree(word, { honoursIgnore: true, hidden: true, name: null });
      if (paths.length === 0) doing.readTree(".", { honoursIgnore: true, hidden: true, name: null });
    },
  },
  bundle: {
    options: "",
    subcommands: {
      create: { operands: "write" },
      verify: { operands: "read" },
      unbundle: { ...unseenObjects, operands: "read" },
      "list-heads": { operands: "read" },
    },
  },
  "update-index": {
    options: "--cacheinfo= --chmod= --skip-worktree --assume-unchanged",
    risk: medium("changes-files"),
  },
  "read-tree": {
    options: "-m -u --reset --prefix= -i",
    risk: medium("changes-files"),
    flags: { "--reset": lost },
  },
  "checkout-index": {
    options: "-f -a -u --prefix=write --temp",
    risk: medium("changes-files"),
    flags: { "-f": lost },
  },
  "write-tree": {},
  "commit-tree": { options: "-p= -m= -F=read -S[=]" },
  mktree: unseenObjects,
  mktag: {},
  "pack-objects": {},
  "unpack-objects": unseenObjects,
  "index-pack": unseenObjects,
  "fast-export": { ...looks, options: `${looks.options ?? ""} --export-marks=write --import-marks=read` },
  "fast-import": { risk: high("rewrites-history"), opaque: "changes the refs its input names" },
  "sparse-checkout": { others: { risk: medium("changes-files") }, options: "", subcommands: { list: asks } },
  "merge-file": { operands: "edit read read", options: "-p -q -L=" },
  "merge-tree": looks,
  rerere: {},
  credential: { risk: high("reads-secret") },
  "credential-store": { risk: high("reads-secret") },
  "credential-cache": { risk: high("reads-secret") },
  difftool: { opaque: "runs a program that settings name", risk: medium("runs-local-code") },
  mergetool: { opaque: "runs a program that settings name", risk: medium("runs-local-code") },
  instaweb: { opaque: "runs a program that settings name", risk: medium("runs-local-code") },
  daemon: { risk: high("publishes") },
  "for-each-repo": { style: "posix", opaque: "runs git in other repositories" },
};
