import { randomBytes } from "node:crypto";
import { startDaemon } from "../app/daemon-process.ts";
import type { StatePaths } from "../app/home.ts";
import { askSocket } from "../app/socket-request.ts";
import { errorText, isMirrorError, MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { dialect } from "../clients/dialect.ts";

/** Milliseconds for an answer once the daemon is there; below the client's own time-out. */
const answerDeadline = 20_000;

/** Milliseconds a call waits for a signer at most: the gate gives up earlier, the client later. */
const longestWaiting = 330_000;

/** How often a gate that dies over a call is asked. */
const mostAttempts = 20;

/** A hook event that the shim could not deliver by itself. */
export interface HookCall {
  readonly client: string;
  readonly agent: string;
  /** The event the hook is installed for; empty if not known. */
  readonly event: string;
  /** Where the repository's state is; null where the directory is bound to none, with why. */
  readonly state: StatePaths | { readonly refusal: string };
  readonly body: Uint8Array;
  /** The client's process, as the hook command claims; empty if it does not. */
  readonly parentPid: string;
}

/**
 * Does what the shim does, in Node: asks the daemon, starts it where it is not running, and gives the text for
 * the client. Never throws: every failure is a deny in the client's dialect.
 */
export async function runHook(call: HookCall): Promise<string> {
  try {
    if ("refusal" in call.state) return deny(call, call.state.refusal);
    return await deliver(call, call.state);
  } catch (error) {
    const hint = isMirrorError(error) && error.hint !== null ? error.hint : "run `mirror daemon status`";
    return deny(call, `${errorText(error)}; ${hint}`);
  }
}

/** Gives the deny, where the event asks for a decision. */
function deny(call: HookCall, why: string): string {
  const speak = dialect(call.client);
  const decides = call.event === "" || call.event === speak.decidingEvent;
  return decides ? speak.encodeDecision("deny", printable(`mirror: ${why}`)) : speak.encodeNothing();
}

async function deliver(call: HookCall, state: StatePaths): Promise<string> {
  const until = Date.now() + longestWaiting;
  let failures = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await ask(call, state, attempt);
      if (answer !== null) return answer;
      if (Date.now() > until) return deny(call, "nobody answered in time");
      continue;
    } catch (error) {
      // Not there, or it died while it worked: then it is started and asked again.
      if (!isMirrorError(error, "gate-unreachable") || error.data["hung"] === true) throw error;
      failures += 1;
      if (failures === mostAttempts || Date.now() > until) throw error;
    }
    await startDaemon(state, call.agent);
  }
}

/** Asks the gate once; null: a signer is asked, and the call is to be sent again. */
async function ask(call: HookCall, state: StatePaths, attempt: number): Promise<string | null> {
  const nonce = randomBytes(16).toString("hex");
  const { status, body: text } = await askSocket({
    socket: `${state.sockets}/${call.agent}.sock`,
    method: "POST",
    path: `/v1/hook/${call.client}`,
    headers: {
      "content-type": "application/json",
      "x-mirror-nonce": nonce,
      "x-mirror-parent": call.parentPid,
      "x-mirror-event": call.event,
      "x-mirror-attempt": String(attempt),
    },
    body: call.body,
    deadline: answerDeadline,
  });
  const ending = `\n${nonce}\n`;
  if (status === 202 && text === ending) return null;
  if (status !== 200) {
    throw new MirrorError("gate-unreachable", `the gate answered with status ${status}`);
  }
  if (text.endsWith(ending)) return text.slice(0, -ending.length);
  return deny(call, "the gate's answer was not complete");
}
