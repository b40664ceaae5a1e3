import type { Clock } from "../base/clock.ts";

/** How many calls a socket takes: bursts of `burst`, `perSecond` sustained (TRUST H3). */
const intakeRate = {
  burst: 1_000,
  perSecond: 100,
};

/** Milliseconds without a refusal after which a flood is over. */
const floodPause = 1_000;
/** Milliseconds after which a flood that does not end is counted all the same. */
const longestCount = 60_000;

/** Counts the calls of one socket, and those it had to turn away. */
export class Intake {
  readonly #clock: Clock;
  #tokens: number = intakeRate.burst;
  #filledAt: number;
  #refused = 0;
  #firstRefusal = 0;
  #lastRefusal = 0;

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
      if (this.#refused === 0) this.#firstRefusal = now;
      this.#refused += 1;
      this.#lastRefusal = now;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /**
   * Gives the number of calls refused since it last gave one, for the one gap receipt that stands for them: once a
   * flood is over, or has gone on for a minute. Else 0.
   */
  takeRefused(): number {
    const now = this.#clock();
    const isOver = now - this.#lastRefusal >= floodPause || now - this.#firstRefusal >= longestCount;
    if (!isOver) return 0;
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }
}
