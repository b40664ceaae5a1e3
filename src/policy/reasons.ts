import { printable, shorten } from "../base/escape.ts";
import type { Reason } from "../model/decision.ts";
import type { Analysis } from "../model/effect.ts";
import type { Places } from "../model/places.ts";
import { isStricter, type Verdict } from "../model/verdict.ts";
import { effectText } from "./wording.ts";

/** How many reasons a decision tells; what is left out is never stricter than what stands. */
const mostReasons = 32;
const longestWhy = 300;

interface Entry {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly why: string | null;
  readonly effects: number[];
}

/** Gathers what rules say of a call's effects, and puts it into words. */
export class Reasons {
  readonly #analysis: Analysis;
  readonly #places: Places;
  /** By rule; by verdict and reason as well where a rule has several. */
  readonly #entries = new Map<string, Entry>();

  constructor(analysis: Analysis, places: Places) {
    this.#analysis = analysis;
    this.#places = places;
  }

  add(effect: number, rule: string, verdict: Verdict, why: string | null): void {
    const first = this.#entries.get(rule);
    const isFirst = first === undefined || (first.verdict === verdict && first.why === why);
    // The gate's own reasons differ from effect to effect; a rule's is nearly always one.
    const key = isFirst ? rule : `${verdict} ${rule} ${why ?? ""}`;
    const entry = isFirst ? first : this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { rule, verdict, why, effects: [effect] });
    else entry.effects.push(effect);
  }

  /** Gives the reasons, those of the strictest verdict first. A call that is not allowed tells no allows. */
  inOrder(verdict: Verdict): Reason[] {
    const entries: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (verdict === "allow" || entry.verdict !== "allow") entries.push(entry);
    }
    entries.sort(byStrictness);
    return entries.slice(0, mostReasons).map((entry) => ({
      rule: entry.rule,
      verdict: entry.verdict,
      message: this.#message(entry),
      effects: entry.effects,
    }));
  }

  #message({ effects, why }: Entry): string {
    const first = this.#analysis.effects[effects[0] ?? -1];
    const does = first === undefined ? "" : effectText(first, this.#analysis, this.#places);
    const more = effects.length > 1 ? ` and ${effects.length - 1} more` : "";
    return `${does}${more}${why === null ? "" : `: ${shorten(printable(why), longestWhy)}`}`;
  }
}

function byStrictness(a: Entry, b: Entry): number {
  if (a.verdict !== b.verdict) return isStricter(a.verdict, b.verdict) ? -1 : 1;
  const order = (a.effects[0] ?? 0) - (b.effects[0] ?? 0);
  if (order !== 0) return order;
  return a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0;
}
