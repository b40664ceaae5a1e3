import { spawn } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { personEnvironment } from "../git/launch.ts";
import { isUnder } from "../model/places.ts";

/** Where a person's signing program is looked for, and what it sees. */
export interface ProgramRoom {
  /** The person's environment; T4's list of it is used, and TERM, without which pinentry shows nothing. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A directory that agents may write to: no program below it is run. Null: none. */
  readonly keepOut: string | null;
}

/** What a program left. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Finds a signing program: an absolute path, one below `~/`, or a plain name along PATH. Directories of PATH that
 * are relative, `node_modules` or below `keepOut` are passed over. Throws `no-key`, or `bad-key` for a relative path.
 */
export function findProgram(name: string, setting: string, room: ProgramRoom): string {
  const home = room.environment["HOME"];
  if (name.startsWith("/")) return name;
  if (name.startsWith("~/") && home !== undefined) return join(home, name.slice(2));
  if (name.includes("/")) {
    throw new MirrorError(
      "bad-key",
      `\`${setting}\` names \`${name}\`, expected an absolute path or a plain name`,
      { hint: `set \`git config --global ${setting}\` to one` },
    );
  }
  for (const directory of (room.environment["PATH"] ?? "").split(":")) {
    const path = isTrusted(directory, room.keepOut) ? programAt(join(directory, name)) : null;
    if (path !== null) return path;
  }
  throw new MirrorError(
    "no-key",
    `there is no \`${name}\` in PATH, with which your git set-up signs (\`${setting}\`)`,
    {
      hint: `install it, or set \`git config --global ${setting}\` to its path`,
    },
  );
}

function isTrusted(directory: string, keepOut: string | null): boolean {
  if (!directory.startsWith("/") || directory.split("/").includes("node_modules")) return false;
  return keepOut === null || !isUnder(realOrSame(directory), realOrSame(keepOut));
}

function programAt(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? path : null;
  } catch (error) {
    if (systemErrorCode(error) === null) throw error;
    return null;
  }
}

function realOrSame(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemErrorCode(error) === null) throw error;
    return path;
  }
}

/** Runs a program to its end, in `/`. Throws `signing-failed` only if it cannot be started. */
export function runProgram(
  path: string,
  args: readonly string[],
  room: ProgramRoom,
  input: Uint8Array | null,
): Promise<ProgramResult> {
  const { TERM } = room.environment;
  const env = {
    ...personEnvironment(room.environment),
    LC_ALL: "C",
    ...(TERM === undefined ? {} : { TERM }),
  };
  const child = spawn(path, args, { cwd: "/", env, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input breaks the pipe; its exit code then says what happened.
  child.stdin.on("error", (error) => {
    if (systemErrorCode(error) !== "EPIPE") child.kill();
  });
  child.stdin.end(input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        new MirrorError("signing-failed", `cannot start \`${path}\` (${systemErrorCode(cause)})`, {
          cause,
          hint: "see that it is there and may be run; your global git set-up names it, or PATH leads to it",
        }),
      ),
    );
    child.on("close", (code) => {
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString("utf8"),
      });
    });
  });
}

/** Gives the last line a program said, for a message. */
export function lastWords(result: ProgramResult): string {
  const lines = result.stderr
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("[GNUPG:]"));
  return lines.at(-1)?.trim() ?? `it ended with code ${result.code} and said nothing`;
}
