import { listWorkTrees } from "../git/work-trees.ts";
import type { ClientId } from "../model/call.ts";
import type { RiskReason } from "../model/risk.ts";
import { compilePolicySet } from "../policy/compile.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { type ExplainGround, type Explanation, explainCall, explainPayload, shellCall } from "./explain.ts";
import { thisMachine } from "./machine.ts";
import { openState } from "./open-state.ts";
import { placesOf } from "./places.ts";
import type { Where } from "./where.ts";

/** Explains calls one after the other, all by the policy set that was approved when it was opened. */
export interface Explainer {
  command(text: string): Explanation;
  payload(bytes: Uint8Array): Explanation;
}

/** Opens an explainer for an agent in the repository that `where` lies in; `after` is what its session did before. */
export async function explainer(
  where: Where,
  agent: string,
  client: ClientId,
  after: readonly RiskReason[],
): Promise<Explainer> {
  const state = await openState(where.directory, where.environment);
  try {
    const { set } = await approvedPolicy(state);
    const places = placesOf(state, await listWorkTrees(state.repository));
    const ground: ExplainGround = {
      agent,
      client,
      compiled: compilePolicySet(set, state.record.gate),
      places,
      world: thisMachine,
      after: [...new Set(after)].sort(),
    };
    return {
      command: (text) => explainCall(ground, shellCall(client, text, where.directory)),
      payload: (bytes) => explainPayload(ground, bytes),
    };
  } finally {
    state.close();
  }
}
