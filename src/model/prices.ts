import type { Problem } from "../base/problem.ts";
import type { PricesDocument, RatesDocument } from "./document-shapes.ts";
import type { ModelPrice, Prices, Rates } from "./policy-set.ts";
import { pointerSegment, type YamlSource } from "./yaml.ts";

/** Finds what a model costs: by its own name, else by the longest beginning; null where it is to be refused. */
export function priceOf(prices: Prices, model: string): ModelPrice | null {
  let found: ModelPrice | null = null;
  for (const price of prices.models) {
    const { pattern } = price;
    if (pattern === model) return price;
    if (!pattern.endsWith("*") || !model.startsWith(pattern.slice(0, -1))) continue;
    // What follows a space is a tier, which costs more: no star stands for it.
    if (model.slice(pattern.length - 1).includes(" ")) continue;
    if (found === null || found.pattern.length < pattern.length) found = price;
  }
  return found ?? prices.unknown;
}

/** Says in words what a model costs, all of it: two prices that differ have two texts. */
export function priceText({ rates, above, maxInput, maxOutput }: Omit<ModelPrice, "at" | "pattern">): string {
  return [
    `costs ${ratesText(rates)}`,
    ...(above === null ? [] : [`above ${above.inputTokens} input tokens ${ratesText(above.rates)}`]),
    ...(maxInput === null ? [] : [`at most ${maxInput} tokens in`]),
    ...(maxOutput === null ? [] : [`at most ${maxOutput} tokens out`]),
  ].join(", ");
}

function ratesText({ input, output, cacheRead, cacheWrite, longCacheWrite }: Rates): string {
  const named = {
    input,
    output,
    "cache read": cacheRead,
    "cache write": cacheWrite,
    "cache write 1h": longCacheWrite,
  };
  const parts = Object.entries(named).flatMap(([name, rate]) =>
    rate === null ? [] : [`$${rate / 1e6} ${name}`],
  );
  return `${parts.join(", ")} per million tokens`;
}

/** Gives the prices of a document whose schema holds, and what the schema cannot see. */
export function readPrices(source: YamlSource): {
  readonly prices: Prices;
  readonly problems: readonly Problem[];
} {
  const document = source.value as PricesDocument;
  const problems: Problem[] = [];
  const rates = (said: RatesDocument, pointer: string): Rates => {
    const rate = (key: keyof RatesDocument): number | null => {
      const dollars = said[key];
      if (dollars === undefined) return null;
      const exact = Math.round(dollars * 1e6);
      // A seventh place would be lost without a word.
      if (exact / 1e6 !== dollars) {
        const message = `found \`${dollars}\`, expected at most six decimal places`;
        problems.push({ ...source.at(`${pointer}/${key}`), code: "wrong-price", message, hint: null });
      }
      return exact;
    };
    return {
      input: rate("input") ?? 0,
      output: rate("output") ?? 0,
      cacheRead: rate("cache_read"),
      cacheWrite: rate("cache_write"),
      longCacheWrite: rate("cache_write_1h"),
    };
  };
  const price = (said: PricesDocument["models"][string], pattern: string, pointer: string): ModelPrice => ({
    pattern,
    rates: rates(said, pointer),
    above:
      said.above === undefined
        ? null
        : { inputTokens: said.above.input_tokens, rates: rates(said.above, `${pointer}/above`) },
    maxInput: said.max_input ?? null,
    maxOutput: said.max_output ?? null,
    at: source.at(pointer),
  });
  const models = Object.entries(document.models).map(([pattern, said]) =>
    price(said, pattern, `/models/${pointerSegment(pattern)}`),
  );
  const { unknown = "refuse" } = document;
  return {
    prices: { models, unknown: unknown === "refuse" ? null : price(unknown, "*", "/unknown") },
    problems,
  };
}
