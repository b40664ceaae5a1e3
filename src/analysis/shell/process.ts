import type { Word } from "../../model/command.ts";
import { isUnder } from "../../model/places.ts";
import { risk } from "../path-risk.ts";
import { pathResource } from "../paths.ts";
import type { EffectDraft, Run, Surroundings, Understanding } from "../understanding.ts";
import { isOpen } from "../words.ts";
import { addCommand, addDoubt, addDrafts, addExec, countStep, deeper, type Scope } from "./scope.ts";
import { type Input, mergeAll, type State, type Variable } from "./state.ts";
import { runStaleTraps } from "./traps.ts";
import { type Value, valueOfWord, wordOf } from "./value.ts";

/** A program about to be started. */
export interface Start {
  /** Not empty. */
  readonly argv: readonly Word[];
  readonly cwd: string | null;
  readonly environment: ReadonlyMap<string, Word>;
  readonly input: Input;
  /** Effects of its redirections. */
  readonly redirected: readonly EffectDraft[];
}

/** Goes through a program and all that it runs in turn. Gives what is known of it. */
export function startProgram(start: Start, state: State, scope: Scope): Understanding {
  const { session } = scope;
  const [name] = start.argv;
  const understanding = session.understand(
    {
      argv: start.argv,
      cwd: start.cwd,
      environment: start.environment,
      stdin: start.input.text,
      piped: start.input.piped,
    },
    session.surroundings,
  );
  const index = addCommand(understanding.argv, scope);
  const opaque = [...understanding.opaque];
  if (name === undefined || isOpen(name)) opaque.push("the name of the command is not known");
  else if (name.startsWith("=")) opaque.push("the name of the command is looked up by some shells");
  if (start.cwd === null) opaque.push("the working directory is not known");
  if (understanding.isEffect || opaque.length > 0) addExec(index, opaque, understanding.risk, session);
  addDrafts(index, start.redirected, session);
  addDrafts(index, understanding.effects, session);
  addDrafts(index, workingDirectory(start.cwd, session.surroundings), session);
  if (understanding.runs.length > 0) runAll(understanding, start, index, state, scope);
  return understanding;
}

/** A program sees the directory it runs in; one outside the repository is an effect of its own. */
function workingDirectory(cwd: string | null, surroundings: Surroundings): EffectDraft[] {
  if (cwd === null) return [];
  const { repo, tmp } = surroundings.places;
  if ([...repo, ...tmp].some((root) => isUnder(cwd, root))) return [];
  const resource = pathResource(cwd, cwd, surroundings);
  return [{ action: "fs.read", resource, opaque: [], risk: risk("low", "outside-repository") }];
}

function runAll(
  understanding: Understanding,
  start: Start,
  parent: number,
  state: State,
  scope: Scope,
): void {
  const inner = deeper(scope, { parent, posix: !isBash(understanding.argv[0]) });
  if (inner === null) return;
  for (const run of understanding.runs) {
    const cwd = run.cwd === undefined ? start.cwd : run.cwd;
    if (run.kind === "argv") runWords(run, { ...start, cwd, redirected: [] }, state, inner);
    else runText(run.text, { ...start, cwd }, state, inner);
  }
}

function isBash(name: Word | undefined): boolean {
  return typeof name === "string" && /(^|\/)bash$/.test(name);
}

function runWords(run: Extract<Run, { kind: "argv" }>, start: Start, state: State, scope: Scope): void {
  if (!countStep(scope)) return;
  if (run.argv.length === 0) {
    addDoubt("a command without words", scope);
    return;
  }
  const environment =
    run.environment === null ? start.environment : new Map([...start.environment, ...run.environment]);
  startProgram({ ...start, argv: run.argv, environment }, state, scope);
}

function runText(text: string, start: Start, state: State, scope: Scope): void {
  const { session } = scope;
  // Commands of a text that comes from standard input read on in it, and may take away or cut the lines that follow.
  const isScript = start.input.text === text && text.trim().includes("\n");
  const fresh = freshState(start.cwd, start.environment, { text: null, piped: start.input.piped, isScript });
  const inherited = state.exportsFunctions ? { ...fresh, functions: maybe(state.functions) } : fresh;
  const outer: Scope = { ...scope, guarded: false, jumps: [], returns: null, locals: null };
  const outcome = session.interpreter.text(text, inherited, outer);
  runStaleTraps(mergeAll(outcome.ok, outcome.failed), outer);
}

function maybe(functions: State["functions"]): State["functions"] {
  return new Map([...functions].map(([name, one]) => [name, { ...one, certain: false }]));
}

/** What a new shell knows: its directory and its environment. */
export function freshState(cwd: string | null, environment: ReadonlyMap<string, Word>, input: Input): State {
  const variables = new Map<string, Variable>();
  for (const [name, word] of environment) {
    if (name === "IFS") continue;
    const value: Value = valueOfWord(word);
    variables.set(name, { value, items: null, exported: true, plain: true });
  }
  return {
    cwd,
    logical: cwd,
    stack: [],
    variables,
    functions: new Map(),
    aliases: new Map(),
    positional: null,
    traps: [],
    trapsStale: false,
    input,
    stopsOnError: false,
    exportsAll: false,
    exportsFunctions: false,
    splitsAtSpace: true,
    plainGlobs: true,
  };
}

const none: ReadonlyMap<string, Word> = new Map();

/**
 * Gives the environment of a program: what is exported, and names in capitals that were only assigned, as the shell may
 * have inherited them exported.
 */
export function environmentOf(state: State): ReadonlyMap<string, Word> {
  if (state.variables.size === 0) return none;
  const environment = new Map<string, Word>();
  for (const [name, variable] of state.variables) {
    if (variable.exported) environment.set(name, wordOf(variable.value));
    else if (/^[A-Z_][A-Z0-9_]*$/.test(name) && name !== "OLDPWD") {
      environment.set(name, { text: `$${name}`, parts: [null], many: false, glob: false });
    }
  }
  return environment;
}
