import type { Principal } from "../agents/principal.ts";
import type { Clock } from "../base/clock.ts";
import { MirrorError } from "../base/errors.ts";
import type { Spend } from "../model/budget.ts";
import { type ConsentAnswer, type GrantedEffect, longestWait } from "../model/consent.ts";

/** What a waiting call is told. */
export interface Answer {
  readonly answer: ConsentAnswer | "none";
  /** Signer id; null: nobody answered in time. */
  readonly by: string | null;
  /** What the signer tells the agent; null: nothing. */
  readonly reason: string | null;
}

/** An ask that waits for a signer. */
export interface Ask {
  /** The decision's receipt. */
  readonly seq: number;
  readonly principal: Principal;
  readonly session: string;
  /** Of the policy set that asked. */
  readonly lineage: string;
  /** To the call as the client sent it. */
  readonly commitment: string;
  /** What may be granted for calls like it; null: nothing. */
  readonly grantable: readonly GrantedEffect[] | null;
  /** What it took of budgets. */
  readonly spend: readonly Spend[];
  /** Milliseconds. */
  readonly since: number;
  readonly until: number;
}

interface Entry {
  readonly ask: Ask;
  answer: Answer | null;
  /** Answered by a receipt that is being written: a second answer must not come between. */
  isTaken: boolean;
  readonly waiting: Set<() => void>;
}

/** Asks of one agent that may wait at once: it must not take the place of another's. */
const mostAsks = 1_000;
/** Milliseconds an answer is kept for the call it was given to. */
const keptFor = 60_000;

/**
 * The asks that wait for a signer's answer (`consent: wait` and `signed`). A call that waits asks again every few seconds;
 * what is answered meanwhile it finds here.
 */
export class Asks {
  readonly #clock: Clock;
  readonly #entries = new Map<number, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Gives an ask that waits for an answer, or has had one for a short time; null: there is none. */
  find(seq: number): Ask | null {
    this.#dropOld();
    return this.#entries.get(seq)?.ask ?? null;
  }

  /** Its call is decided anew. */
  forget(seq: number): void {
    this.#entries.delete(seq);
  }

  /** Its call is over. Tells whether it had no answer: then nobody can give it one any more. */
  ended(seq: number): boolean {
    const entry = this.#entries.get(seq);
    if (entry === undefined || entry.isTaken) return false;
    this.#entries.delete(seq);
    wake(entry);
    return true;
  }

  /** Tells whether the time of an ask is over. */
  isOver(seq: number): boolean {
    const entry = this.#entries.get(seq);
    return entry === undefined || entry.ask.until <= this.#clock();
  }

  /** Begins to wait for an answer; `answer`: one that was given before this gate was started. Throws `overloaded`. */
  opened(ask: Omit<Ask, "since" | "until">, answer: Answer | null): Ask {
    const known = this.#entries.get(ask.seq);
    if (known !== undefined) return known.ask;
    this.#dropOld();
    const { agent } = ask.principal;
    const own = [...this.#entries.values()].filter((each) => each.ask.principal.agent === agent);
    if (own.length >= mostAsks) {
      throw new MirrorError("overloaded", `${mostAsks} asks of \`${agent}\` wait for an answer already`, {
        hint: "a person answers some with `mirror approvals`",
      });
    }
    const since = this.#clock();
    const opened = { ...ask, since, until: since + longestWait };
    this.#entries.set(ask.seq, { ask: opened, answer, isTaken: answer !== null, waiting: new Set() });
    return opened;
  }

  /** Waits for the answer, so many milliseconds at most and not past its time; null: there is none yet. */
  async answerTo(seq: number, patience: number): Promise<Answer | null> {
    const entry = this.#entries.get(seq);
    if (entry === undefined) return null;
    const left = Math.min(patience, entry.ask.until - this.#clock());
    if (entry.answer === null && left > 0) await waited(entry, left);
    return entry.answer;
  }

  /** Gives the asks that still wait under a policy set, the oldest first. */
  open(lineage: string): readonly Ask[] {
    const now = this.#clock();
    return [...this.#entries.values()]
      .filter(({ ask, isTaken }) => !isTaken && ask.until > now && ask.lineage === lineage)
      .map(({ ask }) => ask);
  }

  /** Takes an ask to answer it: nobody else can until `put back`. Null: it does not wait (any more). */
  take(
    seq: number,
  ): { readonly ask: Ask; readonly answered: (answer: Answer) => void; readonly putBack: () => void } | null {
    const entry = this.#entries.get(seq);
    if (entry === undefined || entry.isTaken) return null;
    entry.isTaken = true;
    return {
      ask: entry.ask,
      answered: (answer) => {
        entry.answer = answer;
        wake(entry);
      },
      putBack: () => {
        entry.isTaken = false;
      },
    };
  }

  /** Lets calls that wait ask again at once: those that do not wait under this policy set; null: all of them. */
  release(lineage: string | null): void {
    for (const entry of this.#entries.values()) if (entry.ask.lineage !== lineage) wake(entry);
  }

  #dropOld(): void {
    const now = this.#clock();
    for (const [seq, { ask }] of this.#entries) if (ask.until + keptFor < now) this.#entries.delete(seq);
  }
}

function waited(entry: Entry, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      entry.waiting.delete(done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    entry.waiting.add(done);
  });
}

function wake(entry: Entry): void {
  for (const done of [...entry.waiting]) done();
}
