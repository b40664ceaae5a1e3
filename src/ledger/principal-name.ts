import type { Receipt } from "../model/receipt.ts";

/** Who acted: an agent, or a subagent of it. */
export interface Actor {
  readonly agent: string;
  readonly subagent: string | null;
}

/** Gives who acted in a receipt; null where it was the gate itself. */
export function actorOf(receipt: Receipt): Actor | null {
  switch (receipt.kind) {
    case "decision":
      return receipt.input;
    case "outcome":
    case "spend":
    case "session":
      return receipt;
    case "gap":
      return receipt.agent === null ? null : { agent: receipt.agent, subagent: null };
    case "genesis":
    case "adopt":
      return null;
  }
}

/** Writes `coder`, or `coder/general-purpose` for a subagent. */
export function principalName(actor: Actor): string {
  return actor.subagent === null ? actor.agent : `${actor.agent}/${actor.subagent}`;
}
