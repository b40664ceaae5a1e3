import type { Command, Word } from "./command.ts";
import type { Action, Resource } from "./effect.ts";

/** For how long an answer holds: for the call alone, or for calls like it. */
export const consentTerms = ["once", "1h", "session"] as const;

export type ConsentTerm = (typeof consentTerms)[number];

/** What an ask is answered. */
export type ConsentAnswer = "allow" | "deny";

/** Milliseconds a call waits for its answer at most. Below the time-out that `mirror agent add` gives the hook. */
export const longestWait: number = 5 * 60_000;

/** What may pass between the signer's clock and the gate's, in milliseconds. */
export const clockSlack: number = 60_000;

/** Milliseconds that more of a budget is granted for at most, where no clock ends its window. */
export const topUpLength: number = 24 * 3_600_000;

/** Milliseconds a grant lasts at most; one for a session ends with the session or then. */
export const grantLength: Readonly<Record<Exclude<ConsentTerm, "once">, number>> = {
  "1h": 3_600_000,
  session: 12 * 3_600_000,
};

/** One effect that a person granted: exactly this, by exactly these commands. */
export interface GrantedEffect {
  readonly action: Action;
  readonly resource: Resource;
  /** The words of the command it came from and of all that led to it, the outermost first; empty: no command. */
  readonly chain: readonly (readonly string[])[];
}

/** A permission that a person gave in answer to an ask, as a decision goes by it. */
export interface Grant {
  /** Number of the receipt that holds the answer. */
  readonly receipt: number;
  readonly effects: readonly GrantedEffect[];
}

/** Gives the words of commands; null where one is not known beforehand. */
export function staticWords(chain: readonly Command[]): readonly (readonly string[])[] | null {
  const words = chain.map(({ argv }) => argv.filter((word): word is string => isStatic(word)));
  return words.every((each, index) => each.length === chain[index]?.argv.length) ? words : null;
}

function isStatic(word: Word): word is string {
  return typeof word === "string";
}
