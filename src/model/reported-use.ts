import { cost, inputCost, microUsdOf, ratesOf } from "./model-cost.ts";
import { allTokens, type ChargedTokens, type ModelTokens, type ModelUse } from "./model-use.ts";
import type { ModelPrice } from "./policy-set.ts";

/** What a client's transcript says of one answer of a model. A claim: who can write the file can write this. */
export interface ReportedMessage {
  /** The provider's id of the answer: on however many lines it stands, it is one. */
  readonly id: string;
  /** One short printable name, with the tier where it has one. */
  readonly model: string;
  /** When, in milliseconds; null: it does not say. */
  readonly time: number | null;
  readonly tokens: ChargedTokens;
}

/** Stands for the names of models that are no names, or too many: it has no price of its own, and counts all the same. */
export const unnamedModel = "unnamed";

/** One answer of a model as a receipt counts it. */
export interface CountedMessage {
  /** An HMAC of agent and id under a key of the gate's own: the same answer has the same, and it says neither. */
  readonly id: string;
  /** All that was told of it, of each kind the most. */
  readonly tokens: ChargedTokens;
  /** What of that earlier receipts count; left out for nothing. */
  readonly before?: ChargedTokens;
}

const none: ChargedTokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, longCacheWrite: 0 };

/** Gives what messages of one model take that was not counted before; `price`: null where nobody knows it. */
export function reportedUse(messages: readonly CountedMessage[], price: ModelPrice | null): ModelUse {
  const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  let microUsd = 0;
  for (const { tokens: all, before = none } of messages) {
    const [now, then] = [inKinds(all), inKinds(before)];
    for (const kind of ["input", "output", "cacheRead", "cacheWrite"] as const)
      tokens[kind] += Math.max(0, now[kind] - then[kind]);
    if (price !== null) microUsd += Math.max(0, priced(all, price) - priced(before, price));
  }
  return { tokens, microUsd: price === null ? null : microUsd };
}

function inKinds({ longCacheWrite, cacheWrite, ...rest }: ChargedTokens): ModelTokens {
  return { ...rest, cacheWrite: cacheWrite + longCacheWrite };
}

function priced(tokens: ChargedTokens, price: ModelPrice): number {
  const rates = ratesOf(price, tokens);
  return microUsdOf(inputCost(tokens, rates) + cost(tokens.output, rates.output));
}

/** Gives of each kind the greater figure; null where that is what is known already. */
export function grown(known: ChargedTokens | null, told: ChargedTokens): ChargedTokens | null {
  const before = known ?? none;
  const all = {
    input: Math.max(before.input, told.input),
    output: Math.max(before.output, told.output),
    cacheRead: Math.max(before.cacheRead, told.cacheRead),
    cacheWrite: Math.max(before.cacheWrite, told.cacheWrite),
    longCacheWrite: Math.max(before.longCacheWrite, told.longCacheWrite),
  };
  return sumOf(all) === sumOf(before) ? null : all;
}

function sumOf({ longCacheWrite, ...kinds }: ChargedTokens): number {
  return allTokens(kinds) + longCacheWrite;
}
