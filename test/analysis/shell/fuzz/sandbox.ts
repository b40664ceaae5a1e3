import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { machine } from "../../machine.ts";

/** Names that do nothing but leave a record of their words. */
const silent =
  "rm touch ls mkdir wc head sort cp mv chmod git curl date uniq stat du ln tail cut df pwd true false [ test".split(
    " ",
  );
/** Names that leave their record and then are the real program. */
const real = "env xargs find timeout nice nohup cat tr base64 rev sed awk tee".split(" ");

/** What stands in the sandbox before each script. */
const seed: Readonly<Record<string, string>> = {
  "/repo/a.txt": "b c\n",
  "/repo/d/e": "x\n",
  "/repo/s.sh": "rm sourced\nx=d/e\n",
  "/home/u/.profile": "\n",
  "/tmp/keep": "\n",
};
export const world = machine(seed);
/** One program as it was started. */
export interface Started {
  readonly cwd: string;
  readonly argv: readonly string[];
}

/** What bash did with one script. */
export interface Ran {
  /** What `bash -n` says of it. */
  readonly accepted: boolean;
  readonly started: readonly Started[];
  /** Files that were not there before, or have another content. */
  readonly written: readonly string[];
}

const stub = `#!/real/dash
printf '%s\\0' "$#" "$PWD" "\${0##*/}" "$@" >>/log/now
case \${0##*/} in
sh | dash) exec /real/dash "$@" ;;
bash) exec /real/bash "$@" ;;
busybox) exec "$@" ;;
${real.join(" | ")}) exec "/real/\${0##*/}" "$@" ;;
esac
exit 0
`;

/** Runs each script in turn, in one sandbox, and waits for what it leaves behind; prints fields that end in NUL. */
const driver = `
mapfile -d '' -t scripts
shopt -s globstar dotglob nullglob
/real/mkfifo /log/sleep
exec 9<>/log/sleep
before=(/proc/[0-9]*)
export FUNCNEST=30
for script in "\${scripts[@]}"; do
  /real/rm -rf /repo /home /tmp /log/now
  /real/cp -r /seed/. /
  : >/log/now
  if /real/bash -n -c "$script" 2>/log/err && [[ ! -s /log/err ]]; then printf '=yes\\0'; else printf '=no\\0'; fi
  (cd /repo && exec /real/timeout -s KILL 1 /real/bash -c "$script" </dev/null >/dev/null 2>&1) 2>/dev/null
  for ((round = 0; round < 60; round++)); do
    now=(/proc/[0-9]*)
    ((\${#now[@]} <= \${#before[@]})) && break
    read -r -t 0.004 -u 9
  done
  ((\${#now[@]} <= \${#before[@]})) || kill -9 -1
  while IFS= read -r -d '' field; do printf '%s\\0' "$field"; done </log/now
  printf '=files\\0'
  for file in /repo/** /home/** /tmp/**; do
    [[ -f $file ]] || continue
    [[ -f /seed$file ]] && cmp=$(<"/seed$file") && [[ $(<"$file") == "$cmp" ]] && continue
    printf '%s\\0' "$file"
  done
  printf '=end\\0'
done
`;

/** Whether this machine can run the sandbox. */
export const hasSandbox: boolean =
  process.platform === "linux" &&
  spawnSync("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "true"]).status === 0 &&
  spawnSync("bash", ["-c", "type dash cp rm mkfifo timeout xargs find rev base64 sed awk"]).status === 0 &&
  spawnSync("bash", ["-c", "(( BASH_VERSINFO[0] >= 5 ))"]).status === 0;

/** A directory with the stubs, and the arguments that make a sandbox of it. */
export class Sandbox {
  readonly #root = mkdtempSync(join(tmpdir(), "mirror-fuzz-"));
  readonly #arguments: string[];

  constructor() {
    const bin = join(this.#root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, ".stub"), stub);
    chmodSync(join(bin, ".stub"), 0o755);
    for (const name of [...silent, ...real, "sh", "dash", "bash", "busybox"])
      symlinkSync(".stub", join(bin, name));
    for (const [path, text] of Object.entries(seed)) {
      mkdirSync(dirname(join(this.#root, "seed", path)), { recursive: true });
      writeFileSync(join(this.#root, "seed", path), text);
    }
    const programs = [...real, "dash", "bash", "cp", "rm", "mkfifo"].flatMap((name) => [
      "--ro-bind",
      realpathSync(spawnSync("bash", ["-c", `type -P ${name}`], { encoding: "utf8" }).stdout.trim()),
      `/real/${name}`,
    ]);
    this.#arguments = [
      ..."--unshare-all --die-with-parent --clearenv --tmpfs / --proc /proc --dev /dev".split(" "),
      ..."--ro-bind /usr/lib /usr/lib --ro-bind-try /lib /lib --ro-bind-try /lib64 /lib64".split(" "),
      ...programs,
      ...["--ro-bind", bin, "/usr/bin", "--symlink", "usr/bin", "/bin"],
      ...["--ro-bind", join(this.#root, "seed"), "/seed", "--dir", "/log"],
      ..."--setenv PATH /usr/bin --setenv HOME /home/u --setenv TMPDIR /tmp".split(" "),
      ...["/real/bash", "-c", driver],
    ];
  }

  /** Runs the scripts, each on the seed alone. */
  run(scripts: readonly string[]): Ran[] {
    const done = spawnSync("bwrap", this.#arguments, {
      input: scripts.map((script) => `${script}\0`).join(""),
      encoding: "latin1",
      maxBuffer: 1 << 28,
    });
    const fields = Buffer.from(done.stdout, "latin1").toString("utf8").split("\0");
    const ran = readFields(fields);
    if (ran.length !== scripts.length) {
      throw new Error(
        `the sandbox ran ${ran.length} of ${scripts.length} scripts: ${done.stderr.slice(0, 2_000)}`,
      );
    }
    return ran;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }
}

/** Which number a process substitution gets does not matter. */
function anyPipe(word: string): string {
  return word.replace(/^\/dev\/fd\/\d+$/, "/dev/fd/63");
}

function readFields(fields: readonly string[]): Ran[] {
  const all: Ran[] = [];
  let at = 0;
  while (/^=(yes|no)$/.test(fields[at] ?? "")) {
    const accepted = fields[at++] === "=yes";
    const started: Started[] = [];
    while (at < fields.length && fields[at] !== "=files") {
      const count = Number(fields[at]) + 1;
      started.push({ cwd: fields[at + 1] ?? "", argv: fields.slice(at + 2, at + 2 + count).map(anyPipe) });
      at += count + 2;
    }
    const end = fields.indexOf("=end", at);
    if (end < 0) break;
    all.push({ accepted, started, written: fields.slice(at + 1, end) });
    at = end + 1;
  }
  return all;
}
