import { cost, dearestInput, inputCost, type Money, microUsdOf, ratesOf } from "../model/model-cost.ts";
import type { InputTokens, ModelTokens, ModelUse } from "../model/model-use.ts";
import type { ModelPrice, Rates } from "../model/policy-set.ts";
import type { Asked } from "./asked.ts";
import type { ReportedUsage } from "./usage.ts";

/** What a request can take at most, where neither it nor its price says: more than models had when this was written. */
const mostInput = 1_000_000;
const mostOutput = 128_000;

/** What one side of a call takes. */
interface Side {
  readonly tokens: Partial<ModelTokens>;
  readonly money: Money;
}

/** What is held for a call: the most it can take. */
export class Estimate {
  readonly #price: ModelPrice;
  readonly #input: Side;
  readonly #output: Side;

  constructor({ input, output }: Pick<Asked, "input" | "output">, price: ModelPrice) {
    this.#price = price;
    const most = Math.min(input ?? price.maxInput ?? mostInput, price.maxInput ?? Number.POSITIVE_INFINITY);
    const answer = Math.min(
      output ?? price.maxOutput ?? mostOutput,
      price.maxOutput ?? Number.POSITIVE_INFINITY,
    );
    const [dearest, dearestOut] = [
      Math.max(...this.#ratesUpTo(most).map(dearestInput)),
      Math.max(...this.#ratesUpTo(most).map((rates) => rates.output)),
    ];
    this.#input = { tokens: { input: most }, money: cost(most, dearest) };
    this.#output = { tokens: { output: answer }, money: cost(answer, dearestOut) };
  }

  use(): ModelUse {
    return sum(this.#input, this.#output);
  }

  /** Gives what was taken: as the provider says, and where it does not say, what was held. */
  measured({ input, output }: ReportedUsage): ModelUse {
    const rates = input === null ? null : ratesOf(this.#price, input);
    const inputSide = input === null || rates === null ? this.#input : measuredInput(input, rates);
    if (output === null) return sum(inputSide, this.#output);
    const rate =
      rates?.output ??
      Math.max(...[this.#price.rates, this.#price.above?.rates].map((each) => each?.output ?? 0));
    return sum(inputSide, { tokens: { output }, money: cost(output, rate) });
  }

  /** Gives the rates that may hold of a request with at most so much input. */
  #ratesUpTo(input: number): Rates[] {
    const { rates, above } = this.#price;
    return above !== null && input > above.inputTokens ? [rates, above.rates] : [rates];
  }
}

/** A call that took nothing: it never left, or the provider answered with an error. */
export const nothingUsed: ModelUse = {
  tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  microUsd: 0,
};

function measuredInput(tokens: InputTokens, rates: Rates): Side {
  const { input, cacheRead, cacheWrite, longCacheWrite } = tokens;
  return {
    tokens: { input, cacheRead, cacheWrite: cacheWrite + longCacheWrite },
    money: inputCost(tokens, rates),
  };
}

function sum(...sides: readonly Side[]): ModelUse {
  const tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
  let money = 0n;
  for (const side of sides) {
    Object.assign(tokens, side.tokens);
    money += side.money;
  }
  return { tokens, microUsd: microUsdOf(money) };
}
