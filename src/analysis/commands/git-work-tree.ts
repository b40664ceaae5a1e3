import { limits } from "../../base/limits.ts";
import type { Word } from "../../model/command.ts";
import { isUnder } from "../../model/places.ts";
import { looksSecret } from "../secrets.ts";
import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import { asks, looks } from "./git-looks.ts";
import { pathOfPathspec, readSecretsBelow, workTreeOf } from "./git-pathspecs.ts";
import { unseenObjects } from "./git-store.ts";
import type { Arguments } from "./options.ts";
import { applyPatches } from "./patches.ts";
import { type Behaviour, high, medium } from "./program.ts";

const lost = high("destroys-data");

function checkout(args: Arguments, doing: Doing): void {
  if (args.has("-f", "--pathspec-from-file")) doing.adds(lost);
  if (args.has("-B")) doing.adds(medium("rewrites-history"));
  // With each of these git refuses paths.
  if (args.has("-b", "-B", "--orphan", "-d", "-t")) return;
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

/** What is added becomes part of a commit. Of what lies elsewhere git takes nothing. */
function readAdded(word: Word, doing: Doing): void {
  const isElsewhere =
    !isOpen(word) && /^[/~]/.test(word) && !isUnder(word, workTreeOf(doing)) && !looksSecret(word);
  if (!isElsewhere) doing.read(word);
}

const applying = { opaque: "changes the files a patch names", risk: medium("changes-files") } as const;

/** git's subcommands that change the work tree and the index. */
export const workTreeCommands: Readonly<Record<string, Behaviour | string>> = {
  add: {
    options: "--chmod= --pathspec-from-file=read -A,--all -u,--update -p -n,--dry-run -f -N -v",
    acts: (args, doing) => {
      for (const word of args.operands) if (word !== "." && word !== ":/") readAdded(word, doing);
      if (args.has("--pathspec-from-file")) doing.unsure("adds the files that a file names");
      const all = args.operands.length === 0 && args.has("-A", "-u");
      const ignored = args.has("-f");
      for (const word of all ? [":/"] : args.operands) readSecretsBelow(word, { ignored }, doing);
    },
  },
  stage: "add",
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
  checkout: {
    options:
      "-b= -B= --orphan= -f,--force -t,--track[=] --no-track -d,--detach -p,--patch --conflict= --pathspec-from-file=unsafe -U,--unified= --inter-hunk-context= --recurse-submodules[=] --no-recurse-submodules --ours -2 --theirs -3 -m,--merge -l -q,--quiet --progress --overwrite-ignore --no-guess --guess",
    acts: checkout,
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
  init: {
    options:
      "-b,--initial-branch= --template=unsafe --separate-git-dir=write --bare -q --shared[=] --object-format=",
    operands: "write",
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
  "sparse-checkout": { others: { risk: medium("changes-files") }, options: "", subcommands: { list: asks } },
  "merge-file": { operands: "edit read read", options: "-p -q -L=" },
};
