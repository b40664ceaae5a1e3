import type { Word } from "../../model/command.ts";
import type { EffectDraft } from "../understanding.ts";
import { dropStart, isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";

const pathOption = /^-{1,2}[A-Za-z][\w.:-]*=/;

/** Paths whose change is never a tool's own work: what guards the repository, and what lies outside of it. */
const worthSaying = /changes-guard|persistence|outside-repository/;

/**
 * Any word of a tool that mirror does not follow may be where it writes, or what it shows. Those that name a guarded path
 * or one outside of the repository are taken for written, secrets for read; all others are the tool's daily work.
 */
export function guardedPaths(doing: Doing, words: readonly Word[] = doing.invocation.argv.slice(1)): void {
  for (const word of words)
    for (const path of pathsIn(word)) {
      writeIf(worthSaying, path, doing);
      readIfSecret(path, doing);
    }
}

/** The same for programs that take names of other things: only what guards the repository is taken for a path. */
export function guardWords(words: readonly Word[], doing: Doing): void {
  for (const word of words) for (const path of pathsIn(word)) writeIf(/changes-guard/, path, doing);
}

/** What in a word may be a path: the word, what stands after `=` or `:`, and what is attached to a short option. */
function pathsIn(word: Word): Word[] {
  const text = knownStart(word);
  const option = pathOption.exec(text);
  if (option !== null) return [dropStart(word, option[0].length)];
  if (/^-{1,2}[\w-]+:/.test(text)) return [dropStart(word, text.indexOf(":") + 1)];
  if (/^-[A-Za-z][./~]/.test(text)) return [dropStart(word, 2)];
  if (text.startsWith("-") || /^\w[\w+.-]*:\/\//.test(text)) return [];
  const named = /^[A-Za-z_][\w.]*=/.exec(text);
  return named === null ? [word] : [word, dropStart(word, named[0].length)];
}

// An open word is asked about by `opaque` where it matters; a pattern of paths is looked at as far as it is known.

function writeIf(reasons: RegExp, word: Word, doing: Doing): void {
  if (isOpen(word) && !word.glob) return;
  const before = doing.effects.length;
  doing.write(word);
  const effects = doing.effects.splice(before);
  doing.effects.push(...effects.filter((effect) => isGuarded(effect, reasons)));
}

function readIfSecret(word: Word, doing: Doing): void {
  if (isOpen(word) && !word.glob) return;
  const before = doing.effects.length;
  doing.read(word);
  const effects = doing.effects.splice(before);
  doing.effects.push(...effects.filter((effect) => effect.risk.reasons.includes("reads-secret")));
}

function isGuarded({ resource, risk }: EffectDraft, reasons: RegExp): boolean {
  if (resource.kind !== "path") return false;
  if (resource.shape !== "unknown" && /\/\.git(\/|$)/.test(resource.path)) return true;
  return risk.reasons.some((reason) => reasons.test(reason));
}
