import type { Word } from "../../model/command.ts";
import { isOpen, knownStart, unknownWord } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { applyPatches } from "./patches.ts";
import { because, high, medium, type Program } from "./program.ts";
import { sedReaches } from "./sed-script.ts";
import { actByVerbs, readVerb } from "./verbs.ts";

/** Everything of grep's that takes a value; the rest are flags. */
const grepOptions =
  "-e,--regexp=skip -f,--file=read -A,--after-context= -B,--before-context= -C,--context= -m,--max-count= -d,--directories= -D,--devices= --label= --include= --exclude= --exclude-from=read --exclude-dir= --binary-files= --color[=] --colour[=] -r,-R,--recursive,--dereference-recursive -P,--perl-regexp -E,--extended-regexp -F,--fixed-strings -G -i,--ignore-case -n,--line-number -l,--files-with-matches -L,--files-without-match -c,--count -v,--invert-match -w,--word-regexp -x -o,--only-matching -q,--quiet -s,--no-messages -h,--no-filename -H,--with-filename -z -Z -a -I -U -u -y -b,--byte-offset -T";

/** What grep and its like read: all operands but the pattern; without operands, standard input or the directory. */
function grepReads(
  args: Arguments,
  deep: boolean,
  doing: Doing,
  read: (word: Arguments["operands"][number]) => void,
): void {
  const patternGiven = args.has("-e", "-f", "--files", "--type-list");
  const targets = patternGiven ? args.operands : args.operands.slice(1);
  for (const word of targets) {
    if (deep) read(word);
    else doing.read(word);
  }
  if (deep && targets.length === 0) read(".");
}

