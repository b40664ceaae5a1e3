import type { Word } from "../../model/command.ts";
import type { Risk, RiskReason } from "../../model/risk.ts";
import { risk } from "../path-risk.ts";
import type { Doing } from "./doing.ts";
import type { Arguments, Style } from "./options.ts";

/**
 * What a command line must come out as. One text, white space between the parts, in any order: a risk level, reasons
 * (`+destroys-data`), effects (`fs.read:/repo/x`, `fs.delete:tree:/repo/build`, `net.connect:send:host`;
 * a null host is `?`), `opaque`, runs (`run:rm`, `script`), `argv:…` with `_` for spaces. Effects and runs
 * that are not listed must not be there; reasons may.
 */
type Example = readonly [command: string, expected: string];

/** What a program, or one subcommand of it, does. */
export interface Behaviour {
  /** Options that matter or take a value, in the notation of options.ts. */
  readonly options?: string;
  /** `gnu` unless given. */
  readonly style?: Style;
  /** Puts its words into the usual form before they are read. */
  readonly rewrite?: (words: readonly Word[]) => readonly Word[];
  /** Some options run programs or write files: one that is not listed makes it opaque. */
  readonly strict?: boolean;
  /**
   * What the operands are, in order, in the notation of roles.ts: `skip read...`, `read... write`.
   * Not given: nothing that matters.
   */
  readonly operands?: string;
  /** Options (ids) that make reads, writes and deletes reach all that lies below. */
  readonly recursive?: readonly string[];
  /** Risk of running it at all, beside that of its effects. */
  readonly risk?: Risk;
  /** What options (ids) add to that. */
  readonly flags?: Readonly<Record<string, Risk>>;
  /** Options (ids) with which it only says what it would do. */
  readonly dryRun?: readonly string[];
  /** Why nobody can say what it does. */
  readonly opaque?: string;
  /** It does nothing with its words but print or compare them: open ones do no harm. */
  readonly inert?: boolean;
  /** By name; a text is the name of another one. */
  readonly subcommands?: Readonly<Record<string, Behaviour | string>>;
  /** Stands for subcommands not listed: what they do, or `verbs` (verbs.ts). Not given: opaque. */
  readonly others?: Behaviour | "verbs";
  /** With `others: "verbs"`: the host it speaks to; null: one its settings name; not given: it stays on the machine. */
  readonly host?: string | null;
  /** With `others: "verbs"`: how a place of the service is written. Copying from one to a path here only fetches. */
  readonly places?: RegExp;
  /** With `subcommands`: options (ids) that policies need not see, since the effects show what they mean. */
  readonly leavesOut?: readonly string[];
  /** With `places`: they are names in the person's own settings, so that nobody else's can be meant. */
  readonly ownPlaces?: boolean;
  /** With `others: "verbs"`: the words of what is a modest change for this program (modest-changes.ts). */
  readonly modest?: RegExp;
  /** What cannot be said in data; with `subcommands`, it comes before the subcommand. */
  readonly acts?: (args: Arguments, doing: Doing) => void;
}

/** One program, or a family that behaves alike. */
export interface Program extends Behaviour {
  /** White space between. */
  readonly names: string;
  readonly examples: readonly Example[];
}

export const low: Risk = risk("low");

export function medium(...reasons: readonly RiskReason[]): Risk {
  return risk("medium", ...reasons);
}

export function high(...reasons: readonly RiskReason[]): Risk {
  return risk("high", ...reasons);
}

export function critical(...reasons: readonly RiskReason[]): Risk {
  return risk("critical", ...reasons);
}

/** Reasons to be unsure that several entries share. */
export const because = {
  repositoryCode: "runs code of the repository",
  inlineCode: "runs code in a language mirror does not read",
  remoteCode: "runs code from elsewhere",
} as const;
