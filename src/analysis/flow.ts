import type { Effect } from "../model/effect.ts";
import { combineRisks } from "../model/risk.ts";
import { risk } from "./path-risk.ts";
import { isLocalHost } from "./urls.ts";

/** What shows a secret, and could hand it to a connection of `command`: a file, or another command. */
function mayReach(effect: Effect, command: number | null): boolean {
  if (!effect.risk.reasons.includes("reads-secret") || effect.action === "net.connect") return false;
  // A command line that asks its own service for a secret connects in order to get it, not to give it away.
  return effect.action !== "shell.exec" || effect.command !== command;
}

/**
 * Raises what the effects of one call mean together: a secret that is read and a connection that is made, in whichever
 * order and by whichever command, may be the secret leaving. Only this machine's own address is let off.
 */
export function assessFlow(effects: readonly Effect[]): Effect[] {
  return effects.map((effect) => {
    if (effect.action !== "net.connect" || effect.resource.kind !== "host") return effect;
    const { host } = effect.resource;
    if (host !== null && isLocalHost(host)) return effect;
    if (!effects.some((other) => mayReach(other, effect.command))) return effect;
    return {
      ...effect,
      risk: combineRisks([effect.risk, risk("critical", "leaves-machine", "reads-secret")]),
    };
  });
}
