import {
  type ChildProcess,
  type ChildProcessByStdio,
  type ChildProcessWithoutNullStreams,
  type SpawnOptions,
  spawn,
} from "node:child_process";
import type { Readable } from "node:stream";
import { MirrorError, systemErrorCode } from "../base/errors.ts";

// The one place that starts git (TRUST T4). Every repository we touch may have been prepared by an agent, so
// git runs with its own arguments in front and an environment made from nothing.
//
// What this room runs, and why nothing in a repository's configuration can start a program through it:
//   rev-parse, config --get discovery; reads configuration, runs nothing
//   cat-file --batch, --batch-command, --buffer
//                           raw objects; filters and textconv run only with --filters/--textconv
//   update-ref --stdin      would run the `reference-transaction` hook: core.hooksPath=/dev/null
//   rev-list                walks; no diff, no --show-signature, so no diff.external and no gpg.program
//   ls-files --stage        reads the index; core.fsmonitor=false keeps the monitor hook from running
//   merge-base              walks; as rev-list
//   diff                    two trees; --no-ext-diff and --no-textconv, so no program of the configuration's
//   pack-objects            copies the objects it is told on stdin; runs nothing (its hook is upload-pack's)
//   update-index --index-info, --skip-worktree
//                           changes index entries from ids; hashes no file, so no clean filter runs; would run
//                           the `post-index-change` hook: core.hooksPath=/dev/null
// None of them opens a pager (stdout is never a terminal), an editor or a connection. `core.sshCommand`,
// `core.gitProxy`, credential helpers and remote helpers need a connection; a lazy fetch in a partial clone
// would open one: GIT_NO_LAZY_FETCH, and GIT_ALLOW_PROTOCOL=none where git is too old to know it. Aliases
// cannot hide a built-in command.
const firstArguments: readonly string[] = [
  "--no-replace-objects",
  "--literal-pathspecs",
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "core.fsmonitor=false",
  "-c",
  "protocol.ext.allow=never",
  "-c",
  "core.commitGraph=false",
  // A lock that somebody else holds is waited for this many milliseconds, whatever the repository says.
  "-c",
  "core.filesRefLockTimeout=3000",
  "-c",
  "core.packedRefsTimeout=3000",
];

/** A git program that mirror may start. */
export interface Git {
  /** Absolute. The last segment may be a link, so that an upgrade of git does not break an installed gate. */
  readonly path: string;
  /** Where git keeps what a push brings until the push is accepted; only for a server's hook. */
  readonly quarantine?: { readonly objects: string; readonly alternates: string };
}

/** How one git command runs. */
export interface GitRun {
  /** Default: `/`. */
  readonly cwd?: string;
  /** Given to stdin, which is closed after it. */
  readonly input?: Uint8Array | string;
  /** A person's environment; only T4's list of it is used. Default: the gate's, with no configuration but the repository's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What a git command left. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const personVariables = [
  "HOME",
  "XDG_CONFIG_HOME",
  "GNUPGHOME",
  "GPG_TTY",
  "SSH_AUTH_SOCK",
  "SSH_ASKPASS",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "DBUS_SESSION_BUS_ADDRESS",
] as const;

/**
 * Picks from an environment what a person's command may have of it (TRUST T4), and PATH without its relative
 * directories.
 */
export function personEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of personVariables) {
    const value = environment[name];
    if (value !== undefined) picked[name] = value;
  }
  const path = (environment["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"));
  if (path.length > 0) picked["PATH"] = path.join(":");
  return picked;
}

/** Gives the environment git runs in: the gate's, or with a person's in it. */
export function gitEnvironment(person: GitRun["environment"]): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_GRAFT_FILE: "/dev/null",
    // Set but empty: git takes the repository for a whole one, so that a cut history shows as missing objects.
    GIT_SHALLOW_FILE: "",
    // Where nobody says who they are, a reflog entry would else look up the host's name on the network.
    EMAIL: "mirror@localhost",
  };
  const picked = person === undefined ? {} : personEnvironment(person);
  Object.assign(environment, picked);
  if (picked["HOME"] === undefined && picked["XDG_CONFIG_HOME"] === undefined) {
    environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
  }
  return environment;
}

