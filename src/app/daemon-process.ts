import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { MirrorError } from "../base/errors.ts";
import type { StatePaths } from "./home.ts";
import { packageRoot } from "./package-root.ts";

/** Milliseconds the daemon has to come up; below the client's own time-out. */
const startDeadline = 10_000;

/**
 * Starts the daemon of a repository and waits until it listens for `agent` (null: until it listens at all).
 * Starting it twice is harmless: only the one that gets the ledger's lock stays. Throws `gate-unreachable`,
 * with the end of the daemon's log, if it does not come up, and `unknown-agent` if it came up without `agent`.
 */
export async function startDaemon(paths: StatePaths, agent: string | null): Promise<void> {
  const log = openSync(paths.log, "a", 0o600);
  const logged = fstatSync(log).size;
  let exit: string | null = null;
  const child = spawn(
    process.execPath,
    [`${packageRoot()}/dist/bin/mirror.mjs`, "daemon", "serve", paths.directory],
    {
      detached: true,
      stdio: ["ignore", log, log],
      cwd: paths.directory,
      env: daemonEnvironment(),
    },
  );
  closeSync(log);
  child.on("error", (error) => {
    exit = error.message;
  });
  child.on("exit", (code, signal) => {
    exit = `it ended with ${signal ?? `code ${code}`}`;
  });
  const until = Date.now() + startDeadline;
  while (Date.now() < until) {
    if (await listens(paths.control)) {
      child.unref();
      if (agent === null || (await listens(`${paths.sockets}/${agent}.sock`))) return;
      throw new MirrorError("unknown-agent", `no binding for \`${agent}\` is approved in this repository`, {
        hint: `run \`mirror agent add ${agent} --client claude-code\``,
      });
    }
    // Another daemon may have won the race for the lock; then ours ends well and the other comes up.
    if (exit !== null && exit !== "it ended with code 0") break;
    await sleep(5);
  }
  child.unref();
  throw new MirrorError(
    "gate-unreachable",
    `the gate did not start: ${lastWords(paths.log, logged) ?? exit ?? "it took too long"}`,
    { hint: `see also ${paths.log}` },
  );
}

/** Gives what a daemon that did not come up said last: one line of its log, written since `from`. */
function lastWords(log: string, from: number): string | null {
  const said = readFileSync(log).subarray(from).toString("utf8").trim();
  return said === "" ? null : (said.split("\n").at(-1) ?? null);
}

/** Tells whether somebody listens on a socket. */
export function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
  });
}

/** What the daemon sees of the environment: nothing that a project's settings could steer it with. */
function daemonEnvironment(): Record<string, string> {
  return { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", HOME: "/nonexistent" };
}
