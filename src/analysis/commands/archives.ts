import type { Word } from "../../model/command.ts";
import { dropStart, isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { high, type Program } from "./program.ts";

const tarOptions =
  "-c,--create -x,--extract,--get -t,--list -r,--append -u,--update -A,--catenate,--concatenate -d,--diff,--compare --delete -f,--file=skip -C,--directory=skip -T,--files-from=read -X,--exclude-from=read --exclude= --exclude-tag= --one-top-level[=] --strip-components= --transform,--xform= -b,--blocking-factor= -N,--newer,--after-date= --newer-mtime= -g,--listed-incremental=edit --owner= --group= --mode= --mtime= --sort= --format,-H= -V,--label= -K,--starting-file= -L,--tape-length= --record-size= --suffix= --backup[=] --quoting-style= --warning= --index-file=write --volno-file=write -I,--use-compress-program=unsafe --to-command=unsafe --checkpoint-action=unsafe --checkpoint[=] -F,--info-script,--new-volume-script=script --rsh-command=unsafe --rmt-command=unsafe -z,--gzip,--gunzip -j,--bzip2 -J,--xz --zstd --lz4 --lzma --lzip --lzop -Z -a,--auto-compress -v,--verbose -p,--preserve-permissions,--same-permissions -k,--keep-old-files --skip-old-files --keep-newer-files --overwrite -O,--to-stdout -h,--dereference -P,--absolute-names -m,--touch -w,--interactive -W,--verify -S,--sparse -M,--multi-volume -l,--check-links -n -s --no-same-owner --same-owner --no-same-permissions --no-recursion --recursion --one-file-system --numeric-owner --totals --show-transformed-names --wildcards --no-wildcards --anchored --ignore-case --remove-files --null --exclude-vcs --exclude-vcs-ignores --exclude-caches --exclude-hidden --force-local --utc --full-time --block-number -R --acls --xattrs --selinux --no-xattrs --no-mac-metadata --disable-copyfile --hard-dereference --unlink-first -U --recursive-unlink --delay-directory-restore --occurrence[=]";

/** The old form gives its letters without a dash: `tar czf out.tgz src`. Then the values follow in the letters' order. */
function dashedTar(words: readonly Word[]): readonly Word[] {
  const [first, ...others] = words;
  if (first === undefined || isOpen(first) || !/^[A-Za-z]+$/.test(first)) return words;
  const options: Word[] = [];
  for (const letter of first) {
    options.push(`-${letter}`);
    if (!/[fCTXbNgHVKLIF]/.test(letter)) continue;
    const value = others.shift();
    if (value !== undefined) options.push(value);
  }
  return [...options, ...others];
}

function tar(args: Arguments, doing: Doing): void {
  const archive = args.value("-f");
  const directory = args.value("-C");
  const remote =
    archive !== null && !isOpen(archive) && /^[^/]+:/.test(archive) && !args.has("--force-local");
  const outer = doing.cwd;
  if (args.has("-T")) doing.unsure("works on the files that a list names");
  const creates = args.has("-c", "-r", "-u", "-A");
  if (archive !== null && remote) doing.connect(archive, creates ? "send" : "fetch");
  else if (archive !== null && knownStart(archive) !== "-") {
    if (creates || args.has("--delete")) doing.write(archive);
    else doing.read(archive);
  }
  if (directory !== null) moveTo(directory, doing);
  if (creates) {
    const flat = args.has("--no-recursion");
    for (const word of args.operands) {
      if (knownStart(word).startsWith("@")) doing.read(dropStart(word, 1));
      else if (flat) doing.read(word);
      else doing.readTree(word);
    }
    if (args.has("--remove-files")) for (const word of args.operands) doing.remove(word, "tree");
  } else if (args.has("-x") && !args.has("-O")) {
    doing.write(".", "tree");
    if (args.has("-P")) doing.unsure("writes wherever the archive says");
  }
  if (!creates && !args.has("-x", "-t", "-d", "--delete")) doing.unsure("has no operation that mirror knows");
  doing.cwd = outer;
}

function moveTo(directory: Word, doing: Doing): void {
  if (isOpen(directory)) {
    doing.mustKnow(directory);
    doing.cwd = null;
    return;
  }
  doing.cwd = directory.startsWith("/") ? directory : doing.cwd === null ? null : `${doing.cwd}/${directory}`;
}

/** Compressors replace each file by its compressed form, unless they write to standard output. */
function compress(args: Arguments, doing: Doing): void {
  if (args.has("--files", "--files0", "--filelist")) doing.unsure("works on the files that a list names");
  const toOutput = args.has("-c", "-t", "-l");
  for (const word of args.operands) {
    if (args.has("-r")) doing.readTree(word);
    else doing.read(word);
    if (toOutput) continue;
    doing.write(word, args.has("-r") ? "tree" : "exact");
    for (const made of compressedNames(word, args.value("-S"))) doing.write(made);
  }
  // The name that stands in the archive.
  if (args.has("-N") && !toOutput) doing.unsure("writes a file whose name the archive says");
}

/** What is made of a name: one with a suffix, which is taken off again when it is unpacked. */
function compressedNames(word: Word, suffix: Word | null): Word[] {
  if (isOpen(word)) return [];
  const plain = word.replace(/(?<=[^/])\.\w+$/, "");
  const bare = plain === word ? [] : [plain];
  if (suffix === null) return bare;
  if (isOpen(suffix)) return [suffix];
  return [...bare, word + suffix, ...(word.endsWith(suffix) ? [word.slice(0, -suffix.length)] : [])];
}

export const archives: readonly Program[] = [
  {
    names: "tar gtar bsdtar",
    options: tarOptions,
    rewrite: dashedTar,
    strict: true,
    acts: tar,
    examples: [
      ["tar czf out.tgz src", "low fs.write:/repo/out.tgz fs.read:tree:/repo/src"],
      ["tar -cf out.tar .env", "high +reads-secret fs.write:/repo/out.tar fs.read:tree:/repo/.env"],
      ["tar c .env", "high +reads-secret fs.read:tree:/repo/.env"],
      ["tar xzf a.tgz -C out", "low fs.read:/repo/a.tgz fs.write:tree:/repo/out"],
      ["tar tf a.tgz", "low fs.read:/repo/a.tgz"],
      ["tar cf - src", "low fs.read:tree:/repo/src"],
      ["tar cf h:/x src", "medium net.connect:send:h fs.read:tree:/repo/src"],
      [
        "tar cf a.tar --checkpoint=1 --checkpoint-action=exec=sh src",
        "high opaque fs.write:/repo/a.tar fs.read:tree:/repo/src",
      ],
      ["tar -I evil -cf a.tar src", "high opaque fs.write:/repo/a.tar fs.read:tree:/repo/src"],
    ],
  },
  {
    names: "zip 7z 7za 7zz rar",
    options:
      "-r,--recurse-paths -x= -i= -P=secret-arg -p[=secret-arg] -T,--test -TT=unsafe --unzip-command=unsafe -b=write -@,--names-stdin -q -v -9 -0 -j -u -f -d -m,--move -e -y -n= -o[=write] -l -X -D -g -s= -t[=]",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "").replace(/^.*\//, "");
      // `-TT program` tests with a program; in one word with others, it is read as letters.
      if (doing.invocation.argv.some((word) => /^-[A-Za-z]*TT/.test(knownStart(word)))) {
        doing.unsure("has `-TT`, which runs a program");
        doing.adds(high("runs-local-code"));
      }
      if (args.has("-@")) doing.unsure("works on the files that a list names");
      for (const word of args.operands)
        if (name !== "zip" && knownStart(word).startsWith("@"))
          doing.unsure("works on the files that a list names");
      const [verb, ...rest] = name === "zip" ? ["a", ...args.operands] : args.operands;
      const [archive, ...files] = rest;
      if (archive === undefined || verb === undefined) return;
      if (/^(x|e|l|t)$/.test(knownStart(verb))) {
        doing.read(archive);
        if (/^[xe]$/.test(knownStart(verb))) doing.write(".", "tree");
        return;
      }
      doing.write(archive);
      for (const word of files) doing.readTree(word);
      if (args.has("-m")) for (const word of files) doing.remove(word, "tree");
    },
    examples: [
      ["zip -r a.zip src", "low fs.write:/repo/a.zip fs.read:tree:/repo/src"],
      ["zip a.zip .env", "high fs.write:/repo/a.zip fs.read:tree:/repo/.env"],
      ["7z x a.7z", "low fs.read:/repo/a.7z fs.write:tree:/repo"],
    ],
  },
  {
    names: "unzip unrar funzip",
    options: "-d=skip -x= -P=secret-arg -l,-v,-Z,-t -p -o -n -q -j -u -a -L",
    acts: (args, doing) => {
      const [archive] = args.operands;
      if (archive !== undefined) doing.read(archive);
      if (!args.has("-l", "-p")) doing.write(args.value("-d") ?? ".", "tree");
    },
    examples: [
      ["unzip a.zip -d out", "low fs.read:/repo/a.zip fs.write:tree:/repo/out"],
      ["unzip -l a.zip", "low fs.read:/repo/a.zip"],
    ],
  },
  {
    names: "gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lz4 lzma brotli compress uncompress pigz",
    options:
      "-c,--stdout,--to-stdout -t,--test -l,--list -r,--recursive -S,--suffix= -o,--output=write -T,--threads= -d,--decompress -k,--keep -f,--force -v -q -n -N --files[=read] --files0[=read] --filelist=read --output-dir-flat,--output-dir-mirror=skip -D,--patch-from=read --trace=write",
    acts: compress,
    examples: [
      ["gzip a", "low fs.read:/repo/a fs.write:/repo/a"],
      ["gunzip a.gz", "low fs.read:/repo/a.gz fs.write:/repo/a.gz fs.write:/repo/a"],
      [
        "gzip -S .json .claude/settings",
        "critical fs.read:/repo/.claude/settings fs.write:/repo/.claude/settings fs.write:/repo/.claude/settings.json",
      ],
      ["gzip -c .env", "high +reads-secret fs.read:/repo/.env"],
    ],
  },
  {
    names: "cpio pax ar-archive ditto",
    opaque: "archives the files its input names",
    operands: "read...",
    risk: high("opaque"),
    examples: [["cpio -o", "high opaque"]],
  },
];
