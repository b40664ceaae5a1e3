import { type Spend, windowOfLabel } from "./budget.ts";
import { poolOf } from "./held-budgets.ts";

/** Whose use of a budget it is. */
export interface Spender {
  readonly agent: string;
  readonly session: string;
}

/** What is counted, in a window by its label. */
export type Counted = Pick<Spend, "budget" | "window" | "unit">;

interface Used {
  readonly window: string;
  readonly used: number;
}

/** Sessions that are remembered; the oldest goes first. Clients choose them, so there is no end to them. */
const mostSessions = 10_000;

/**
 * What was used of every budget in its newest window: by who spends it, as receipts tell it one after the other. A session
 * is a window by itself; all others follow each other.
 */
export class Spending {
  readonly #byClock = new Map<string, Used>();
  readonly #bySession = new Map<string, Used>();

  /** Gives what was used in this window; 0 where nothing is known of it. */
  used(spender: Spender, counted: Counted): number {
    const { window } = counted;
    const known = this.#of(window).get(poolKey(spender, counted));
    return known?.window === window ? known.used : 0;
  }

  /** The window to count in: this one, or the newest that is known where the clock was set back behind it. */
  window(spender: Spender, counted: Counted): string {
    const { window } = counted;
    const known = this.#of(window).get(poolKey(spender, counted))?.window ?? window;
    return windowOfLabel(known) === windowOfLabel(window) && known > window ? known : window;
  }

  /** As `used`, where the session is not known: in a session's window, of the one that was told of first. */
  latest(agent: string, counted: Counted): number {
    const { budget, window, unit } = counted;
    if (window !== "session") return this.used({ agent, session: "" }, counted);
    const pool = poolOf(agent, budget, unit);
    const [first] = [...this.#bySession].filter(([key]) => key.startsWith(`${pool}\n`));
    return first?.[1].used ?? 0;
  }

  set(spender: Spender, counted: Counted, used: number): void {
    const { window } = counted;
    this.#set(this.#of(window), poolKey(spender, counted), { window, used });
  }

  /** Counts more in this window, or less; nothing where a newer one has begun. */
  add(spender: Spender, counted: Counted, by: number): void {
    const known = this.#of(counted.window).get(poolKey(spender, counted));
    if (known?.window === counted.window) this.set(spender, counted, Math.max(0, known.used + by));
  }

  /** Whether anything is known of this budget, in whatever window. */
  has(spender: Spender, counted: Counted): boolean {
    return this.#of(counted.window).has(poolKey(spender, counted));
  }

  /** Takes over what another knows, whatever is known here. */
  overlay(other: Spending): void {
    this.#combine(other, (_, theirs) => theirs);
  }

  /** Adds what another counted to what is counted here. */
  gather(other: Spending): void {
    this.#combine(
      other,
      inNewerWindow((mine, theirs) => mine + theirs),
    );
  }

  /** Takes over what another knows more of. */
  raise(other: Spending): void {
    this.#combine(other, inNewerWindow(Math.max));
  }

  #combine(other: Spending, choose: (mine: Used, theirs: Used) => Used): void {
    for (const [mine, theirs] of [
      [this.#byClock, other.#byClock],
      [this.#bySession, other.#bySession],
    ] as const) {
      for (const [key, used] of theirs)
        this.#set(mine, key, choose(mine.get(key) ?? { ...used, used: 0 }, used));
    }
  }

  #set(table: Map<string, Used>, key: string, used: Used): void {
    table.set(key, used);
    const [oldest] = table.keys();
    if (table === this.#bySession && table.size > mostSessions && oldest !== undefined) table.delete(oldest);
  }

  #of(window: string): Map<string, Used> {
    return window === "session" ? this.#bySession : this.#byClock;
  }
}

/** Names whose use it is that a budget counts in a window of this kind. A pool's name has one line. */
export function poolKey({ agent, session }: Spender, { budget, window, unit }: Counted): string {
  const pool = poolOf(agent, budget, unit);
  return window === "session" ? `${pool}\n${session}` : pool;
}

function inNewerWindow(both: (mine: number, theirs: number) => number): (mine: Used, theirs: Used) => Used {
  return (mine, theirs) => {
    if (mine.window !== theirs.window) return mine.window > theirs.window ? mine : theirs;
    return { window: mine.window, used: both(mine.used, theirs.used) };
  };
}
