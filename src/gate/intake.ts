import type { Clock } from "../base/clock.ts";

/** How many calls a socket takes: bursts of `burst`, `perSecond` sustained (TRUST H3). */
export const intakeRate: { readonly burst: number; readonly perSecond: number } = {
  burst: 1_000,
  perSecond: 100,
};

/** Counts the calls of one socket, and those it had to turn away. */
export class Intake {
  readonly #clock: Clock;
  #tokens: number = intakeRate.burst;
  #filledAt: number;
  #refused = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock();
  }

  /** Takes one call; false if it comes too fast. */
  take(): boolean {
    const now = this.#clock();
    // A clock that was set back fills nothing; it must not empty the bucket either.
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    this.#tokens = Math.min(intakeRate.burst, this.#tokens + seconds * intakeRate.perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      this.#refused += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** Gives the number of calls refused since this was last asked, for the one gap receipt that stands for them. */
  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }
}
