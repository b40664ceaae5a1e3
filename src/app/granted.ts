import { randomBytes } from "node:crypto";
import { formatTime } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import { counted, windowLabel, windowSpan } from "../model/budget.ts";
import { topUpLength } from "../model/consent.ts";
import { heldBudgets } from "../model/held-budgets.ts";
import { topUpText } from "../trust/top-up.ts";
import { mustBeBound } from "./agents.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { mustTake, startDaemonAt } from "./daemon-control.ts";
import { withFoldedState } from "./folded-state.ts";
import { type GrantView, grantsOfGate, grantsUnder, viewsOf } from "./live-grants.ts";
import { topUpSummary } from "./log-entry.ts";
import type { Prompts } from "./owner.ts";
import { findReviewer } from "./policy/reviewer.ts";
import type { Where } from "./where.ts";

/** Gives the grants that hold. */
export async function liveGrants(where: Where): Promise<readonly GrantView[]> {
  return await withFoldedState(where, async (state) => {
    const { lineage } = (await approvedPolicy(state)).lineage;
    return viewsOf(await grantsUnder(state, lineage, await grantsOfGate(state)));
  });
}

/** Takes a grant back. Throws `consent-refused` where it does not hold, `gate-unreachable` where no gate runs. */
export async function revokeGrant(where: Where, id: number): Promise<void> {
  await withFoldedState(where, (state) => mustTake(state.paths, `/v1/grants/revoke/${id}`, null));
}

/** What `mirror grants add` did. */
export interface AddedGrant {
  readonly receipt: number;
  readonly by: string;
  /** How much more of which budget. */
  readonly allows: string;
  readonly until: string;
}

/**
 * Lets an agent use more of a budget than its limit, in the window that is running, signed with the person's key. `amount`
 * is in the budget's unit. Throws `usage`, `unknown-agent`, `no-key`, `consent-refused`.
 */
export async function addToBudget(
  where: Where,
  wanted: { readonly agent: string; readonly budget: string; readonly amount: number },
  as: string | null,
  prompts: Prompts,
): Promise<AddedGrant> {
  return await withFoldedState(where, async (state) => {
    const { agent, amount } = wanted;
    const approved = await approvedPolicy(state);
    mustBeBound(approved.set, agent);
    const held = heldBudgets(approved.set, agent, state.record.gate);
    const budget = held.find(({ id }) => id === wanted.budget);
    if (budget === undefined) {
      const names = held.map(({ id }) => id).join(", ");
      throw new MirrorError("usage", `${agent} has no budget \`${wanted.budget}\``, {
        hint: names === "" ? "see `mirror budget`" : `it has ${names}`,
      });
    }
    const { unit } = budget;
    const more = counted(unit, amount);
    if (!Number.isSafeInteger(more) || more < 1)
      throw new MirrorError("usage", `found the amount ${amount}, expected more than nothing of ${unit}`);
    const { id: by, signer } = await findReviewer(state, where, approved, prompts, as);
    const now = Date.now();
    const { genesis, lineage } = approved.lineage;
    const window = windowLabel(budget.window, now);
    const notAfter = formatTime(windowSpan(budget.window, now)?.end ?? now + topUpLength);
    const text = topUpText({
      ...{
        genesis,
        lineage,
        gate: state.record.gate,
        agent,
        budget: budget.id,
        unit,
        window,
        more,
        notAfter,
      },
      nonce: randomBytes(16).toString("hex"),
    });
    const signature = await signer.sign(Buffer.from(text, "utf8"));
    // An agent that has used up its budget may have been quiet for long.
    await startDaemonAt(state.paths);
    const { seq } = JSON.parse(await mustTake(state.paths, "/v1/grants/add", `${text}\0${signature}`)) as {
      seq: number;
    };
    return {
      receipt: seq,
      by,
      allows: topUpSummary({ budget: budget.id, unit, window, more }),
      until: notAfter,
    };
  });
}
