import { canonicalJson } from "../base/canonical-json.ts";
import { sha256Tag } from "../base/digest.ts";
import type { ToolCall } from "../model/call.ts";
import type { DecisionInput } from "../model/decision.ts";

// A client's id for a call is only what it says, and the commitment covers the tool's input alone. The same words to another
// tool, in another directory or from another agent are another call: what was answered to the one says nothing of it.

/** Names all that a client says of a call besides its input. Raw: it is never stored. */
export function saidOf(agent: string, { client, tool, cwd, subagent, unattended }: ToolCall): string {
  return sha256Tag("mirror/said/v1\n", canonicalJson([agent, client, tool, cwd, subagent, unattended]));
}

/** Names what was decided on, as the receipt holds it. */
export function decidedOn({ agent, subagent, client, tool, analysis }: DecisionInput): string {
  return sha256Tag("mirror/decided-on/v1\n", canonicalJson([agent, subagent, client, tool, analysis]));
}