function sedActs(args: Arguments, doing: Doing): void {
  const scriptGiven = args.has("-e", "-f");
  const scripts = [
    ...args.options.flatMap((option) => (option.id === "-e" && option.value !== null ? [option.value] : [])),
    ...(scriptGiven ? [] : args.operands.slice(0, 1)),
  ];
  for (const script of scripts) {
    if (isOpen(script) || sedReaches(script))
      doing.unsure("its script may reach other files or run programs");
  }
  if (args.has("-f")) doing.unsure(because.inlineCode);
  const place = args.has("-i");
  const backup = args.value("-i");
  if (backup !== null && (isOpen(backup) || /[/*]/.test(backup)))
    doing.unsure("the backup's name may be any path");
  for (const word of scriptGiven ? args.operands : args.operands.slice(1)) {
    doing.read(word);
    if (!place) continue;
    doing.write(word);
    if (backup !== null) doing.write(joined(word, backup));
  }
}

/** A path with a text behind it, as far as both are known. */
function joined(path: Word, suffix: Word): Word {
  return isOpen(path) || isOpen(suffix) ? unknownWord("a backup's name", false) : path + suffix;
}

/** The letters that do take a value, by program: behind any other one may stand a file that is read. */
const takesValue: ReadonlyMap<string, string> = new Map([
  ["head", "nc"],
  ["ghead", "nc"],
  ["tail", "ncs"],
  ["gtail", "ncs"],
  ["cut", "bcfd"],
  ["paste", "d"],
  ["join", "aejot12v"],
  ["fold", "w"],
  ["fmt", "wpg"],
  ["column", "csoNEHRTWnl"],
  ["pr", "lwohDNW"],
  ["od", "AjNtS"],
  ["xxd", "clogsR"],
  ["hexdump", "ens"],
  ["hd", "ens"],
  ["strings", "ntesT"],
  ["base64", "wb"],
  ["base32", "wb"],
  ["basenc", "wb"],
]);

/** What lets a program of yq or jq read other files. As the name of a field (`.include`) it is none of that. */
const queryReaches = /(?<![.\w"])(load\w*|strload|eval|import|include|system|exec)\b/;

const queryEnvironment = /(?<![.\w"])(env|strenv|envsubst|\$ENV)\b/;

function languageReaches(args: Arguments, files: readonly Word[], doing: Doing): void {
  const name = knownStart(doing.invocation.argv[0] ?? "").replace(/^.*\//, "");
  const programs = [...args.operands.slice(0, args.operands.length - files.length)];
  const inFile = args.value("-f");
  if (inFile !== null) {
    const program = doing.lookInto(inFile);
    doing.effects.pop();
    if (program === null) doing.unsure("runs a program of a file");
    else programs.push(program);
  }
  for (const { id, value } of args.options) if (id === "--expression" && value !== null) programs.push(value);
  if (name === "yq" && args.operands.length > 1 && args.has("-i", "-n")) programs.push(...args.operands);
  for (const program of programs) {
    if (isOpen(program)) continue;
    if (queryReaches.test(program)) doing.unsure("its program may read other files");
    if (queryEnvironment.test(program)) {
      doing.unsure("its program may print the environment");
      doing.adds(medium("reads-secret"));
    }
  }
  if (name === "yq" && args.has("-s", "--split-exp", "--split-exp-file"))
    doing.unsure("writes files whose names its program works out");
}

/** What lets an awk program run programs, read other files, or say which files it reads. */
const awkReaches = /system|getline|@|\|&|\bENVIRON\b|\bARG[VC]\b/;

/** Words of awk behind which a `/` begins a pattern. Behind any other word or value it divides. */
const awkDivides = /(?<![\w$](?:print|printf|return|in|case|else|do|delete|exit))(?<=[\w)\]]\s*)\//g;

/**
 * Whether an awk program may do more than print what it reads. A quote inside of a pattern or a comment would hide
 * the rest of it, so texts are only taken out where there is neither. Errs towards yes.
 */
function awkProgramReaches(program: string): boolean {
  if (!awkReaches.test(program) && !/[|>]/.test(program)) return false;
  const bare = program.replace(/"(\\[\s\S]|[^"\\])*"/g, '""').replace(awkDivides, " ");
  if (/[/#]/.test(bare)) return awkReaches.test(program) || /[|>]/.test(program);
  // Only what is printed goes to a file or a program; elsewhere `>` compares.
  return awkReaches.test(bare) || /\bprintf?\b[^;{}]*(>|\|(?!\|))/.test(bare.replace(/\|\|/g, " "));
}

function awkActs(args: Arguments, doing: Doing): void {
  const [first, ...others] = args.operands;
  const inFile = args.has("-f", "-E");
  const inline = !inFile && !args.has("-e");
  // `-W exec=file` and the like are long options of mawk.
  if (args.has("-f", "-i", "-l", "-E", "-W")) doing.unsure(because.inlineCode);
  if (inline && first !== undefined && (isOpen(first) || awkProgramReaches(first))) {
    doing.unsure("its program may write files or run programs");
  }
  for (const word of inline ? others : args.operands)
    if (!/^[A-Za-z_]\w*=/.test(knownStart(word))) doing.read(word);
}

export const text: readonly Program[] = [
  {
    names: "zcat gzcat zstdcat lz4cat",
    options: "-f,--force -r,--recursive",
    operands: "read...",
    recursive: ["-r"],
    examples: [
      ["zcat a.gz", "low fs.read:/repo/a.gz"],
      ["zcat -rf .", "low fs.read:tree:/repo"],
    ],
  },
  {
    names:
      "cat gcat tac rev wc bzcat xzcat zless bat batcat iconv cksum sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum shasum md5 look tsort comm colrm ul nl expand unexpand objdump nm size readelf",
    options:
      "--language= --style[=] --theme= --line-range= --files0-from=read --tabs= --encoding= --from-code= --to-code= --algorithm= --check -c --pager=unsafe --map-syntax= --diff-context= --wrap= --terminal-width= --config-file=read",
    operands: "file...",
    acts: readsList,
    examples: [
      ["cat a b", "low fs.read:/repo/a fs.read:/repo/b"],
      ["cat .env", "high +reads-secret fs.read:/repo/.env"],
      ["cat -n .env", "high fs.read:/repo/.env"],
      ["cat /etc/hosts", "low +outside-repository fs.read:/etc/hosts"],
      ["cat / src/ ..", "low"],
      ["cat", "low"],
    ],
  },
  {
    names:
      "head tail ghead gtail cut paste join fold fmt column pr od xxd hexdump hd strings base64 base32 basenc",
    options:
      "-n,--lines= -c,--bytes= -d,--delimiter= -f,--fields= -s= -w,--width= -b= -t= -o= -j= -A= -N= -l= --interval= --pid= -i= -e=",
    operands: "file...",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "").replace(/^.*\//, "");
      // Some of these letters are plain flags to `tail`, `od` and `base64`: what stands behind one may be a file.
      for (const { id, value } of args.options) {
        if (value === null || (takesValue.get(name) ?? "").includes(id.charAt(1))) continue;
        if (isOpen(value) || !id.startsWith("--")) doing.read(value);
      }
      if (name === "xxd" && args.operands.length > 1) doing.write(args.operands[1] ?? "-");
    },
    examples: [
      ["head -n 5 a", "low fs.read:/repo/a"],
      ["tail -f logs/a.log", "low fs.read:/repo/logs/a.log"],
      ["cut -d: -f1 /etc/passwd", "low fs.read:/etc/passwd"],
      ["od -c .env", "high +reads-secret fs.read:/repo/.env"],
      ["hexdump -C x", "low fs.read:/repo/x"],
      ["paste -s .env", "high +reads-secret fs.read:/repo/.env"],
      ["paste -d, a b", "low fs.read:/repo/a fs.read:/repo/b"],
      ["base64 -i .env", "high +reads-secret fs.read:/repo/.env"],
    ],
  },
  {
    names: "grep egrep fgrep ggrep zgrep",
    options: grepOptions,
    acts: (args, doing) =>
      grepReads(args, args.has("-r"), doing, (word) =>
        doing.readTree(word, {
          honoursIgnore: false,
          hidden: true,
          name: textValue(args, "--include"),
        }),
      ),
    examples: [
      ["grep x .env", "high +reads-secret fs.read:/repo/.env"],
      ["grep -rn TODO src", "low fs.read:tree:/repo/src"],
      ["grep -e a -- b", "low fs.read:/repo/b"],
      ["grep -r x", "low fs.read:tree:/repo"],
    ],
  },
  {
    names: "rg ripgrep ag ack ugrep",
    options:
      "-e,--regexp=skip -f,--file=read -A,--after-context= -B,--before-context= -C,--context= -m,--max-count= -g,--glob= --iglob= -t,--type= -T,--type-not= -j,--threads= -M,--max-columns= -d,--max-depth= --max-filesize= -E,--encoding= -r,--replace= --sort= --sortr= --color= --colors= --context-separator= --engine= --ignore-file=read --pre=unsafe --pre-glob= --hostname-bin=unsafe --files -l,--files-with-matches --hidden,-. -u,--unrestricted --no-ignore -z,--search-zip -n -i -S -s -w -x -v -c -o -p -q -H -I -N -P -U -a -F -0 --json --vimgrep --stats --type-list -tr --pager=unsafe --output=unsafe -L,-R,--follow,--dereference-recursive",
    acts: (args, doing) => {
      const loud = args.options.filter((option) => option.id === "-u").length;
      const reading = {
        honoursIgnore: loud === 0 && !args.has("--no-ignore"),
        hidden: loud >= 2 || args.has("--hidden"),
        name: null,
        followsLinks: args.has("-L"),
      };
      if (args.has("--files")) for (const word of args.operands) doing.read(word, "tree");
      else grepReads(args, true, doing, (word) => doing.readTree(word, reading));
    },
    examples: [
      ["rg foo src", "low fs.read:tree:/repo/src"],
      ["rg --pre evil foo .", "high opaque +runs-local-code fs.read:tree:/repo"],
    ],
  },
  {
    names: "sed gsed",
    options:
      "-e,--expression=skip -f,--file=read -i,-I,--in-place[=] -l,--line-length= -n,--quiet,--silent -E,-r,--regexp-extended -s,--separate -u,--unbuffered -z,--null-data --posix --debug --sandbox --follow-symlinks",
    acts: sedActs,
    examples: [
      ["sed s/a/b/ x", "low fs.read:/repo/x"],
      ["sed -i s/a/b/g x", "low fs.read:/repo/x fs.write:/repo/x"],
      ["sed -n 1,5p x", "low fs.read:/repo/x"],
      ["sed s/a/b/e x", "low opaque fs.read:/repo/x"],
      ["sed s|a|b|w/etc/x y", "low opaque fs.read:/repo/y"],
      ["sed '/re/d; s/we/er w x/' y", "low fs.read:/repo/y"],
      ["sed -e 1d -e $d y", "low fs.read:/repo/y"],
      ["sed sxaxbxe x", "low opaque fs.read:/repo/x"],
      ["sed '/a/,/b/{s|x|y|g;p}; 5q' x", "low fs.read:/repo/x"],
      ["sed 'a\\ w x' x", "low fs.read:/repo/x"],
      [
        "sed -ijson s/a/b/ .claude/settings.",
        "critical fs.read:/repo/.claude/settings. fs.write:/repo/.claude/settings. fs.write:/repo/.claude/settings.json",
      ],
      ["sed '1e id' x", "low opaque fs.read:/repo/x"],
      ["sed 'w /etc/x' a", "low opaque fs.read:/repo/a"],
    ],
  },
  {
    names: "awk gawk mawk nawk",
    options:
      "-F,--field-separator= -v,--assign= -f,--file=read -i,--include=read -l,--load= -e,--source=code -E,--exec=read -o,--pretty-print[=write] -p,--profile[=write] -d,--dump-variables[=write] -D,--debug[=unsafe] -S,--sandbox -b -c -C -g -h -I -k -L[=] -M -n -N -O -P -r -s -t -V -W=skip",
    acts: awkActs,
    examples: [
      ["awk '{print $1}' x", "low fs.read:/repo/x"],
      ["awk 'BEGIN{system(1)}'", "low opaque"],
      ["awk '/\"/{system(1)} /\"/' x", "low opaque fs.read:/repo/x"],
      ["awk '/foo/{print $2}' x", "low fs.read:/repo/x"],
      ["awk '$3 > 5 {print}' x", "low fs.read:/repo/x"],
      ["awk 'NR>1 && $3 > 10 {sum += $3} END {print sum/NR}' x", "low fs.read:/repo/x"],
      ["awk '{print > $1}' x", "low opaque fs.read:/repo/x"],
      ["awk '{print $1, $2 > \"f\"}' x", "low opaque fs.read:/repo/x"],
      ["awk '{print | \"sh\"}' x", "low opaque fs.read:/repo/x"],
      ["awk '{print /\"/ ; system(1) ; print /\"/}' x", "low opaque fs.read:/repo/x"],
      ["awk '{a / \"/; system(1)}' x", "low opaque fs.read:/repo/x"],
      ["awk '$1 ~ /a|b/ {print}' x", "low opaque fs.read:/repo/x"],
      ["awk --profile=p '{print}' x", "low fs.write:/repo/p fs.read:/repo/x"],
      ["awk -F: '{print $1}' /etc/passwd", "low fs.read:/etc/passwd"],
    ],
  },
  {
    names: "sort gsort uniq shuf",
    options:
      "-o,--output=write -k,--key= -t,--field-separator= -T,--temporary-directory=write -S,--buffer-size= --compress-program=unsafe --files0-from=read --batch-size= --parallel= --random-source=read --sort= -n,--numeric-sort -r,--reverse -u,--unique -c,--count -d -i -f -w= -s,--stable -h,--human-numeric-sort -V,--version-sort -M -g -b -m,--merge -z -R -C --check[=] -D -e,--echo --ignore-case --repeated",
    strict: true,
    acts: (args, doing) => {
      readsList(args, doing);
      const uniq = /uniq$/.test(knownStart(doing.invocation.argv[0] ?? ""));
      args.operands.forEach((word, index) => {
        if (uniq && index === 1) doing.write(word);
        else if (!args.has("-e")) doing.read(word);
      });
    },
    examples: [
      ["sort -o out in", "low fs.write:/repo/out fs.read:/repo/in"],
      ["sort --compress-prog=x a", "high opaque fs.read:/repo/a"],
      ["uniq -c a", "low fs.read:/repo/a"],
    ],
  },
  {
    names: "diff gdiff cmp colordiff sdiff vimdiff delta",
    options:
      "-U,--unified[=] -C,--context[=] -I= -x,--exclude= -X,--exclude-from=read -W,--width= --from-file=read --to-file=read -r,--recursive --color[=] --label= -L= -o,--output=write -q -u -y -w -B -b -i -N -n= --tabsize=",
    operands: "read...",
    recursive: ["-r"],
    examples: [["diff -u a b", "low fs.read:/repo/a fs.read:/repo/b"]],
  },
  {
    names: "jq yq gojq xq tomlq dasel fx",
    options:
      "--arg= --argjson= --slurpfile= --rawfile= -f,--from-file=read -L= --indent= -i,--in-place,--inplace --tab -r -c -s -n -e -S -j -a -C -M -R -o,--output-format= -p,--input-format= -P --args --jsonargs --split-exp=skip --split-exp-file=read --run-tests=read --expression=skip",
    acts: (args, doing) => {
      const words = args.has("-f") ? args.operands : args.operands.slice(1);
      languageReaches(args, words, doing);
      for (const option of args.options) {
        if (!["--slurpfile", "--rawfile"].includes(option.id)) continue;
        doing.unsure("reads a file by an option mirror does not follow");
      }
      for (const word of args.has("--args", "--jsonargs") ? [] : words) {
        doing.read(word);
        if (args.has("-i")) doing.write(word);
      }
    },
    examples: [
      ["jq .name package.json", "low fs.read:/repo/package.json"],
      ["yq -i .a=1 x.yaml", "low fs.read:/repo/x.yaml fs.write:/repo/x.yaml"],
    ],
  },
  {
    names: "bc dc",
    options:
      "-e,--expression=skip -f,--file=read -l,--mathlib -q,--quiet -s,--standard -w,--warn -i,--interactive",
    strict: true,
    acts: (args, doing) => {
      const dc = /dc$/.test(knownStart(doing.invocation.argv[0] ?? ""));
      // A `!` in the language of dc runs a program, and what is read is shown.
      if (dc) doing.unsure(because.inlineCode);
      for (const word of args.operands) doing.read(word);
    },
    examples: [
      ["bc -l", "low"],
      ["bc .env", "high fs.read:/repo/.env"],
    ],
  },
  {
    names: "tr seq yes sleep expr factor numfmt",
    inert: true,
    examples: [["tr a b", "low"]],
  },
  {
    names: "csplit gcsplit",
    options:
      "-f,--prefix=skip -b,--suffix-format=skip -n,--digits= -k,--keep-files -s,--quiet,--silent -q -z,--elide-empty-files --suppress-matched",
    strict: true,
    acts: (args, doing) => {
      const [input] = args.operands;
      if (input !== undefined) doing.read(input);
      // The pieces are PREFIX00, PREFIX01 …; a form of the suffix may say anything else.
      const form = args.value("-b");
      if (form !== null && (isOpen(form) || /[/]/.test(form)))
        doing.unsure("the names of its pieces may be any path");
      writePieces(args.value("-f") ?? "xx", doing);
    },
    examples: [
      ["csplit a /x/", "low fs.read:/repo/a fs.write:glob:/repo/xx*"],
      ["csplit -f out/p a /x/", "low fs.read:/repo/a fs.write:glob:/repo/out/p*"],
    ],
  },
  {
    names: "split gsplit",
    options:
      "-n,--number= -b,--bytes= -l,--lines= -a,--suffix-length= --additional-suffix= --filter=script -C= -f= -d -x -t=",

    acts: (args, doing) => {
      // Another program of that name is a service's command line (`split segments list`).
      const reading = readVerb(args.operands);
      if (reading.kind !== null && reading.path.length === 2) {
        actByVerbs(args, { host: null, modest: /^environments create / }, doing);
        return;
      }
      const [input, prefix] = args.operands;
      if (input !== undefined) doing.read(input);
      const suffix = args.value("--additional-suffix");
      if (suffix !== null && (isOpen(suffix) || suffix.includes("/")))
        doing.unsure("the names of its pieces may be any path");
      writePieces(prefix ?? "x", doing);
    },
    examples: [
      ["split splits create --name x", "medium net.connect:send:?"],
      ["split segments list", "low net.connect:fetch:?"],
      ["split traffic-types delete user", "high +destroys-data net.connect:send:?"],
      ["split -l 5 a part", "low fs.read:/repo/a fs.write:glob:/repo/part*"],
      ["split --filter=id a", "low script fs.read:/repo/a fs.write:glob:/repo/x*"],
    ],
  },
  {
    names: "less more most pg",
    options:
      "-p,--pattern= -o,--log-file=write -O,--LOG-FILE=write -k,--lesskey-file=unsafe -b= -h= -j= -x= -y= -z= -P= -t= -T= --tabs= -N -S -R -F -X -i -n",
    operands: "read...",
    acts: (args, doing) => {
      // What follows a `+` is typed into the program, where `!` runs another one.
      for (const word of args.operands) {
        if (/^\+(?!(\d*|F|G|g)$)/.test(knownStart(word))) doing.unsure("a pager runs commands of its own");
      }
    },
    examples: [
      ["less a", "low fs.read:/repo/a"],
      ["less +!id a", "low opaque fs.read:/repo/+!id fs.read:/repo/a"],
    ],
  },
  {
    names: "vi vim nvim view ex emacs nano pico ed joe micro code subl",
    risk: medium("runs-local-code"),
    operands: "edit...",
    options: "-c,--cmd,--command=skip -S=read -u=read --eval=skip -l=skip",
    acts: (args, doing) => {
      if (args.options.length > 0 || args.operands.some((word) => knownStart(word).startsWith("+")))
        doing.unsure("an editor runs commands of its own");
    },
    examples: [["vim -c :!id a", "medium opaque fs.read:/repo/a fs.write:/repo/a"]],
  },
  {
    names: "patch gpatch",
    options:
      "-p,--strip= -i,--input=read -d,--directory=dir -o,--output=write -r,--reject-file=write -B= -D= -F= -g= -z= --dry-run,-n -R,--reverse -N -f -t -s -b -E -u",
    dryRun: ["--dry-run"],
    opaque: "changes the files a patch names",
    operands: "edit read",
    acts: (args, doing) => {
      const file = args.value("-i") ?? args.operands[1];
      applyPatches(file === undefined ? [] : [file], args.value("-d"), doing);
    },
    examples: [["patch -p1 -i a.diff", "low opaque fs.read:/repo/a.diff"]],
  },
  {
    names: "gpg gpg2",
    options:
      "-o,--output=write -r,--recipient= -u,--local-user= --homedir=read -d,--decrypt -c -e -s --export-secret-keys --export-secret-subkeys --delete-secret-keys --delete-keys --delete-key --passphrase=secret-arg --passphrase-file=read --batch --yes -a,--armor --verify --import --list-keys -k -K --export --keyserver=send --recv-keys --send-keys",
    operands: "read...",
    flags: {
      "--export-secret-keys": high("reads-secret"),
      "--export-secret-subkeys": high("reads-secret"),
      "--delete-secret-keys": high("destroys-data"),
      "--delete-keys": high("destroys-data"),
      "--delete-key": high("destroys-data"),
      "-d": medium("reads-secret"),
    },
    examples: [
      ["gpg --export-secret-keys", "high +reads-secret"],
      ["gpg --verify a.sig a", "low fs.read:/repo/a.sig fs.read:/repo/a"],
    ],
  },
];

/** Writes the files whose names begin so. */
function writePieces(prefix: Word, doing: Doing): void {
  if (isOpen(prefix)) doing.write(prefix);
  else doing.write({ text: `${prefix}*`, parts: [prefix, null], many: true, glob: true });
}

/** A list of files is shown file by file: which ones they are, only the list says. */
function readsList(args: Arguments, doing: Doing): void {
  if (args.has("--files0-from")) doing.unsure("reads the files that a list names");
}

function textValue(args: Arguments, id: string): string | null {
  const value = args.value(id);
  return value === null || isOpen(value) ? null : value;
}
