import { MirrorError } from "../base/errors.ts";
import { mustBeBound } from "./agents.ts";
import { approvedPolicy } from "./approved-policy.ts";
import type { BusSessionStart, BusStatus } from "./bus-host.ts";
import { gatherKeys } from "./bus-keys.ts";
import { control, stoppedAtOnce } from "./daemon-control.ts";
import { listens, startDaemon } from "./daemon-process.ts";
import { type OpenState, openState } from "./open-state.ts";
import type { Where } from "./where.ts";

/** The settings that point clients at the bus, for one session of an agent. Its JSON is a contract with other programs. */
export interface BusEnvironment {
  readonly agent: string;
  readonly session: string;
  readonly token: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that must not be set, or a client would take a key past the bus. */
  readonly unset: readonly string[];
}

/** Starts the model bus in the daemon, or gives a running one the keys that are found now. Throws `no-key`. */
export async function startBus(where: Where): Promise<BusStatus> {
  return await withState(where, (state) => start(state, where));
}

/** Gives how the model bus stands; null where it does not run. */
export async function busStatus(where: Where): Promise<BusStatus | null> {
  return await withState(where, statusAt);
}

/** Stops the model bus: its sessions end. False if it did not run. */
export async function stopBus(where: Where): Promise<boolean> {
  return await withState(where, async ({ paths }) => {
    const said = await control(paths, "POST", "/v1/bus/stop");
    return said !== null && JSON.parse(said).stopped === true;
  });
}

/** Begins a session of an agent on the model bus, which is started where it does not run. Throws `unknown-agent`, `usage`. */
export async function beginBusSession(where: Where, agent: string): Promise<BusEnvironment> {
  return await withState(where, async (state) => {
    const { usage } = mustBeBound((await approvedPolicy(state)).set, agent);
    if (usage === "transcript")
      throw new MirrorError(
        "usage",
        `what the model calls of ${agent} take is read in its client's transcripts (\`usage: transcript\` in its binding); through the bus it would be counted twice`,
        { hint: "take `usage` out of its binding, by a policy change, to meter it at the bus" },
      );
    if ((await statusAt(state)) === null) await start(state, where);
    return environmentOf((await mustSay(state, "/v1/bus/session", { agent })) as BusSessionStart);
  });
}

async function start(state: OpenState, where: Where): Promise<BusStatus> {
  const keys = gatherKeys(state.home, where.environment);
  if (!(await listens(state.paths.control))) await startDaemon(state.paths, null);
  const { bus } = (await mustSay(state, "/v1/bus/start", { keys })) as { readonly bus: BusStatus | null };
  if (bus === null)
    throw new MirrorError("gate-unreachable", "the model bus stopped right after it had started");
  return bus;
}

async function statusAt({ paths }: OpenState): Promise<BusStatus | null> {
  const said = await control(paths, "GET", "/v1/bus");
  return said === null ? null : JSON.parse(said).bus;
}

/** Has the daemon do something. Throws `gate-unreachable`. */
async function mustSay({ paths }: OpenState, path: string, body: object): Promise<unknown> {
  const said = await control(paths, "POST", path, { body: JSON.stringify(body) });
  if (said === null) throw stoppedAtOnce(paths);
  return JSON.parse(said);
}

function environmentOf({ agent, session, token, addresses }: BusSessionStart): BusEnvironment {
  return {
    agent,
    session,
    token,
    environment: {
      ANTHROPIC_BASE_URL: addresses.anthropic,
      // In the other variable Claude Code asks a person whether the key may be used, for each session anew.
      ANTHROPIC_AUTH_TOKEN: token,
      OPENAI_BASE_URL: addresses.openai,
      OPENAI_API_KEY: token,
      GOOGLE_GEMINI_BASE_URL: addresses.gemini,
      GEMINI_API_KEY: token,
    },
    unset: ["ANTHROPIC_API_KEY", "GOOGLE_API_KEY"],
  };
}

async function withState<T>(where: Where, use: (state: OpenState) => Promise<T>): Promise<T> {
  const state = await openState(where.directory, where.environment);
  try {
    return await use(state);
  } finally {
    state.close();
  }
}
