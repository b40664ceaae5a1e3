import { formatTime } from "../base/clock.ts";
import type { HeldGrants, HeldTopUp } from "../gate/grants.ts";
import { grantRules } from "../policy/grants.ts";
import { askDaemon } from "./daemon-control.ts";
import { topUpSummary } from "./log-entry.ts";
import type { OpenState } from "./open-state.ts";
import { recallGrants } from "./recent-grants.ts";

/** A grant that holds. Its JSON is a contract with other programs. */
export interface GrantView {
  /** The number of the receipt that gave it. */
  readonly id: number;
  readonly agent: string;
  readonly subagent: string | null;
  /** Null: in any session. */
  readonly session: string | null;
  /** What it allows: as rules, or how much more of which budget. */
  readonly allows: readonly string[];
  readonly until: string;
}

/** Gives what was granted as the gate knows it; null where none runs. */
export async function grantsOfGate({ paths }: Pick<OpenState, "paths">): Promise<HeldGrants | null> {
  const answer = await askDaemon(paths, "GET", "/v1/grants");
  return answer?.status === 200 ? (JSON.parse(answer.body) as HeldGrants) : null;
}

/**
 * Gives what was granted that holds under a policy set: what the gate knows; null: it is read back, of a state that is open
 * and folded.
 */
export async function grantsUnder(
  state: OpenState,
  lineage: string,
  known: HeldGrants | null,
): Promise<HeldGrants> {
  const held = known ?? (await recallGrants(state, Date.now()));
  return {
    grants: held.grants.filter((grant) => grant.lineage === lineage),
    topUps: held.topUps.filter((topUp) => topUp.lineage === lineage),
  };
}

/** Gives grants as they are shown. */
export function viewsOf({ grants, topUps }: HeldGrants): readonly GrantView[] {
  return [
    ...grants.map(({ seq, agent, subagent, session, effects, until }) => ({
      ...{ id: seq, agent, subagent, session, allows: grantRules(effects), until: formatTime(until) },
    })),
    ...topUps.map((topUp: HeldTopUp) => ({
      ...{ id: topUp.seq, agent: topUp.agent, subagent: null, session: null },
      ...{ allows: [topUpSummary(topUp)], until: formatTime(topUp.until) },
    })),
  ];
}

/** An ask that waits, by the number of its receipt; in milliseconds since when and until when. */
export interface OpenAsk {
  readonly seq: number;
  readonly since: number;
  readonly until: number;
}

/** What waits: nothing where no gate runs, since a call that waits starts one. */
export async function openAsks({ paths }: Pick<OpenState, "paths">): Promise<readonly OpenAsk[]> {
  const answer = await askDaemon(paths, "GET", "/v1/asks");
  return answer === null || answer.status !== 200 ? [] : (JSON.parse(answer.body) as OpenAsk[]);
}
