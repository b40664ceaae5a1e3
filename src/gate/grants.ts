import type { Principal } from "../agents/principal.ts";
import type { Clock } from "../base/clock.ts";
import type { Spend } from "../model/budget.ts";
import type { Grant, GrantedEffect } from "../model/consent.ts";
import type { Analysis } from "../model/effect.ts";
import { poolOf } from "../model/held-budgets.ts";
import type { GivenTopUp } from "../model/receipt.ts";
import { coveringGrant } from "../policy/grants.ts";

/** A grant that holds, or did when it was given. */
export interface HeldGrant {
  /** The approval's receipt. */
  readonly seq: number;
  readonly agent: string;
  readonly subagent: string | null;
  /** Null: in any session. */
  readonly session: string | null;
  readonly effects: readonly GrantedEffect[];
  /** Of the policy set it was given under: it ends with it. */
  readonly lineage: string;
  /** Milliseconds. */
  readonly until: number;
}

/** More of a budget than its limit, that holds or did when it was given. */
export interface HeldTopUp extends Omit<GivenTopUp, "until"> {
  /** Its receipt. */
  readonly seq: number;
  readonly agent: string;
  /** Of the policy set it was given under. */
  readonly lineage: string;
  /** Milliseconds. */
  readonly until: number;
  /** Of the text that was signed. */
  readonly nonce: string;
}

/** What people granted. */
export interface HeldGrants {
  readonly grants: readonly HeldGrant[];
  readonly topUps: readonly HeldTopUp[];
}

/** The same as read back, with what was taken back before its end. */
export interface RecalledGrants extends HeldGrants {
  readonly takenBack: readonly HeldTopUp[];
}

/** The grants that hold, read back from the ledger once when they are first asked for. */
export class GrantBook {
  readonly #clock: Clock;
  readonly #recall: () => Promise<RecalledGrants>;
  readonly #grants = new Map<number, HeldGrant>();
  readonly #topUps = new Map<number, HeldTopUp>();
  readonly #revoked = new Set<number>();
  /** Nonces of texts that gave more of a budget, also of those taken back. */
  readonly #used = new Set<string>();
  #recalled: Promise<void> | null = null;
  #isOpen = false;

  constructor(clock: Clock, recall: () => Promise<RecalledGrants>) {
    this.#clock = clock;
    this.#recall = recall;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Reads back what was granted before this gate was started. Throws what the recall throws; tried again next time. */
  open(): Promise<void> {
    this.#recalled ??= this.#recallAll().catch((error: unknown) => {
      this.#recalled = null;
      throw error;
    });
    return this.#recalled;
  }

  given(grant: HeldGrant): void {
    this.#grants.set(grant.seq, grant);
  }

  /** Uses up a signed text by its nonce; false where it was used before. */
  useOnce(nonce: string): boolean {
    if (this.#used.has(nonce)) return false;
    this.#used.add(nonce);
    return true;
  }

  toppedUp(topUp: HeldTopUp): void {
    this.#topUps.set(topUp.seq, topUp);
  }

  revoked(seq: number): void {
    this.#revoked.add(seq);
    this.#grants.delete(seq);
    this.#topUps.delete(seq);
  }

  /** Gives what more of budgets was granted that holds under a policy set, the oldest first. */
  toppingUp(lineage: string): readonly HeldTopUp[] {
    const now = this.#clock();
    return [...this.#topUps.values()].filter((topUp) => topUp.lineage === lineage && topUp.until > now);
  }

  /** Says in what a call takes of budgets how much more of each was granted. */
  raised(agent: string, lineage: string, spend: readonly Spend[]): readonly Spend[] {
    if (this.#topUps.size === 0) return spend;
    const holding = this.toppingUp(lineage);
    return spend.map((each) => {
      const pool = poolOf(agent, each.budget, each.unit);
      const more = holding
        .filter(
          ({ window, ...topUp }) =>
            window === each.window && poolOf(topUp.agent, topUp.budget, topUp.unit) === pool,
        )
        .reduce((sum, topUp) => sum + topUp.more, 0);
      return more === 0 ? each : { ...each, more };
    });
  }

  /** Gives those that hold under a policy set, the oldest first. */
  holding(lineage: string): readonly HeldGrant[] {
    const now = this.#clock();
    return [...this.#grants.values()].filter((grant) => grant.lineage === lineage && grant.until > now);
  }

  /** Gives those that a principal may go by in a session. */
  of(principal: Principal, session: string, lineage: string): readonly Grant[] {
    if (this.#grants.size === 0) return [];
    return this.holding(lineage)
      .filter(({ agent, subagent }) => agent === principal.agent && subagent === principal.subagent)
      .filter((grant) => grant.session === null || grant.session === session)
      .map(({ seq, effects }): Grant => ({ receipt: seq, effects }));
  }

  /** Gives those of them that cover some effect of a call. */
  covering(principal: Principal, session: string, lineage: string, analysis: Analysis): readonly Grant[] {
    return this.of(principal, session, lineage).filter((grant) =>
      analysis.effects.some((effect) => coveringGrant([grant], effect, analysis) !== null),
    );
  }

  async #recallAll(): Promise<void> {
    const { grants, topUps, takenBack } = await this.#recall();
    for (const { nonce } of [...topUps, ...takenBack]) this.#used.add(nonce);
    for (const grant of grants) if (!this.#revoked.has(grant.seq)) this.#grants.set(grant.seq, grant);
    for (const topUp of topUps) if (!this.#revoked.has(topUp.seq)) this.#topUps.set(topUp.seq, topUp);
    this.#isOpen = true;
  }
}
