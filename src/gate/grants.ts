import type { Principal } from "../agents/principal.ts";
import type { Clock } from "../base/clock.ts";
import type { Grant, GrantedEffect } from "../model/consent.ts";
import type { Analysis } from "../model/effect.ts";
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

/** The grants that hold, read back from the ledger once when they are first asked for. */
export class GrantBook {
  readonly #clock: Clock;
  readonly #recall: () => Promise<readonly HeldGrant[]>;
  readonly #grants = new Map<number, HeldGrant>();
  readonly #revoked = new Set<number>();
  #recalled: Promise<void> | null = null;
  #isOpen = false;

  constructor(clock: Clock, recall: () => Promise<readonly HeldGrant[]>) {
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

  revoked(seq: number): void {
    this.#revoked.add(seq);
    this.#grants.delete(seq);
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
    for (const grant of await this.#recall())
      if (!this.#revoked.has(grant.seq)) this.#grants.set(grant.seq, grant);
    this.#isOpen = true;
  }
}
