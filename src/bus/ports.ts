import type { ModelUse } from "../model/model-use.ts";
import type { BusSettings, Prices } from "../model/policy-set.ts";

/** Whose session a token is for. */
export interface BusSession {
  readonly agent: string;
  readonly session: string;
}

/** What was held for a call. */
export interface Reserved {
  readonly reserved: true;
  /** Settles it, once. */
  readonly settle: (measured: ModelUse) => Promise<void>;
}

/** Why nothing was held. */
export interface Refused {
  readonly reserved: false;
  /** Null: it is not for want of a budget. */
  readonly budget: string | null;
  /** For people: which budget, how much, when it frees. */
  readonly message: string;
}

/** What holds as of now. */
export interface BusPolicy {
  readonly settings: BusSettings;
  /** Null: nobody has said any. */
  readonly prices: Prices | null;
  readonly isBound: (agent: string) => boolean;
}

/** What the bus needs of the gate. */
export interface BusParts {
  /** Throws MirrorError where there is no policy set to stand on. */
  readonly policy: () => Promise<BusPolicy>;
  /** Holds what a call may take; durable when this resolves. Throws MirrorError where it cannot be. */
  readonly reserve: (session: BusSession, model: string, estimate: ModelUse) => Promise<Reserved | Refused>;
  /** Told of every failure. */
  readonly report: (error: unknown) => void;
  readonly clock: () => number;
}
