import { isId } from "../model/id.ts";

/** Who makes a call. */
export interface Principal {
  readonly agent: string;
  /** The subagent's type as an id; null for the agent itself. */
  readonly subagent: string | null;
}

/**
 * Names the principal of a call: the agent from the socket, the subagent's type from the client. A type that is
 * no id becomes `unknown` (TRUST R5).
 */
export function principalOf(agent: string, subagentType: string | null): Principal {
  if (subagentType === null) return { agent, subagent: null };
  return { agent, subagent: isId(subagentType) ? subagentType : "unknown" };
}
