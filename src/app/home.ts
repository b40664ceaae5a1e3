import { lstatSync, mkdirSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { sha256 } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Gives MIRROR_HOME: the variable, else `$XDG_STATE_HOME/mirror`, else `~/.local/state/mirror`. Never below
 * XDG_RUNTIME_DIR, which differs between logins. Throws `usage` for a relative MIRROR_HOME.
 */
export function mirrorHome(environment: Environment): string {
  const named = environment["MIRROR_HOME"];
  if (named !== undefined && named !== "") {
    if (isAbsolute(named)) return named;
    throw new MirrorError("usage", `MIRROR_HOME is \`${named}\`, expected an absolute path`);
  }
  const state = environment["XDG_STATE_HOME"];
  const base = state !== undefined && isAbsolute(state) ? state : join(homedir(), ".local", "state");
  return join(base, "mirror");
}

/**
 * Gives the MIRROR_HOME of the login itself, from the password database and no variable: what a hook command
 * without an absolute path believes (TRUST T5).
 */
export function loginMirrorHome(): string {
  return join(userInfo().homedir, ".local", "state", "mirror");
}

/** Where the private keys lie. */
export function keysDirectory(home: string): string {
  return join(home, "keys");
}

/** Names a repository's state: SHA-256 over the git common directory's real path and the genesis id (TRUST T3). */
function repositoryId(commonDir: string, genesis: string): string {
  return sha256("mirror/repository/v1\n", commonDir, "\n", genesis, "\n");
}

/** Paths of one repository's state below MIRROR_HOME. */
export interface StatePaths {
  readonly home: string;
  /** `repos/<repo-id>/`. */
  readonly directory: string;
  readonly pin: string;
  readonly repository: string;
  readonly caches: string;
  readonly log: string;
  /** Where the sockets are: below `directory`, or a short directory of the user's own where that is too long. */
  readonly sockets: string;
  readonly control: string;
}

/** Gives the paths of the state in `directory`. */
export function statePaths(home: string, directory: string): StatePaths {
  const sockets = socketsDirectory(directory);
  return {
    home,
    directory,
    pin: join(directory, "pin.json"),
    repository: join(directory, "repository.json"),
    caches: join(directory, "caches"),
    log: join(directory, "daemon.log"),
    sockets,
    control: join(sockets, ".control"),
  };
}

/** Gives the paths of the state in `directory`, which says itself where its MIRROR_HOME is: `<home>/repos/<repo-id>`. */
export function statePathsAt(directory: string): StatePaths {
  return statePaths(dirname(dirname(directory)), directory);
}

/** Gives the paths of a repository's state. */
export function repositoryState(home: string, commonDir: string, genesis: string): StatePaths {
  return statePaths(home, join(home, "repos", repositoryId(commonDir, genesis)));
}

// The longest id is 63 characters; with `.sock` and the slash a directory must leave 69.
const longestSocketName = 69;

function socketsDirectory(directory: string): string {
  const usual = join(directory, "sockets");
  if (Buffer.byteLength(usual) + longestSocketName <= limits.socketPath) return usual;
  const name = sha256("mirror/sockets/v1\n", directory).slice(0, 16);
  return join("/tmp", `mirror-${userInfo().uid}`, name);
}

/**
 * Makes a directory that only the user may enter, and its parents where they are missing. Throws `bad-key` if
 * it is a link, somebody else's, or open to others.
 */
export function ensurePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const uid = userInfo().uid;
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new MirrorError(
      "bad-key",
      `${path} must be a directory of user ${uid} that nobody else may enter`,
      {
        hint: `run: chmod 700 '${path}' (and look who made it)`,
      },
    );
  }
}
