import type { Word } from "../model/command.ts";
import type { Action, Resource } from "../model/effect.ts";
import type { Places } from "../model/places.ts";
import type { Risk } from "../model/risk.ts";
import type { World } from "./world.ts";

// The seam between the shell (shell/, which knows bash: words, expansions, control flow, pipes) and the
// knowledge of programs (commands/, which knows what `git push -f` does). The shell hands over one invocation
// at a time; the knowledge answers with what it does and with what it runs in turn.

/** One program about to run: words expanded as far as they are known, wrappers not yet looked through. */
export interface Invocation {
  /** Never empty. */
  readonly argv: readonly Word[];
  /** Absolute; null where a `cd` made it unknown. */
  readonly cwd: string | null;
  /** Assignments before the command (`FOO=bar cmd`) and exports in force, last one wins. */
  readonly environment: ReadonlyMap<string, Word>;
  /** Text on standard input where it is known (a here-document, `echo … |`); null where not. */
  readonly stdin: string | null;
  /** Whether standard input comes from another command or file. */
  readonly piped: boolean;
}

/** What an invocation does by itself. */
export interface Understanding {
  /** `argv` in the form that policies match (see model/command.ts). */
  readonly argv: readonly Word[];
  /** False for a wrapper that is only looked through (`env`, `timeout`, `xargs`): no shell.exec effect of its own. */
  readonly isEffect: boolean;
  /** Effects beside its shell.exec. */
  readonly effects: readonly EffectDraft[];
  /** Why it cannot be known what it does, each a short phrase; empty if it can. */
  readonly opaque: readonly string[];
  /** Risk of running it, beside that of its effects. */
  readonly risk: Risk;
  /** What it runs in turn. */
  readonly runs: readonly Run[];
  /** Set by `cd` and its like: the directory from here on, null where unknown; undefined: unchanged. */
  readonly cwd: string | null | undefined;
}

/** An effect before it is tied to its command. */
export interface EffectDraft {
  readonly action: Action;
  readonly resource: Resource;
  readonly opaque: readonly string[];
  readonly risk: Risk;
}

/** Something that runs because of a command. */
export type Run =
  /** Shell text: `bash -c`, `eval`, a `package.json` script. `cwd` undefined: that of the command. */
  | { readonly kind: "script"; readonly text: string; readonly cwd: string | null | undefined }
  /** A program and its words: `env`, `timeout 5`, `find -exec`. */
  | {
      readonly kind: "argv";
      readonly argv: readonly Word[];
      readonly cwd: string | null | undefined;
      readonly environment: ReadonlyMap<string, Word> | null;
    };

export interface Surroundings {
  readonly places: Places;
  readonly world: World;
}

/** What commands/index gives to the shell. Never throws on any words. */
export type Understand = (invocation: Invocation, surroundings: Surroundings) => Understanding;
