import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { MirrorError } from "../base/errors.ts";
import { listens, startDaemon } from "./daemon-process.ts";
import type { StatePaths } from "./home.ts";
import { openState } from "./open-state.ts";
import type { Where } from "./where.ts";

/** What a running daemon says of itself. */
export interface DaemonStatus {
  readonly pid: number;
  /** Agents it listens for. */
  readonly agents: readonly string[];
}

/** Milliseconds the daemon has to answer a control request, folding included. */
const controlDeadline = 30_000;

/** Starts the daemon of this repository if it is not running. */
export async function startDaemonHere(where: Where): Promise<DaemonStatus> {
  return await withPaths(where, async (paths) => {
    if (!(await listens(paths.control))) await startDaemon(paths, null);
    const status = await daemonStatusAt(paths);
    if (status !== null) return status;
    throw new MirrorError("gate-unreachable", "the daemon stopped right after it had started", {
      hint: `look at ${paths.log}`,
    });
  });
}

/** Stops the daemon and waits until everything is folded. False if it was not running. */
export async function stopDaemon(where: Where): Promise<boolean> {
  return await withPaths(where, stopDaemonAt);
}

/** Stops the daemon with these paths, as `stopDaemon` does. */
export async function stopDaemonAt(paths: StatePaths): Promise<boolean> {
  const status = await daemonStatusAt(paths);
  if (status === null) return false;
  await control(paths, "POST", "/v1/stop");
  const until = Date.now() + controlDeadline;
  while (isAlive(status.pid)) {
    if (Date.now() > until) {
      throw new MirrorError("gate-unreachable", `the daemon (process ${status.pid}) does not stop`, {
        hint: `look at ${paths.log}`,
      });
    }
    await sleep(5);
  }
  return true;
}

/** Gives the running daemon's status; null if none runs. */
export async function daemonStatus(where: Where): Promise<DaemonStatus | null> {
  return await withPaths(where, daemonStatusAt);
}

/**
 * Lets a running daemon look at the policy set and fold its journal. False if none runs: then nothing is in its
 * way, and the next one does both by itself.
 */
export async function refreshDaemon(paths: StatePaths): Promise<boolean> {
  if (!(await listens(paths.control))) return false;
  await control(paths, "POST", "/v1/fold");
  return true;
}

async function withPaths<T>(where: Where, use: (paths: StatePaths) => Promise<T>): Promise<T> {
  const state = await openState(where.directory, where.environment);
  try {
    return await use(state.paths);
  } finally {
    state.close();
  }
}

/** Gives the status of the daemon with these paths; null if none runs. */
export async function daemonStatusAt(paths: StatePaths): Promise<DaemonStatus | null> {
  if (!(await listens(paths.control))) return null;
  const value: unknown = JSON.parse(await control(paths, "GET", "/v1/status"));
  if (typeof value === "object" && value !== null && "pid" in value && "agents" in value) {
    const { pid, agents } = value;
    if (typeof pid === "number" && Array.isArray(agents)) return { pid, agents: agents.map(String) };
  }
  throw new MirrorError("gate-unreachable", `the daemon answers on ${paths.control} with something else`);
}

function control(paths: StatePaths, method: "GET" | "POST", path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error): void =>
      reject(
        new MirrorError(
          "gate-unreachable",
          `the daemon does not answer on ${paths.control}: ${cause.message}`,
          { cause },
        ),
      );
    const sent = request({
      socketPath: paths.control,
      method,
      path,
      agent: false,
      signal: AbortSignal.timeout(controlDeadline),
    });
    sent.on("error", unreachable);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", unreachable);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode === 200) resolve(text);
        else unreachable(new Error(text === "" ? `status ${response.statusCode}` : text));
      });
    });
    sent.end();
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
