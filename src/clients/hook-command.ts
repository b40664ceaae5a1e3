/** Where a hook command finds mirror. */
export type HookPlace =
  /** Scopes `local` and `user`: absolute paths of the installed shim and of the repository's state directory. */
  | { readonly kind: "fixed"; readonly shim: string; readonly state: string }
  /** Scope `project`: no path at all; the shim comes from PATH and looks the project up (TRUST T5). */
  | { readonly kind: "from-path" };

const silent =
  "mirror: the gate did not answer, so nothing was run. A person can look with: mirror daemon status";
const missing =
  "This repository decides AI tool calls with mirror. Install it: npm install -g @mirroros/mirror, then run: mirror init";

/**
 * Gives the shell command that a client runs for one event: POSIX sh, one line. For the deciding event every
 * failure of the shim is exit code 2, which clients take for a deny; for the others a failure changes nothing.
 *
 * `client`, `agent` and `event` are ids and names of our own; paths may hold anything.
 */
export function hookCommand(
  place: HookPlace,
  hook: { client: string; agent: string; event: string; decides: boolean },
): string {
  // `$PPID` of the client's own shell is the client: what the receipt records as a claim.
  const state = place.kind === "fixed" ? shellWord(place.state) : "''";
  const call = `${hook.client} ${hook.agent} ${state} ${hook.event} "$PPID"`;
  const guarded = hook.decides ? `${call} || ${refusal(silent)}` : call;
  if (place.kind === "fixed") return `/bin/sh ${shellWord(place.shim)} ${guarded}`;
  const otherwise = hook.decides ? refusal(missing) : "exit 0";
  return `command -v mirror-hook >/dev/null 2>&1 || ${otherwise}; mirror-hook ${guarded}`;
}

/** Gives the agent that a hook command of ours speaks for; null where it names none, or another client. */
export function hookSpeaker(command: string, client: string): string | null {
  return new RegExp(`mirror-hook'? ${client} ([a-z0-9-]+) `).exec(command)?.[1] ?? null;
}

function refusal(sentence: string): string {
  return `{ echo ${shellWord(sentence)} >&2; exit 2; }`;
}

/** Quotes a text as one word of POSIX sh. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
