import type { Analysis } from "./effect.ts";
import { combineRisks, type RiskReason, riskReasons } from "./risk.ts";

/** Whose calls they are: an agent's, its subagents counted in, in one session of its client. */
export interface SessionOf {
  readonly agent: string;
  readonly session: string;
}

/** How long what a call did counts, in milliseconds: a week. */
export const longestPast: number = 7 * 24 * 3_600_000;

/** Sessions that are remembered; the one that did nothing for the longest time goes first. Clients choose them. */
const mostSessions = 50_000;

/**
 * What was let through in each session: the risk reasons of its calls, and when a call last had each (milliseconds). Whoever
 * is to be on the safe side takes it that a session which was dropped, to make room, had done everything.
 */
export class SessionRisks {
  readonly #dropped: "did-everything" | "did-nothing";
  readonly #most: number;
  readonly #sessions = new Map<string, Map<RiskReason, number>>();
  /** When something that was dropped was last done. */
  #lostUpTo = Number.NEGATIVE_INFINITY;

  constructor(dropped: "did-everything" | "did-nothing", most: number = mostSessions) {
    this.#dropped = dropped;
    this.#most = most;
  }

  /** Remembers a call that was let through. */
  add(who: SessionOf, { effects, risk }: Analysis, time: number): void {
    const { reasons } = combineRisks([risk, ...effects.map((effect) => effect.risk)]);
    this.#put(
      keyOf(who),
      reasons.map((reason) => [reason, time] as const),
    );
  }

  /** Gives the reasons that calls of the session had at that time or later, sorted. */
  since(who: SessionOf, time: number): readonly RiskReason[] {
    const known = this.#sessions.get(keyOf(who));
    if (known === undefined) return this.#isLost(time) ? riskReasons : [];
    return [...known].flatMap(([reason, last]) => (last >= time ? [reason] : [])).sort();
  }

  /** Takes over what another knows. */
  include(other: SessionRisks): void {
    for (const [key, reasons] of other.#sessions) this.#put(key, reasons);
    this.#lostUpTo = Math.max(this.#lostUpTo, other.#lostUpTo);
  }

  #put(key: string, reasons: Iterable<readonly [RiskReason, number]>): void {
    const known = this.#sessions.get(key) ?? this.#begun();
    for (const [reason, time] of reasons) known.set(reason, Math.max(time, known.get(reason) ?? time));
    // A session that did nothing of the kind is none to remember.
    if (known.size === 0) return;
    this.#sessions.delete(key);
    this.#sessions.set(key, known);
    for (const [oldest, lost] of this.#sessions) {
      if (this.#sessions.size <= this.#most) return;
      this.#sessions.delete(oldest);
      this.#lostUpTo = Math.max(this.#lostUpTo, ...lost.values());
    }
  }

  /** A session that is not known may be one that was dropped. */
  #begun(): Map<RiskReason, number> {
    const isLost = this.#isLost(Number.NEGATIVE_INFINITY);
    return new Map(isLost ? riskReasons.map((reason) => [reason, this.#lostUpTo]) : []);
  }

  #isLost(time: number): boolean {
    return this.#dropped === "did-everything" && this.#lostUpTo >= time && this.#lostUpTo > -Infinity;
  }
}

function keyOf({ agent, session }: SessionOf): string {
  return `${agent} ${session}`;
}