/** Starts git for a conversation over its stdin and stdout. The caller listens for `error` and `exit`. */
export function spawnGit(git: Git, args: readonly string[], run: GitRun): ChildProcessWithoutNullStreams {
  return spawn(git.path, [...firstArguments, ...args], { ...spawnOptions(git, run), stdio: "pipe" });
}

/** Starts git so that it reads what another program writes, with nothing between them. As `spawnGit` otherwise. */
export function spawnGitBehind(
  source: Readable,
  git: Git,
  args: readonly string[],
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(git.path, [...firstArguments, ...args], {
    ...spawnOptions(git, {}),
    stdio: [source, "pipe", "pipe"],
  });
  // The child has an end of its own; were this one kept, the source would never learn that nobody reads any more.
  source.destroy();
  return child;
}

function spawnOptions(git: Git, run: GitRun): SpawnOptions {
  return {
    cwd: run.cwd ?? "/",
    env: { ...gitEnvironment(run.environment), ...quarantineOf(git) },
    windowsHide: true,
  };
}

function quarantineOf({ quarantine }: Git): Record<string, string> {
  if (quarantine === undefined) return {};
  return {
    GIT_OBJECT_DIRECTORY: quarantine.objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: quarantine.alternates,
  };
}

/** Runs git to its end. Throws `git-failed` only if it cannot be started; what its exit code means is the caller's. */
export async function runGit(git: Git, args: readonly string[], run: GitRun): Promise<GitResult> {
  const child = spawnGit(git, args, run);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A command that ends without reading its input breaks the pipe; its exit code then says what happened.
  child.stdin.on("error", (error) => {
    if (systemErrorCode(error) !== "EPIPE") child.kill();
  });
  child.stdin.end(run.input ?? "");
  const code = await exitCode(child, git, run);
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") };
}

function exitCode(child: ChildProcess, git: Git, run: GitRun): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => {
      const place = run.cwd === undefined ? "" : ` in \`${run.cwd}\``;
      reject(new MirrorError("git-failed", `cannot start \`${git.path}\`${place}`, { cause }));
    });
    child.on("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

/** Runs git and gives its stdout without the last newline. Throws `git-failed` with git's own words if it fails. */
export async function gitOutput(git: Git, args: readonly string[], run: GitRun): Promise<string> {
  const result = await runGit(git, args, run);
  if (result.code !== 0) throw gitFailure(commandOf(args), result);
  return result.stdout.toString("utf8").replace(/\n$/, "");
}

/** Gives the command among git's arguments: what comes after the options that stand before it. */
function commandOf(args: readonly string[]): string {
  const valued = ["--git-dir", "--work-tree", "-c", "-C"];
  let index = 0;
  while (args[index]?.startsWith("-")) index += valued.includes(args[index] ?? "") ? 2 : 1;
  return args[index] ?? "";
}

/** Makes the error for a git command that failed, with the first line git said. */
export function gitFailure(command: string, result: { code: number; stderr: string }): MirrorError {
  const said = firstLine(result.stderr);
  return new MirrorError("git-failed", `git ${command} failed with ${result.code}: ${said}`, {
    data: { command, code: result.code, stderr: result.stderr.slice(0, 4096) },
    hint: "`git fsck` in the repository says what is damaged",
  });
}

/** Gives the first line that git said, without `fatal: ` and `error: `. */
export function firstLine(stderr: string): string {
  const said = stderr.split("\n").filter((text) => text.trim() !== "");
  // Advice comes first and is not the cause.
  const line = said.find((text) => !/^(hint|warning): /.test(text)) ?? said[0] ?? "(git said nothing)";
  return line.replace(/^(fatal|error): /, "").trim();
}
