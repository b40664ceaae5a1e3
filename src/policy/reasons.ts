import { printable, shorten } from "../base/escape.ts";
import type { Reason } from "../model/decision.ts";
import type { Analysis } from "../model/effect.ts";
import type { Places } from "../model/places.ts";
import { isStricter, type Verdict } from "../model/verdict.ts";
import { effectText } from "./wording.ts";

/** How many reasons a decision tells; what is left out is never stricter than what stands. */
const mostReasons = 32;
const longestWhy = 300;

/** What a rule says of some effects of a call, not yet in words. */
export interface BareReason {
  readonly rule: string;
  readonly verdict: Verdict;
  /** The rule's own reason, or the gate's; null: it gives none. */
  readonly why: string | null;
  readonly effects: readonly number[];
}

interface Entry extends BareReason {
  readonly effects: number[];
}

/** Gathers what rules say of a call's effects. */
export class Reasons {
  /** By rule; by verdict and reason as well where a rule has several. */
  readonly #entries = new Map<string, Entry>();

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
  inOrder(verdict: Verdict): BareReason[] {
    const entries: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (verdict === "allow" || entry.verdict !== "allow") entries.push(entry);
    }
    entries.sort(byStrictness);
    return entries.length > mostReasons ? entries.slice(0, mostReasons) : entries;
  }
}

/** Puts reasons into words: a line each, safe to print. */
export function worded(reasons: readonly BareReason[], analysis: Analysis, places: Places): Reason[] {
  return reasons.map(({ rule, verdict, why, effects }) => ({
    rule,
    verdict,
    message: messageOf(effects, why, analysis, places),
    effects,
  }));
}

function messageOf(
  effects: readonly number[],
  why: string | null,
  analysis: Analysis,
  places: Places,
): string {
  const reason = why === null ? null : shorten(printable(why), longestWhy);
  const first = analysis.effects[effects[0] ?? -1];
  // Of the call as a whole: there is nothing to name before it.
  if (first === undefined) return reason ?? "";
  const more = effects.length > 1 ? ` and ${effects.length - 1} more` : "";
  return `${effectText(first, analysis, places)}${more}${reason === null ? "" : `: ${reason}`}`;
}

function byStrictness(a: Entry, b: Entry): number {
  if (a.verdict !== b.verdict) return isStricter(a.verdict, b.verdict) ? -1 : 1;
  const order = (a.effects[0] ?? 0) - (b.effects[0] ?? 0);
  if (order !== 0) return order;
  return a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0;
}
