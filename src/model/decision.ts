import type { CallAmounts, Spend } from "./budget.ts";
import type { Analysis } from "./effect.ts";
import type { Places } from "./places.ts";
import type { Verdict } from "./verdict.ts";

/** The version of the rule language that `decide` speaks. A frozen evaluator stands behind each number. */
export const languageVersion = 1;

/** All that a decision depends on beside the policy set. Receipts hold one, redacted, so that anyone can replay it. */
export interface DecisionInput {
  readonly language: typeof languageVersion;
  readonly agent: string;
  /** The subagent's type, an id (`unknown` if the client's was none); null for the agent itself. */
  readonly subagent: string | null;
  readonly session: string;
  readonly client: string;
  readonly tool: string;
  readonly places: Places;
  readonly analysis: Analysis;
  /** Files the analysis looked into that may be others by the time they are run (TRUST H5). */
  readonly changing: readonly ChangingFile[];
  /** Why nobody is there to answer an ask; left out where somebody is, as in receipts from before this was told. */
  readonly unattended?: string;
  /** What was used of the agent's budgets that the call counts towards; left out where there are none. */
  readonly spend?: readonly Spend[];
  /** What the call takes beside its effects; left out where no budget asks for it. */
  readonly amounts?: CallAmounts;
}

/** A file that an open call, or this very one, may be changing. */
export interface ChangingFile {
  readonly path: string;
  /** Sequence number of the open call's decision, null if it had none yet; `itself` for this call. */
  readonly by: number | "itself" | null;
}

/** One rule's part in a decision. */
export interface Reason {
  /** `<policy>/<rule>`, `builtin/<rule>`, `otherwise/<action>`, or the gate's own `gate/<cause>`. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** For people: what was found and why that verdict. One line. */
  readonly message: string;
  /** Indexes of the effects it speaks of. */
  readonly effects: readonly number[];
}

/** What the gate answers. `reasons` holds those of the strictest verdict first. */
export interface Decision {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}
