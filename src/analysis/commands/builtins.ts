import type { Word } from "../../model/command.ts";
import { absolutePath } from "../paths.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { high, medium, type Program } from "./program.ts";

/** Moves the working directory for what follows. A directory that nobody knows makes later paths unknown. */
function changeDirectory(args: Arguments, doing: Doing): void {
  const [target] = args.operands;
  const word: Word = target ?? "~";
  if (isOpen(word) || word === "-" || /^[+-]\d+$/.test(word)) {
    doing.nextCwd = null;
    return;
  }
  doing.nextCwd = absolutePath(word, doing.cwd, doing.surroundings.places.home);
}

export const builtins: readonly Program[] = [
  {
    names:
      "echo gecho true false : pwd type which whereis times wait jobs fg bg disown umask ulimit getopts let logout break continue return exit shift local readonly export declare typeset unset read printf gprintf set suspend dirs history caller [[ help tty whoami id groups users who w last uptime uname hostid cal nproc getconf locale tput clear reset stty lscpu lsblk lsusb lspci lsmod lsof free vmstat iostat mpstat top htop pgrep pidof pstree ss netstat ifconfig getent sw_vers system_profiler apropos whatis tldr cheat ncal addr2line c++filt lsns findmnt mountpoint blkid logname",
    inert: true,
    examples: [
      ["echo rm -rf /", "low"],
      ["export A=1", "low"],
    ],
  },
  {
    names: "ps",
    inert: true,
    acts: (args, doing) => {
      // `ps auxe`: without a dash, `e` shows the environment.
      if (args.operands.some((word) => isOpen(word) || /^[A-Za-z]*e[A-Za-z]*$/.test(word)))
        doing.adds(high("reads-secret"));
    },
    examples: [
      ["ps aux", "low"],
      ["ps -ef", "low"],
      ["ps auxe", "high +reads-secret"],
    ],
  },
  {
    names: "date gdate",
    options: "-d,--date= -f,--file=read -r,--reference=read -s,--set=skip -I[=] -u -R",
    flags: { "-s": high("privilege") },
    acts: (args, doing) => {
      // Anything but a format sets the clock.
      if (args.operands.some((word) => !knownStart(word).startsWith("+"))) doing.adds(high("privilege"));
    },
    examples: [
      ["date -s yesterday", "high +privilege"],
      ["date 010100001990", "high +privilege"],
      ["date +%s", "low"],
      ["date -f .env", "high +reads-secret fs.read:/repo/.env"],
    ],
  },
  {
    names: "hostname",
    options: "-F,--file=read -b,--boot -a -A -d -f,--fqdn -i -I -s,--short -y",
    acts: (args, doing) => {
      if (args.operands.length > 0 || args.has("-F", "-b")) doing.adds(high("privilege"));
    },
    examples: [
      ["hostname -f", "low"],
      ["hostname -F .env", "high +privilege +reads-secret fs.read:/repo/.env"],
    ],
  },
  {
    names: "info",
    options:
      "-o,--output=write -f,--file=read --dribble=write --restore=unsafe --init-file=unsafe -n,--node= -d,--directory=",
    examples: [["info -o x ls", "low fs.write:/repo/x"]],
  },
  {
    names: "printenv",
    // The whole environment often holds keys: nothing by itself, but not to be sent anywhere.
    acts: (args, doing) => {
      const secret = args.operands.some((word) => /key|token|secret|pass|auth/i.test(knownStart(word)));
      if (secret || args.operands.length === 0) doing.adds({ level: "low", reasons: ["reads-secret"] });
    },
    examples: [
      ["printenv", "low +reads-secret"],
      ["printenv PATH", "low"],
    ],
  },
  {
    names: "man",
    options:
      "-P,--pager=unsafe -H,--html[=unsafe] -C,--config-file=unsafe -l,--local-file -S= -k -f -w -a -K",
    acts: (args, doing) => {
      for (const word of args.operands) if (args.has("-l") || /[/]/.test(knownStart(word))) doing.read(word);
    },
    examples: [
      ["man ls", "low"],
      ["man -P evil ls", "high opaque"],
    ],
  },
  {
    names: "cd chdir pushd",
    options: "-P -L -e -n",
    acts: changeDirectory,
    examples: [["cd src", "low"]],
  },
  {
    names: "popd",
    acts: (_args, doing) => {
      doing.nextCwd = null;
    },
    examples: [["popd", "low"]],
  },
  {
    names: "eval",
    style: "posix",
    acts: (args, doing) => {
      doing.transparent = true;
      if (args.operands.some(isOpen)) {
        doing.adds(medium("runs-remote-code"));
        doing.unsure("runs text that is not known");
      } else doing.script(args.operands.join(" "));
    },
    examples: [["eval rm x", "low script"]],
  },
  {
    names: "source .",
    style: "posix",
    acts: (args, doing) => {
      const [file] = args.operands;
      if (file === undefined) return;
      const text = doing.lookInto(file);
      if (text === null) {
        doing.unsure(`\`${isOpen(file) ? file.text : file}\` is not a script mirror can read`);
        doing.adds({ level: "low", reasons: ["runs-local-code"] });
      } else doing.script(text);
    },
    examples: [
      [". ./a.sh", "low opaque fs.read:/repo/a.sh"],
      ["source .env", "high opaque +reads-secret fs.read:/repo/.env"],
    ],
  },
  {
    names: "trap",
    style: "posix",
    acts: (args, doing) => {
      const [action] = args.operands;
      if (args.operands.length > 1 && action !== undefined && action !== "-") doing.script(action);
    },
    examples: [["trap 'rm x' EXIT", "low script"]],
  },
  {
    names: "alias unalias shopt bind hash compgen compopt complete enable mapfile readarray",
    options: "-C=script -F= -f=unsafe -x=script -c= -d= -n= -O= -s= -t -u= -p=skip -r -l",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "");
      if (name === "hash" && args.has("-p")) doing.unsure("gives commands other meanings");
      if (name === "alias" && args.operands.length > 0) doing.unsure("gives commands other meanings");
      if (
        name === "shopt" &&
        args.operands.length === 0 &&
        /expand_aliases/.test(knownStart(args.value("-s") ?? ""))
      ) {
        doing.unsure("gives commands other meanings");
      }
    },
    examples: [
      ["alias ls=rm", "low opaque"],
      ["shopt -s nullglob", "low"],
      ["hash -p ./evil ls", "low opaque"],
      ["hash git", "low"],
      ["mapfile -t lines", "low"],
    ],
  },
];
