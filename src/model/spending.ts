import { type Spend, windowOfLabel } from "./budget.ts";
import { poolOf } from "./held-budgets.ts";

/** Whose use of a budget it is. */
export interface Spender {
  readonly agent: string;
  readonly session: string;
}

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
  used(spender: Spender, budget: string, window: string): number {
    const known = this.#of(window).get(keyOf(spender, budget, window));
    return known?.window === window ? known.used : 0;
  }

  /** The window to count in: this one, or the newest that is known where the clock was set back behind it. */
  window(spender: Spender, budget: string, label: string): string {
    const known = this.#of(label).get(keyOf(spender, budget, label))?.window ?? label;
    return windowOfLabel(known) === windowOfLabel(label) && known > label ? known : label;
  }

  /** As `used`, where the session is not known: in a session's window, of the one that was told of first. */
  latest(agent: string, budget: string, window: string): number {
    if (window !== "session") return this.used({ agent, session: "" }, budget, window);
    const [first] = [...this.#bySession].filter(([key]) => key.startsWith(`${poolOf(agent, budget)} `));
    return first?.[1].used ?? 0;
  }

  set(spender: Spender, budget: string, window: string, used: number): void {
    const table = this.#of(window);
    table.set(keyOf(spender, budget, window), { window, used });
    const [oldest] = table.keys();
    if (table === this.#bySession && table.size > mostSessions && oldest !== undefined) table.delete(oldest);
  }

  /** Whether anything is known of this budget, in whatever window. */
  has(spender: Spender, { budget, window }: Spend): boolean {
    return this.#of(window).has(keyOf(spender, budget, window));
  }

  /** Takes over what another knows more of. */
  include(other: Spending): void {
    for (const [mine, theirs] of [
      [this.#byClock, other.#byClock],
      [this.#bySession, other.#bySession],
    ] as const) {
      for (const [key, used] of theirs) {
        const known = mine.get(key);
        if (
          known === undefined ||
          known.window < used.window ||
          (known.window === used.window && known.used < used.used)
        )
          mine.set(key, used);
      }
    }
  }

  #of(window: string): Map<string, Used> {
    return window === "session" ? this.#bySession : this.#byClock;
  }
}

function keyOf({ agent, session }: Spender, budget: string, window: string): string {
  const pool = poolOf(agent, budget);
  return window === "session" ? `${pool} ${session}` : pool;
}
