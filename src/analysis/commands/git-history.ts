import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import { looks } from "./git-looks.ts";
import { changeRef } from "./git-revisions.ts";
import type { Arguments } from "./options.ts";
import { type Behaviour, because, high, medium } from "./program.ts";

const lost = high("destroys-data");
const rewritten = high("rewrites-history");

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

const merging =
  "-m,--message= -F,--file=read -s,--strategy=skip -X,--strategy-option= -S,--gpg-sign[=] --cleanup= --into-name= --abort --continue --quit --no-commit -n -e -x --no-edit --skip --squash --ff-only --no-ff";
/** `-s` signs off where a commit is picked. */
const picking = merging.replace("-s,--strategy", "-s,--signoff --strategy");

/** git's subcommands that make commits and move refs. */
export const historyCommands: Readonly<Record<string, Behaviour | string>> = {
  commit: {
    options:
      "-m,--message= -F,--file=read -C= -c= --author= --date= -t,--template=read --fixup= --squash= --trailer= --cleanup= --pathspec-from-file=read -S,--gpg-sign[=] -u[=] --amend -a,--all -n,--no-verify -v -q -s",
    flags: { "--amend": medium("rewrites-history") },
    acts: (args, doing) => doing.mustKnow(...args.operands),
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
  switch: {
    options:
      "-c,--create= -C,--force-create= --orphan= -f,--force,--discard-changes -t,--track[=] -d,--detach --conflict= -m,--merge -q --recurse-submodules[=] --no-guess --no-merge",
    flags: { "-f": lost, "-C": medium("rewrites-history") },
    acts: (args, doing) => doing.mustKnow(...args.operands),
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
};
