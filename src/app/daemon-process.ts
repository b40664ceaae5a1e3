import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { connect } from "node:net";
import { MirrorError } from "../base/errors.ts";
import type { StatePaths } from "./home.ts";
import { packageRoot } from "./package-root.ts";

/**
 * Starts the daemon of a repository and waits until it listens for `agent` (null: until it listens at all).
 * Starting it twice is harmless: only the one that gets the ledger's lock stays. Throws `gate-unreachable` with what
 * the daemon says where it does not come up.
 */
export async function startDaemon(paths: StatePaths, agent: string | null): Promise<void> {
  const log = openSync(paths.log, "a", 0o600);
  const program = `${packageRoot()}/dist/bin/mirror-daemon.cjs`;
  const child = spawn(process.execPath, [program, paths.directory, ...(agent === null ? [] : [agent])], {
    detached: true,
    stdio: ["ignore", "pipe", log],
    cwd: paths.directory,
    env: daemonEnvironment(),
  });
  closeSync(log);
  const said = await wholeOutput(child);
  child.unref();
  if (said === "ready\n") return;
  const refused = /^refused (.*)\n$/.exec(said)?.[1];
  const why = refused === undefined ? "the gate did not start" : String(JSON.parse(`"${refused}"`));
  throw new MirrorError("gate-unreachable", why, { hint: `see also ${paths.log}` });
}

/** Gives all that the daemon writes to stdout: it ends that when it has said its word, or dies. */
function wholeOutput(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (piece: string) => {
      said += piece;
    });
    child.stdout?.on("end", () => resolve(said));
    child.on("error", (error) => resolve(`refused ${JSON.stringify(error.message).slice(1, -1)}\n`));
  });
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
