import type { Action } from "../model/effect.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Scope } from "./hook-dialect.ts";

/** One file in which a client keeps permission rules. */
export interface RuleFile {
  /** As it is shown: `.codex/rules/base.rules`, `~/.codex/rules/default.rules`. */
  readonly name: string;
  readonly scope: Scope;
  /** UNTRUSTED: whatever stands there. */
  readonly text: string;
}

/** One permission rule of a client, and what becomes of it. */
export interface ClientRule {
  /** Null: it could not be read, and may be any. */
  readonly verdict: Verdict | null;
  /** The rule in short, on one line: `Bash(npm run test:*)`. */
  readonly text: string;
  /** `file:line`. */
  readonly at: string;
  /** Where the client goes by order, the higher wins; the same for all where its strictest rule does. */
  readonly rank: number;
  /** What the client tells a person of it. */
  readonly reason: string | null;
  readonly reading: RuleReading;
}

/** What a rule comes to in mirror's language. */
export interface RuleReading {
  readonly subject: Subject;
  readonly made: MadeRule | { readonly refused: string };
  /** Why it was unsafe as the client reads it; null: nothing strikes the eye. */
  readonly unsafe: string | null;
}

/** A rule of mirror's. */
export interface MadeRule {
  readonly conditions: RuleConditions;
  /** Commands that it must speak of. */
  readonly examples: readonly string[];
  /** In what it differs, in sentences. */
  readonly remarks: readonly string[];
}

/** The part of a rule that says what it is about, as `policies/*.yaml` has it. */
export interface RuleConditions {
  readonly action: readonly Action[];
  readonly command?: readonly string[];
  readonly path?: readonly string[];
  readonly host?: readonly string[];
  readonly mcp?: readonly string[];
  readonly agent?: readonly string[];
  readonly when?: { readonly direction: "fetch" };
  readonly unless?: Pick<RuleConditions, "command" | "path" | "host" | "mcp" | "agent">;
}

/** Roughly what a rule speaks of: enough to tell that two rules never speak of the same call. */
export interface Subject {
  readonly actions: readonly Action[];
  /** The first words of a command, a server and its tool, …: the texts that may stand there; null: any. */
  readonly words: readonly (readonly string[] | null)[];
}

/** Tells whether two rules may speak of one call. */
export function mayMeet(a: Subject, b: Subject): boolean {
  if (!a.actions.some((action) => b.actions.includes(action))) return false;
  return a.words.every((texts, index) => {
    const others = b.words[index] ?? null;
    return texts === null || others === null || texts.some((text) => others.includes(text));
  });
}

/** A rule that is not taken over. */
export function refusedReading(subject: Subject, refused: string, unsafe: string | null = null): RuleReading {
  return { subject, made: { refused }, unsafe };
}
