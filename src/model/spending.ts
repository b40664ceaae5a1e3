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
    const known = this.#of(window).get(poolKey(spender, budget, window));
    return known?.window === window ? known.used : 0;
  }

  /** The window to count in: this one, or the newest that is known where the clock was set back behind it. */
  window(spender: Spender, budget: string, label: string): string {
    const known = this.#of(label).get(poolKey(spender, budget, label))?.window ?? label;
    return windowOfLabel(known) === windowOfLabel(label) && known > label ? known : label;
  }

  /** As `used`, where the session is not known: in a session's window, of the one that was told of first. */
  latest(agent: string, budget: string, window: string): number {
    if (window !== "session") return this.used({ agent, session: "" }, budget, window);
    const [first] = [...this.#bySession].filter(([key]) => key.startsWith(`${poolOf(agent, budget)} `));
    return first?.[1].used ?? 0;
  }

  set(spender: Spender, budget: string, window: string, used: number): void {
    this.#set(this.#of(window), poolKey(spender, budget, window), { window, used });
  }

  /** Counts more in this window, or less; nothing where a newer one has begun. */
  add(spender: Spender, budget: string, window: string, by: number): void {
    const known = this.#of(window).get(poolKey(spender, budget, window));
    if (known === undefined || known.window !== window) return;
    this.set(spender, budget, window, Math.max(0, known.used + by));
  }

  /** Whether anything is known of this budget, in whatever window. */
  has(spender: Spender, { budget, window }: Pick<Spend, "budget" | "window">): boolean {
    return this.#of(window).has(poolKey(spender, budget, window));
  }

  /** Takes over what another knows, but for windows that are over here. */
  overlay(other: Spending): void {
    for (const [mine, theirs] of [
      [this.#byClock, other.#byClock],
      [this.#bySession, other.#bySession],
    ] as const) {
      for (const [key, used] of theirs) {
        const known = mine.get(key);
        if (known === undefined || known.window <= used.window) this.#set(mine, key, used);
      }
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

/** Names whose use it is that a budget counts in a window of this kind. */
export function poolKey({ agent, session }: Spender, budget: string, window: string): string {
  const pool = poolOf(agent, budget);
  return window === "session" ? `${pool} ${session}` : pool;
}
