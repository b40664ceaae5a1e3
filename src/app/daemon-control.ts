import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { isRunning, writerOf } from "../ledger/writer-lock.ts";
import { listens, startDaemon } from "./daemon-process.ts";
import type { StatePaths } from "./home.ts";
import { openState } from "./open-state.ts";
import { askSocket, type SocketAnswer } from "./socket-request.ts";
import type { Where } from "./where.ts";

/** What a running daemon says of itself. */
export interface DaemonStatus {
  readonly pid: number;
  /** Agents it listens for. */
  readonly agents: readonly string[];
  /** Address of its model bus; null where that does not run. */
  readonly bus: string | null;
}

/** Milliseconds the daemon has to answer a control request, folding included. */
const controlDeadline = 30_000;

/** Milliseconds after which a daemon that does not even take the word to stop counts as hung. */
const hungDeadline = 3_000;

/** Starts the daemon of this repository if it is not running. */
export async function startDaemonHere(where: Where): Promise<DaemonStatus> {
  return await withPaths(where, async (paths) => {
    await startDaemonAt(paths);
    const status = await daemonStatusAt(paths);
    if (status !== null) return status;
    throw stoppedAtOnce(paths);
  });
}

/** The error where a daemon that had to run, and was started where it did not, does not. */
export function stoppedAtOnce({ log }: StatePaths): MirrorError {
  return new MirrorError("gate-unreachable", "the daemon stopped right after it had started", {
    hint: `look at ${log}`,
  });
}

/** Starts the daemon with these paths if it is not running. */
export async function startDaemonAt(paths: StatePaths): Promise<void> {
  if (!(await listens(paths.control))) await startDaemon(paths, null);
}

/** Stops the daemon and waits until everything is folded. False if it was not running. */
export async function stopDaemon(where: Where): Promise<boolean> {
  return await withPaths(where, stopDaemonAt);
}

/**
 * Stops the daemon with these paths, as `stopDaemon` does. One that answers nothing is killed: what it was answered on
 * is in its journal, and the next one goes on from there.
 */
export async function stopDaemonAt(paths: StatePaths): Promise<boolean> {
  const pid = writerOf(join(paths.directory, "writer"));
  const asked = await askToStop(paths);
  if (pid === null) return asked;
  if (asked && (await ends(pid, controlDeadline))) return true;
  // A command that folds holds the ledger, too, for a moment and without a socket: it is not ours to kill.
  if (!asked && (await ends(pid, hungDeadline))) return false;
  // A stopped or stuck daemon's socket takes connections, and nothing comes back.
  if (!(await listens(paths.control))) {
    throw new MirrorError("gate-unreachable", `process ${pid} writes this ledger and is not the daemon`, {
      hint: "wait until it is done",
    });
  }
  process.kill(pid, "SIGKILL");
  await ends(pid, controlDeadline);
  return true;
}

/** Asks the daemon to stop; false if none listens, or it does not answer. */
async function askToStop(paths: StatePaths): Promise<boolean> {
  try {
    return (await control(paths, "POST", "/v1/stop", { deadline: hungDeadline })) !== null;
  } catch (error) {
    if (!isMirrorError(error, "gate-unreachable")) throw error;
    return false;
  }
}

/** Waits until a process has ended; false if it has not by then. */
async function ends(pid: number, deadline: number): Promise<boolean> {
  for (const until = Date.now() + deadline; isRunning(pid); await sleep(5)) {
    if (Date.now() > until) return false;
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
  return (await control(paths, "POST", "/v1/fold")) !== null;
}

/** Lets a running daemon bring the inputs that wait into git; where none runs, none wait. */
export async function writeWaitingInputs(paths: StatePaths): Promise<void> {
  await control(paths, "POST", "/v1/inputs");
}

/** What a request to the daemon carries, and the milliseconds after which it is given up. */
interface DaemonRequest {
  readonly deadline?: number;
  readonly body?: string | null;
}

/** Sends a request to a running daemon's control socket; null where none runs. Throws `gate-unreachable`. */
export async function askDaemon(
  paths: StatePaths,
  method: "GET" | "POST",
  path: string,
  { deadline = controlDeadline, body = null }: DaemonRequest = {},
): Promise<SocketAnswer | null> {
  const sent = body === null ? {} : { body: Buffer.from(body, "utf8") };
  try {
    return await askSocket({ socket: paths.control, method, path, ...sent, deadline });
  } catch (cause) {
    if (!isMirrorError(cause, "gate-unreachable")) throw cause;
    if (cause.data["absent"] === true) return null;
    throw unreachable(cause.message, cause);
  }
}

/** Makes a control request of a running daemon and gives its answer; null where none runs. Throws `gate-unreachable`. */
export async function control(
  paths: StatePaths,
  method: "GET" | "POST",
  path: string,
  request: DaemonRequest = {},
): Promise<string | null> {
  const answer = await askDaemon(paths, method, path, request);
  if (answer === null || answer.status === 200) return answer?.body ?? null;
  const said = answer.body === "" ? `status ${answer.status}` : answer.body;
  throw unreachable(`the daemon refuses on ${paths.control}: ${said}`);
}

function unreachable(message: string, cause?: unknown): MirrorError {
  const hint = "run `mirror daemon stop`; the next call starts it again";
  return new MirrorError("gate-unreachable", message, { cause, hint });
}

/**
 * Has the gate take what a person signed or decided. Throws `consent-refused` where it does not count, `gate-unreachable`
 * where no gate runs.
 */
export async function mustTake(paths: StatePaths, path: string, body: string | null): Promise<string> {
  const answer = await askDaemon(paths, "POST", path, { body });
  if (answer === null) {
    throw new MirrorError("gate-unreachable", "no gate runs, so no call waits and nothing can be told", {
      hint: "run `mirror daemon start`",
    });
  }
  if (answer.status === 200) return answer.body;
  throw new MirrorError("consent-refused", answer.body, {
    hint: "see what waits and what holds: `mirror approvals list`, `mirror grants list`",
  });
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
  const said = await control(paths, "GET", "/v1/status");
  if (said === null) return null;
  const value: unknown = JSON.parse(said);
  if (typeof value === "object" && value !== null && "pid" in value && "agents" in value) {
    const { pid, agents } = value;
    const bus = "bus" in value && typeof value.bus === "string" ? value.bus : null;
    if (typeof pid === "number" && Array.isArray(agents)) return { pid, agents: agents.map(String), bus };
  }
  throw new MirrorError("gate-unreachable", `the daemon answers on ${paths.control} with something else`);
}
