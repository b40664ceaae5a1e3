import type { ArithmeticFor, For, Select, Statement, While } from "unbash";
import type { Word } from "../../model/command.ts";
import { isOpen } from "../words.ts";
import type { Cursor } from "./cursor.ts";
import { expandArithmetic, expandWord } from "./expand.ts";
import { assignNamed } from "./names.ts";
import { addDoubt, either, type Outcome, type Scope, shellLimits, takeBack } from "./scope.ts";
import { assign, forgetful, mergeAll, type State } from "./state.ts";
import { anyValue, type Value, valueOfWord } from "./value.ts";

const rounds = 4;

/**
 * Runs a loop's rounds from a state that holds before every one of them: what a round changes is not known in it.
 * Rounds that turn out to have started from too much knowledge are taken back. Gives that state; it holds after
 * the loop, too.
 */
function settle(state: State, scope: Scope, round: (entry: State) => State | null): State {
  const { commands, effects } = scope.session;
  const marks = [commands.length, effects.length] as const;
  let entry = state;
  for (let count = 0; ; count += 1) {
    const next = mergeAll(entry, round(entry)) ?? entry;
    if (next === entry || scope.session.exhausted) return next;
    if (count > rounds) {
      addDoubt("a loop that changes something every time", scope);
      return next;
    }
    takeBack(marks[0], marks[1], scope.session);
    entry = count === rounds ? forgetful(next) : next;
  }
}

/** Runs a loop's body once; gives every state that a next round, or what follows, can start from. */
function runBody(body: readonly Statement[], entry: State, scope: Scope, jumps: State[] = []): State | null {
  const ran = scope.session.interpreter.statements(body, entry, { ...scope, jumps: [...scope.jumps, jumps] });
  return mergeAll(ran.ok, ran.failed, ...jumps);
}

export function runWhile(node: While, state: State, scope: Scope): Outcome {
  const { interpreter } = scope.session;
  const entry = settle(state, scope, (start) => {
    const jumps: State[] = [];
    const clauseScope: Scope = { ...scope, jumps: [...scope.jumps, jumps], guarded: true };
    const asked = interpreter.statements(node.clause.commands, start, clauseScope);
    const goesOn = node.kind === "while" ? asked.ok : asked.failed;
    const end = runBody(node.body.commands, goesOn ?? start, scope);
    return mergeAll(asked.ok, asked.failed, end, ...jumps);
  });
  return either(entry);
}

/** One word a loop goes through. */
interface Item {
  readonly value: Value;
  /** It stands for any number of words. */
  readonly many: boolean;
}

export function runFor(node: For, state: State, scope: Scope): Outcome {
  const cursor: Cursor = { state, scope };
  const name = node.name.value;
  const words = node.wordlist?.flatMap((word) => expandWord(word, cursor));
  const items =
    words?.map(itemOf) ?? state.positional?.map((value): Item => ({ value, many: false })) ?? null;
  const few = items !== null && items.length <= shellLimits.loopWords;
  return runEach(name, few ? items : [{ value: anyValue(`$${name}`), many: true }], node, cursor);
}

function itemOf(word: Word): Item {
  if (!isOpen(word)) return { value: [word], many: false };
  if (!word.glob) return { value: word.many ? anyValue(word.text) : valueOfWord(word), many: word.many };
  const value = word.text.split(/([*?]|\[[^\]]+\])/).flatMap((token, index): Value => {
    if (token === "") return [];
    return [index % 2 === 0 ? token : { hole: "wild", text: token }];
  });
  return { value, many: word.many };
}

function runEach(name: string, items: readonly Item[], node: For, cursor: Cursor): Outcome {
  const { scope } = cursor;
  const jumps: State[] = [];
  let entry = cursor.state;
  for (const { value, many } of items) {
    const round = (start: State): State | null => {
      const named: Cursor = { state: start, scope };
      assignNamed(name, value, named);
      return runBody(node.body.commands, named.state, scope, jumps);
    };
    const end = many ? settle(entry, scope, round) : round(entry);
    if (end === null || scope.session.exhausted) break;
    entry = end;
  }
  return either(mergeAll(entry, ...jumps) ?? entry);
}

export function runArithmeticFor(node: ArithmeticFor, state: State, scope: Scope): Outcome {
  const cursor: Cursor = { state, scope };
  expandArithmetic(node.initialize, cursor);
  const entry = settle(cursor.state, scope, (start) => {
    const round: Cursor = { state: start, scope };
    expandArithmetic(node.test, round);
    const end = runBody(node.body.commands, round.state, scope);
    if (end === null) return round.state;
    const after: Cursor = { state: end, scope };
    expandArithmetic(node.update, after);
    return mergeAll(round.state, after.state);
  });
  return either(entry);
}

/** `select`: what is chosen comes from input. */
export function runSelect(node: Select, state: State, scope: Scope): Outcome {
  const cursor: Cursor = { state, scope };
  for (const word of node.wordlist ?? []) expandWord(word, cursor);
  if (state.input.isScript) addDoubt("`select` takes lines of the text that is being run", scope);
  assignNamed(node.name.value, null, cursor);
  const chosen = assign(cursor.state, "REPLY", null);
  return either(settle(chosen, scope, (start) => runBody(node.body.commands, start, scope)));
}
