import { basename, dirname } from "node:path/posix";
import type { Word } from "../../model/command.ts";
import { absolutePath, pathEffects } from "../paths.ts";
import { dropStart, isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { critical, high, medium, type Program } from "./program.ts";

const recursive = ["-r", "-a"] as const;

/** The operands that `cp` and its like take from, and where they take them; null: nowhere. */
function endsOf(args: Arguments): { sources: readonly Word[]; destination: Word | null } {
  const target = args.value("-t");
  if (target !== null) return { sources: args.operands, destination: target };
  return { sources: args.operands.slice(0, -1), destination: args.operands.at(-1) ?? null };
}

/** What `cp` and its like share: sources, then a destination or `-t directory`. `deep`: with all below. */
function transfer(args: Arguments, doing: Doing, deep: boolean, source: (word: Word) => void): void {
  const { sources, destination } = endsOf(args);
  for (const word of sources) source(word);
  if (destination === null || args.operands.length === 0) return;
  const whole = args.value("-t") !== null || args.has("--parents");
  // With `-T` the destination is what is made, even where a directory stands: all below the source lands in it.
  const into = whole || (!args.has("-T") && !isOpen(destination) && mayBeDirectory(destination, doing));
  if (!into || isOpen(destination)) {
    doing.write(destination, deep ? "tree" : "exact");
    return;
  }
  for (const word of sources) writeInto(destination, word, { deep, parents: args.has("--parents") }, doing);
}

/** The name a backup gets is the file's own with a text behind it, which may make another file's name of it. */
function writeBackups(args: Arguments, doing: Doing): void {
  const suffix = args.value("-S");
  if (suffix === null) return;
  for (const { action, resource } of [...doing.effects]) {
    if (action !== "fs.write" || resource.kind !== "path") continue;
    if (isOpen(suffix)) doing.write(suffix);
    else doing.write(`${resource.path}${suffix}`);
  }
}

/** What arrives in a directory: a file under the source's name, or anything where that is not known. */
function writeInto(
  directory: string,
  source: Word,
  { deep, parents }: { readonly deep: boolean; readonly parents: boolean },
  doing: Doing,
): void {
  const path = isOpen(source) ? "" : source.replace(/\/+$/, "");
  const name = path.replace(parents ? /^\/+/ : /^.*\//, "");
  const known = name !== "" && !/(^|\/)\.{1,2}(\/|$)/.test(name) && !(deep && /\/$/.test(knownStart(source)));
  if (known) doing.write(`${directory.replace(/\/+$/, "")}/${name}`, deep ? "tree" : "exact");
  else doing.write(directory, "tree");
}

function mayBeDirectory(path: string, doing: Doing): boolean {
  if (/(^|\/)\.{0,2}\/*$/.test(path) || path === "~" || path.endsWith("/")) return true;
  const absolute = path.startsWith("/") ? path : doing.cwd === null ? null : `${doing.cwd}/${path}`;
  return absolute !== null && doing.surroundings.world.list(absolute) !== null;
}

export const files: readonly Program[] = [
  {
    names: "cp gcp",
    options:
      "-r,-R,--recursive -a,--archive -t,--target-directory=skip -S,--suffix= -T,--no-target-directory --backup[=] --sparse= --reflink[=] --preserve[=] --no-preserve= -f,--force -i,--interactive -n,--no-clobber -p -d -l,--link -s,--symbolic-link -u,--update[=] -v,--verbose -x,--one-file-system -L,--dereference -P,--no-dereference -H --parents",
    acts: (args, doing) => {
      const deep = args.has(...recursive);
      const links = args.has("-s", "-l");
      const kept = !args.has("-L") && (deep || args.has("-d", "-P"));
      transfer(args, doing, deep, (word) => {
        if (deep) doing.readTree(word);
        else doing.read(word);
        if (links) linkTo(word, args, doing);
        else if (kept && isLink(word, doing)) writeThrough(word, doing.cwd, doing);
      });
      writeBackups(args, doing);
    },
    examples: [
      ["cp a b", "low fs.read:/repo/a fs.write:/repo/b"],
      ["cp .env x", "high +reads-secret fs.read:/repo/.env fs.write:/repo/x"],
      ["cp -t out a b", "low fs.read:/repo/a fs.read:/repo/b fs.write:/repo/out/a fs.write:/repo/out/b"],
      ["cp -r src lib", "low fs.read:tree:/repo/src fs.write:tree:/repo/lib"],
      [
        "cp -S json x .claude/settings.",
        "critical +changes-guard fs.read:/repo/x fs.write:/repo/.claude/settings. fs.write:/repo/.claude/settings.json",
      ],
      ["cp -r src ./", "low fs.read:tree:/repo/src fs.write:tree:/repo/src"],
      [
        "cp x .claude/settings.json",
        "critical +changes-guard fs.read:/repo/x fs.write:/repo/.claude/settings.json",
      ],
      ["cp --help", "low"],
    ],
  },
  {
    names: "mv gmv",
    options:
      "-t,--target-directory=skip -S,--suffix= -T,--no-target-directory --backup[=] -f,--force -i,--interactive -n,--no-clobber -u,--update[=] -v,--verbose --strip-trailing-slashes",
    acts: (args, doing) => {
      const lost = /^\/dev\//.test(knownStart(args.operands.at(-1) ?? ""));
      transfer(args, doing, true, (word) => {
        doing.read(word);
        doing.remove(word, "tree");
        // What is moved is not lost: only what swallows a root is as bad as deleting it.
        if (!lost) soften(doing);
      });
      if (lost) doing.adds(high("destroys-data"));
      writeBackups(args, doing);
    },
    examples: [
      ["mv a b", "low fs.read:/repo/a fs.delete:tree:/repo/a fs.write:tree:/repo/b"],
      [
        "mv src /dev/null",
        "high +destroys-data fs.read:/repo/src fs.delete:tree:/repo/src fs.write:tree:/dev/null",
      ],
      ["mv ~/.ssh x", "critical fs.read:~/.ssh fs.delete:tree:~/.ssh fs.write:tree:/repo/x"],
    ],
  },
  {
    names: "rm grm unlink",
    options:
      "-r,-R,--recursive -f,--force -i -I --interactive[=] -d,--dir -v,--verbose --one-file-system --no-preserve-root --preserve-root[=]",
    operands: "delete...",
    recursive: ["-r"],
    flags: { "--no-preserve-root": critical("destroys-data") },
    acts: (args, doing) => {
      if (!args.has("-r")) return;
      for (const word of args.operands)
        if (!isOpen(word) && /^\.\*?$|^\.\.?\/?\*?$/.test(word)) doing.adds(high("destroys-data"));
    },
    examples: [
      ["rm a.txt", "low fs.delete:/repo/a.txt"],
      ["rm -rf build", "low fs.delete:tree:/repo/build"],
      ["rm -rf src", "medium +destroys-data fs.delete:tree:/repo/src"],
      ["rm -rf /", "critical +destroys-data +outside-repository fs.delete:tree:/"],
      ["rm -rf ~", "critical +destroys-data fs.delete:tree:~"],
      ["rm -r --forc node_modules", "low fs.delete:tree:/repo/node_modules"],
      ["rm -rf .git", "critical +changes-guard fs.delete:tree:/repo/.git"],
      ["rm -rf -- -x", "medium fs.delete:tree:/repo/-x"],
      ["rm -rf /tmp/x", "low fs.delete:tree:/tmp/x"],
      ["rm --version", "low"],
    ],
  },
  {
    names: "rmdir",
    options: "-p,--parents --ignore-fail-on-non-empty -v,--verbose",
    operands: "delete...",
    examples: [["rmdir a", "low fs.delete:/repo/a"]],
  },
  {
    names: "shred srm wipe",
    options: "-n,--iterations= -s,--size= --random-source=read -u --remove[=] -f -v -x -z,--zero",
    operands: "delete...",
    risk: high("destroys-data"),
    examples: [["shred -u a", "high +destroys-data fs.delete:/repo/a"]],
  },
  {
    names: "ln gln link",
    options:
      "-s,--symbolic -f,--force -t,--target-directory=skip -S,--suffix= -T,--no-target-directory -n,--no-dereference -r,--relative -v,--verbose -b --backup[=] -i -L -P",
    // A link makes its target reachable under another name: linking is as good as reading.
    acts: (args, doing) => {
      const link = (word: Word) => {
        doing.read(word);
        linkTo(word, args, doing);
      };
      const [only] = args.operands;
      if (args.operands.length !== 1 || only === undefined || args.has("-t")) {
        transfer(args, doing, false, link);
        writeBackups(args, doing);
        return;
      }
      link(only);
      writeInto(".", only, { deep: false, parents: false }, doing);
    },
    examples: [
      [
        "ln -s .mirror m",
        "critical +changes-guard fs.read:/repo/.mirror fs.write:/repo/.mirror fs.write:/repo/m",
      ],
      ["ln -s a b", "low fs.read:/repo/a fs.write:/repo/b"],
      ["ln ~/.aws/credentials x", "high +reads-secret fs.read:~/.aws/credentials fs.write:/repo/x"],
    ],
  },
  {
    names: "touch mkdir gmkdir mkfifo mknod mktemp",
    options:
      "-d,--date= -t= -r,--reference=read -m,--mode= -p,--parents,--tmpdir[=write] -a -c,--no-create -h -v,--verbose -Z --suffix=",
    operands: "write...",
    examples: [
      ["mkdir -p a/b", "low fs.write:/repo/a/b"],
      ["touch -r x y", "low fs.read:/repo/x fs.write:/repo/y"],
    ],
  },
  {
    names: "chmod chown chgrp gchmod setfacl chattr",
    options:
      "-R,--recursive --reference=read -f,--silent,--quiet -v,--verbose -c,--changes -h,--no-dereference -H -L -P --from= --preserve-root --no-preserve-root -m,--modify= -x,--remove= -b -k -s= -w -r -u -g -o -a -t -X",
    acts: (args, doing) => {
      const modeGiven = args.has("--reference") || args.has("-m", "-x", "-b", "-k");
      const [first, ...others] = args.operands;
      const targets = modeGiven && first !== undefined ? [first, ...others] : others;
      for (const word of targets) doing.write(word, args.has("-R") ? "tree" : "exact");
      const mode = first === undefined ? "" : knownStart(first);
      if (/^0?[0-7]?777$|^(a|o|ugo)?[+=][rx]*w|^0?[2-7][0-7]{3}$|\+[rwx]*s/.test(mode))
        doing.adds(medium("privilege"));
      if (/^0?000$/.test(mode)) doing.adds(high("destroys-data"));
      const away = doing.effects.some((one) => one.risk.reasons.includes("outside-repository"));
      if (args.has("-R") && away) doing.adds(high("destroys-data", "privilege"));
    },
    examples: [
      ["chmod +x run.sh", "low fs.write:/repo/run.sh"],
      ["chmod -R 777 .", "medium +privilege fs.write:tree:/repo"],
      ["chmod --rec 000 /", "high fs.write:tree:/"],
      ["chown -R root ~", "high fs.write:tree:~"],
    ],
  },
  {
    names: "truncate",
    options: "-s,--size= -r,--reference=read -c,--no-create -o,--io-blocks",
    operands: "write...",
    risk: medium("destroys-data"),
    examples: [
      ["truncate -s 0 a.log", "medium +destroys-data fs.write:/repo/a.log"],
      ["truncate -s 0 /var/log/syslog", "high fs.write:/var/log/syslog"],
    ],
  },
  {
    names: "dd",
    acts: (_args, doing) => {
      for (const word of doing.invocation.argv.slice(1)) {
        const start = knownStart(word);
        if (start.startsWith("if=")) doing.read(dropStart(word, 3));
        else if (start.startsWith("of=")) doing.write(dropStart(word, 3));
        else if (isOpen(word) && start === "") doing.mustKnow(word);
      }
    },
    examples: [
      ["dd if=a of=b", "low fs.read:/repo/a fs.write:/repo/b"],
      ["dd if=/dev/zero of=/dev/sda bs=1M", "critical +destroys-data fs.write:/dev/sda"],
    ],
  },
  {
    names: "tee gtee sponge",
    options: "-a,--append -i,--ignore-interrupts -p --output-error[=]",
    operands: "write...",
    examples: [["tee -a out.log", "low fs.write:/repo/out.log"]],
  },
  {
    names: "install ginstall",
    options:
      "-m,--mode= -o,--owner= -g,--group= -t,--target-directory=skip -d,--directory -D -s,--strip --strip-program=program -b --backup[=] -S,--suffix= -C -p -v -T",
    acts: (args, doing) => {
      if (args.has("-d")) for (const word of args.operands) doing.write(word);
      else transfer(args, doing, false, (word) => doing.read(word));
      writeBackups(args, doing);
    },
    examples: [
      ["install -m 755 a b", "low fs.read:/repo/a fs.write:/repo/b"],
      ["install -d out", "low fs.write:/repo/out"],
    ],
  },
  {
    names: "ls gls dir vdir exa eza lsd",
    options:
      "-I,--ignore= --color[=] --sort= --time= --time-style= -w,--width= -L= -P= --hide= --indicator-style= --block-size= -o=skip --level= --git-ignore",
    acts: (args, doing) => {
      const operands = args.operands.length === 0 ? ["."] : args.operands;
      for (const word of operands) doing.read(word);
      for (const effect of doing.effects.splice(0)) doing.effects.push(namesOnly(effect));
    },
    examples: [
      ["ls", "low fs.read:/repo"],
      ["ls -la src", "low fs.read:/repo/src"],
      ["ls ~/.ssh", "low +outside-repository fs.read:~/.ssh"],
    ],
  },
  {
    names: "tree",
    options:
      "-o=write -L= -P= -I= -H= -T= --charset= --filelimit= --timefmt= --sort= --fromfile --fromtabfile --gitfile=read --infofile=read",
    acts: (args, doing) => {
      const lists = args.has("--fromfile", "--fromtabfile");
      const operands = args.operands.length === 0 ? ["."] : args.operands;
      const written = doing.effects.length;
      for (const word of operands) doing.read(word);
      // The lines of a list are shown as names.
      if (!lists) for (const effect of doing.effects.splice(written)) doing.effects.push(namesOnly(effect));
    },
    examples: [
      ["tree -L 2 src", "low fs.read:/repo/src"],
      ["tree -o x", "low fs.read:/repo fs.write:/repo/x"],
      ["tree --fromfile .env", "high +reads-secret fs.read:/repo/.env"],
    ],
  },
  {
    names: "file",
    options:
      "-f,--files-from=read -m,--magic-file=read -F,--separator= -P,--parameter= -e,--exclude= -C,--compile",
    acts: (args, doing) => {
      if (args.has("-f")) doing.unsure("shows the lines of a list as names");
      if (args.has("-C")) doing.unsure("writes what it makes of its magic file beside it");
    },
    examples: [
      ["file -b .env", "low"],
      ["file -f .env", "high opaque +reads-secret fs.read:/repo/.env"],
    ],
  },
  {
    names: "du",
    options:
      "-d,--max-depth= -t,--threshold= -B,--block-size= --time-style= --exclude= -X,--exclude-from=read --files0-from=read",
    acts: (args, doing) => {
      if (args.has("--files0-from")) doing.unsure("shows the lines of a list as names");
    },
    examples: [
      ["du -sh .", "low"],
      ["du --files0-from=list", "low opaque fs.read:/repo/list"],
    ],
  },
  {
    names: "stat gstat readlink realpath df basename dirname test [ lsattr getfacl namei",
    options: "-c,--format= --printf= -f -d,--max-depth= -t= --exclude= -X= -m,--magic-file= -b -h -s -L -H",
    inert: true,
    examples: [["test -f x", "low"]],
  },
  {
    names: "locate mlocate plocate mdfind updatedb",
    risk: medium("outside-repository"),
    examples: [["locate id_rsa", "medium +outside-repository"]],
  },
];

/** Names and sizes are no secrets: what is left is where it looks. */
function namesOnly<T extends { readonly risk: import("../../model/risk.ts").Risk }>(effect: T): T {
  const reasons = effect.risk.reasons.filter((reason) => reason !== "reads-secret");
  return { ...effect, risk: { level: "low", reasons } };
}

/** What is written through a link lands in its target: a guarded one is as good as written. */
function writeThrough(target: Word, cwd: string | null, doing: Doing): void {
  const effects = pathEffects("fs.write", target, cwd, doing.surroundings);
  const guarded = effects.filter((effect) => /changes-guard|persistence/.test(effect.risk.reasons.join(" ")));
  doing.effects.push(...guarded);
}

/** Makes a link to what a word names: from here, and, as links are read, from where the link stands. */
function linkTo(target: Word, args: Arguments, doing: Doing): void {
  writeThrough(target, doing.cwd, doing);
  const { destination } = endsOf(args);
  if (destination === null || isOpen(destination) || isOpen(target) || target.startsWith("/")) return;
  const made = absolutePath(destination, doing.cwd, doing.surroundings.places.home);
  if (made === null) return;
  const from =
    args.has("-t") || (!args.has("-T") && mayBeDirectory(destination, doing)) ? made : dirname(made);
  if (from !== doing.cwd) writeThrough(target, from, doing);
}

/** Tells whether a word names a link; false where the machine cannot be asked. */
function isLink(word: Word, doing: Doing): boolean {
  if (isOpen(word)) return true;
  const path = absolutePath(word, doing.cwd, doing.surroundings.places.home);
  if (path === null) return false;
  const entries = doing.surroundings.world.list(dirname(path)) ?? [];
  return entries.some((entry) => entry.kind === "link" && entry.name === basename(path));
}

/** Moving inside the repository loses nothing. */
function soften(doing: Doing): void {
  const last = doing.effects.at(-1);
  if (last === undefined || last.risk.level !== "medium" || last.risk.reasons.includes("outside-repository"))
    return;
  doing.effects[doing.effects.length - 1] = { ...last, risk: { level: "low", reasons: ["changes-files"] } };
}
