import type { CommandNode, ParsedScript, Statement } from "unbash";
import type { Command, Word } from "../../model/command.ts";
import type { Effect } from "../../model/effect.ts";
import { combineRisks, noRisk, type Risk } from "../../model/risk.ts";
import { risk } from "../path-risk.ts";
import type { EffectDraft, Surroundings, Understand } from "../understanding.ts";
import type { State } from "./state.ts";
import type { Value } from "./value.ts";

/** Where running something can lead. Null: that way is not possible (`exit`, `break`). */
export interface Outcome {
  /** After success. */
  readonly ok: State | null;
  /** After failure. */
  readonly failed: State | null;
  /** What it wrote to standard output; null: not known. */
  readonly output: Value | null;
}

/** The outcome of something that may succeed or fail and leaves one state. */
export function either(state: State, output: Value | null = null): Outcome {
  return { ok: state, failed: state, output };
}

/** What is collected while one call is analysed, and how much of it has been worked through. */
export interface Session {
  readonly surroundings: Surroundings;
  readonly understand: Understand;
  readonly interpreter: Interpreter;
  readonly commands: Command[];
  readonly effects: Effect[];
  /** The effects that `addDoubt` made, by reason and parent: each is said once. */
  readonly doubts: Map<string, number>;
  /** Commands gone through, those of discarded trial runs of loops too. */
  steps: number;
  /** Set once there is no going on: past a limit, everything more is left out. */
  exhausted: boolean;
}

/** One text being run: where its commands hang and where its jumps lead. */
export interface Scope {
  readonly session: Session;
  /** The command that runs the text; null at the top. */
  readonly parent: number | null;
  /** Texts, functions and substitutions around it. */
  readonly depth: number;
  /** Whether it may be run by a shell other than bash, such as dash. */
  readonly posix: boolean;
  /** Whether a failure here does not end a `set -e` script. */
  readonly guarded: boolean;
  /** States at `break` and `continue`, one list for each loop around: a jump may leave several. */
  readonly jumps: readonly State[][];
  /** States at `return`; null outside functions and sourced files. */
  readonly returns: State[] | null;
  /** Names made `local`; null outside functions. */
  readonly locals: Set<string> | null;
}

/** What the parts of the walk call in one another. */
export interface Interpreter {
  statements(statements: readonly Statement[], state: State, scope: Scope): Outcome;
  node(node: CommandNode, state: State, scope: Scope): Outcome;
  /** A parsed text in a shell of its own, which leaves the state as it is: `$(…)`. */
  nested(script: ParsedScript | undefined, state: State, scope: Scope): Value | null;
  /** A text that runs in this very shell: `eval`, `source`. */
  text(text: string, state: State, scope: Scope): Outcome;
}

/** How much one call may hold. */
export const shellLimits = {
  /** Texts within texts, functions within functions. */
  depth: 12,
  /** Commands gone through. */
  steps: 2_000,
  /** Words a loop is gone through one by one. */
  loopWords: 32,
  /** Words one brace expansion makes. */
  braceWords: 256,
  /** Characters of a file that `source` looks into. */
  sourced: 131_072,
} as const;

/** Appends a command; gives its index. */
export function addCommand(argv: readonly Word[], scope: Scope): number {
  return scope.session.commands.push({ argv, parent: scope.parent }) - 1;
}

/** Appends the effect that a command runs. */
export function addExec(command: number, opaque: readonly string[], own: Risk, session: Session): void {
  const unsure = opaque.length > 0 ? combineRisks([own, risk("medium", "opaque")]) : own;
  session.effects.push({
    action: "shell.exec",
    resource: { kind: "command" },
    opaque,
    command,
    risk: unsure,
  });
}

/** Appends effects of a command. */
export function addDrafts(command: number, drafts: readonly EffectDraft[], session: Session): void {
  for (const { action, resource, opaque, risk } of drafts) {
    session.effects.push({ action, resource, opaque, command, risk });
  }
}

/**
 * Makes the call opaque. The effect hangs on a command of its own, so that no rule that accepts the opacity of
 * a named command (`npm test`) accepts this one with it.
 */
export function addDoubt(reason: string, scope: Scope, argv: readonly Word[] = [":"]): void {
  const { session } = scope;
  const key = `${scope.parent} ${reason}`;
  if (session.doubts.has(key)) return;
  session.doubts.set(key, session.effects.length);
  addExec(addCommand(argv, scope), [reason], noRisk, session);
}

/** Takes back all that was appended since there were so many commands and effects. */
export function takeBack(commands: number, effects: number, session: Session): void {
  session.commands.length = commands;
  session.effects.length = effects;
  for (const [key, index] of session.doubts) if (index >= effects) session.doubts.delete(key);
}

/** Counts one command. False past the limit: the call is opaque and nothing more is gone through. */
export function countStep(scope: Scope): boolean {
  const { session } = scope;
  if (session.exhausted) return false;
  session.steps += 1;
  if (session.steps <= shellLimits.steps) return true;
  session.exhausted = true;
  addDoubt(`more than ${shellLimits.steps} commands`, scope);
  return false;
}

/** Goes one level deeper; null past the limit, with the call made opaque. */
export function deeper(scope: Scope, change: Partial<Scope>): Scope | null {
  if (scope.depth < shellLimits.depth) return { ...scope, ...change, depth: scope.depth + 1 };
  addDoubt("nested too deep", scope);
  return null;
}
