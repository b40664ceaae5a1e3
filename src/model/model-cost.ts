import type { InputTokens } from "./model-use.ts";
import type { ModelPrice, Rates } from "./policy-set.ts";

/** A sum of money, exact: in millionths of a millionth of a US dollar. */
export type Money = bigint;

export function cost(tokens: number, rate: number): Money {
  return BigInt(tokens) * BigInt(rate);
}

/** Gives millionths of a US dollar, rounded up: what is less than one is not nothing. */
export function microUsdOf(money: Money): number {
  return Number((money + 999_999n) / 1_000_000n);
}

/** Gives the rates that a request with this input costs throughout. */
export function ratesOf({ rates, above }: ModelPrice, input: InputTokens): Rates {
  const all = input.input + input.cacheRead + input.cacheWrite + input.longCacheWrite;
  return above !== null && all > above.inputTokens ? above.rates : rates;
}

export function inputCost(
  { input, cacheRead, cacheWrite, longCacheWrite }: InputTokens,
  rates: Rates,
): Money {
  return (
    cost(input, rates.input) +
    cost(cacheRead, rates.cacheRead ?? rates.input) +
    cost(cacheWrite, rates.cacheWrite ?? dearest(rates)) +
    cost(longCacheWrite, rates.longCacheWrite ?? dearest(rates))
  );
}

/** Gives the most that a token of input can cost, whatever the provider's cache makes of it. */
export function dearestInput(rates: Rates): number {
  const { input, cacheRead, cacheWrite, longCacheWrite } = rates;
  return Math.max(input, cacheRead ?? 0, cacheWrite ?? dearest(rates), longCacheWrite ?? dearest(rates));
}

/** What a kind of token costs that a price does not name: not less than any it names. */
function dearest({ input, output, cacheRead, cacheWrite, longCacheWrite }: Rates): number {
  return Math.max(input, output, cacheRead ?? 0, cacheWrite ?? 0, longCacheWrite ?? 0);
}
