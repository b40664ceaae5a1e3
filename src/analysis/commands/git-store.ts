import { knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { readRevision } from "./git-revisions.ts";
import type { Arguments } from "./options.ts";
import { type Behaviour, high, medium } from "./program.ts";

const lost = high("destroys-data");

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

export const unseenObjects = { opaque: "brings in files that nobody has seen" } as const;

/** git's subcommands about its settings and its store of objects. */
export const storeCommands: Readonly<Record<string, Behaviour | string>> = {
  "interpret-trailers": {
    options:
      "--in-place --trailer= --where= --if-exists= --if-missing= --trim-empty --only-trailers --only-input --unfold --parse --no-divider --divider",
    operands: "read...",
    acts: (args, doing) => {
      if (args.has("--in-place")) for (const word of args.operands) doing.write(word);
    },
  },
  lfs: { others: "verbs", host: null },
  "hash-object": { options: "-t= --path= -w --stdin", operands: "read..." },
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
  config: {
    options:
      "--global --local --system --worktree -f,--file=skip --blob=skip --get,--get-all,--get-regexp,--get-urlmatch,--get-color,--get-colorbool --unset,--unset-all,--replace-all,--remove-section --add --rename-section -e,--edit -l,--list -z,--null --name-only --show-origin --show-scope --includes --type= --bool --int --path --default= -t= --all --regexp --value= --fixed-value",
    acts: config,
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
  "write-tree": {},
  "commit-tree": { options: "-p= -m= -F=read -S[=]" },
  mktree: unseenObjects,
  mktag: {},
  "pack-objects": {},
  "unpack-objects": unseenObjects,
  "index-pack": unseenObjects,
  "fast-import": { risk: high("rewrites-history"), opaque: "changes the refs its input names" },
  credential: { risk: high("reads-secret") },
  "credential-store": { risk: high("reads-secret") },
  "credential-cache": { risk: high("reads-secret") },
  "for-each-repo": { style: "posix", opaque: "runs git in other repositories" },
};
