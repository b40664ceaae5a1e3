import type { Effect } from "../model/effect.ts";
import { combineRisks } from "../model/risk.ts";
import { risk } from "./path-risk.ts";
import { isLocalHost } from "./urls.ts";

/**
 * Raises what the effects of one call mean together: a secret that is read and a connection that is made, in whichever
 * order and by whichever command, may be the secret leaving. Only this machine's own address is let off.
 */
export function assessFlow(effects: readonly Effect[]): Effect[] {
  const readsSecret = effects.some(
    (effect) => effect.risk.reasons.includes("reads-secret") && effect.action !== "net.connect",
  );
  if (!readsSecret) return [...effects];
  return effects.map((effect) => {
    if (effect.action !== "net.connect" || effect.resource.kind !== "host") return effect;
    const { host } = effect.resource;
    if (host !== null && isLocalHost(host)) return effect;
    return {
      ...effect,
      risk: combineRisks([effect.risk, risk("critical", "leaves-machine", "reads-secret")]),
    };
  });
}
