import type { Clock } from "../base/clock.ts";
import type { Analysis } from "../model/effect.ts";
import type { RiskReason } from "../model/risk.ts";
import { longestPast, type SessionOf, SessionRisks } from "../model/session-risks.ts";

/** Reads back from the ledger what sessions did since a time (milliseconds). */
export type RecallPast = (since: number) => Promise<SessionRisks>;

/** A receipt is a little younger than its decision: by so much longer it is remembered, so that `mirror verify` agrees. */
const margin = 3_600_000;

/**
 * What each session did before, as far as it was let through. Every call is remembered before anything is waited for, so
 * that no two calls miss each other; what came before this gate was started is read back once, when a rule first asks. A
 * call that gets no receipt after all stays: that something is taken for done which was not only makes rules stricter.
 */
export class PastBook {
  readonly #recall: RecallPast;
  readonly #clock: Clock;
  readonly #risks = new SessionRisks("did-everything");
  #isOpen = false;
  #opening: Promise<void> | null = null;

  /** `clock`: never behind the newest receipt's time. */
  constructor(recall: RecallPast, clock: Clock) {
    this.#recall = recall;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Reads back what was before. Calls that arrive together share one look. */
  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#risks.include(await this.#recall(this.#since()));
    this.#isOpen = true;
  }

  /** Gives the risk reasons of the session's earlier calls. */
  of(who: SessionOf): readonly RiskReason[] {
    return this.#risks.since(who, this.#since());
  }

  /** Remembers a call that is let through. */
  add(who: SessionOf, analysis: Analysis): void {
    this.#risks.add(who, analysis, this.#clock());
  }

  #since(): number {
    return this.#clock() - longestPast - margin;
  }
}
