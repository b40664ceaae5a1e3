import type { DecisionInput } from "../../model/decision.ts";
import type { Action } from "../../model/effect.ts";
import type { Places } from "../../model/places.ts";
import type { Verdict } from "../../model/verdict.ts";

/** Which way a change goes: `widens` lets through what was asked or denied, `narrows` is the reverse. */
export type Direction = "widens" | "narrows";

/** One kind of request that two policy sets decide differently. */
export interface PolicyChange {
  readonly agent: string;
  readonly action: Action;
  readonly from: Verdict;
  readonly to: Verdict;
  readonly direction: Direction;
  /** A request with one effect that is decided so: `from` by the one set, `to` by the other. */
  readonly witness: DecisionInput;
  /** Names of the reasons' rules, as the evaluator gives them for the witness. */
  readonly rules: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/** A region in which a change of one direction was neither found nor excluded. */
export interface UnknownRegion {
  readonly agent: string;
  readonly action: Action;
  readonly direction: Direction;
  readonly why: string;
}

/**
 * How one policy set differs from another in what it decides.
 *
 * What is compared is what an enrolled gate decides. A set that has gates deny which it does not enrol counts in the
 * `verdict` alone, for the gates that it changes something for: no request shows it.
 *
 * `verdict` sums up `changes`: `none` stands only where it is proven, for every request in any places, that both
 * sets decide alike; `unknown` where no change was found and one could not be excluded. A direction that neither
 * `changes` nor `unknown` names for an agent and action is proven not to occur there.
 */
export interface PolicyComparison {
  readonly verdict: Direction | "both" | "none" | "unknown";
  readonly changes: readonly PolicyChange[];
  readonly unknown: readonly UnknownRegion[];
}

export interface CompareOptions {
  /**
   * How many requests may be decided for one agent, in search of changes; working out the requests for a rule counts
   * as some. What is proven costs none.
   */
  readonly effort?: number;
  /** The places that witnesses are written in. What is proven holds in any. */
  readonly places?: Places;
  /** Requests that somebody knows of: each of their effects is tried by itself, for any agent, before others are thought of. */
  readonly known?: readonly DecisionInput[];
}
