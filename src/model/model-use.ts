import type { Settlement, Spend } from "./budget.ts";

/** Who calls a model, and which. */
export interface ModelCall {
  readonly agent: string;
  readonly subagent: string | null;
  readonly session: string;
  readonly model: string;
}

/** What a model call takes: estimated before it, measured after. Whole numbers from 0. */
export interface ModelUse {
  readonly tokens: ModelTokens;
  /** Millionths of a US dollar; null: nobody knows the price. */
  readonly microUsd: number | null;
}

/** Tokens, each counted at one place. */
export interface ModelTokens {
  /** Those that came from no cache. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** Tokens of a request by what they are charged as; each is counted once. */
export interface InputTokens {
  /** Not from a cache. */
  readonly input: number;
  readonly cacheRead: number;
  /** Kept for minutes. */
  readonly cacheWrite: number;
  /** Kept for an hour. */
  readonly longCacheWrite: number;
}

/** The same, with those of the answer. */
export interface ChargedTokens extends InputTokens {
  readonly output: number;
}

/** All tokens, whatever they cost. */
export function allTokens({ input, output, cacheRead, cacheWrite }: ModelTokens): number {
  return input + output + cacheRead + cacheWrite;
}

/** Gives how a model call settles what was taken for it, by what was measured; nothing where that is the same. */
export function settlementsOf(taken: readonly Spend[], { tokens, microUsd }: ModelUse): Settlement[] {
  return taken.flatMap(({ budget, window, unit, cost }): Settlement[] => {
    if (unit === undefined) return [];
    // Where nobody knows what it cost, the estimate stays spent.
    const measured = unit === "tokens" ? allTokens(tokens) : (microUsd ?? cost);
    return measured === cost ? [] : [{ budget, window, unit, by: measured - cost }];
  });
}
