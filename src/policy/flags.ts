import type { Word } from "../model/command.ts";
import { parseGlob } from "../model/glob.ts";
import type { FlagCondition } from "../model/policy-set.ts";
import { openWordMeets } from "./command-match.ts";
import type { Reading } from "./reading.ts";

/** Tells whether the command has one of `any` and none of `none`. Words after `--` are no flags. */
export function flagsMatch(condition: FlagCondition, argv: readonly Word[], reading: Reading): boolean {
  const words = flagWords(argv);
  const { any, none } = condition;
  // What covers wants its flags to be there, and its forbidden flags not to be there, for certain.
  const isThere = (flag: string): boolean =>
    words.some((word) =>
      reading === "covers" ? isSurelyFlag(word, flag) : mayBeFlag(word, flag, reading === "touches"),
    );
  const isAway = (flag: string): boolean =>
    !words.some((word) => (reading === "touches" ? isSurelyFlag(word, flag) : mayBeFlag(word, flag, true)));
  return (any === null || any.some(isThere)) && (none === null || none.every(isAway));
}

function flagWords(argv: readonly Word[]): readonly Word[] {
  const end = argv.indexOf("--", 1);
  return argv.slice(1, end < 0 ? undefined : end);
}

/** `-f` is surely in `-fr`, but not in `-rf`, where `f` may be what `-r` is given. */
function isSurelyFlag(word: Word, flag: string): boolean {
  if (typeof word !== "string") return false;
  if (word === flag || word.startsWith(`${flag}=`)) return true;
  return isShort(flag) && !word.startsWith("--") && word.startsWith(flag);
}

function mayBeFlag(word: Word, flag: string, withOpen: boolean): boolean {
  if (typeof word !== "string") {
    return withOpen && possibleForms(flag).some((form) => openWordMeets(word, parseGlob(form)));
  }
  if (isSurelyFlag(word, flag)) return true;
  if (isShort(flag)) return cluster(word).includes(flag.charAt(1));
  return flag.startsWith("--") && isAbbreviation(word.replace(/=.*$/s, ""), flag);
}

function isShort(flag: string): boolean {
  return flag.length === 2 && flag !== "--";
}

/** The letters of `-rf`; what stands after a character that no flag has is a value. */
function cluster(word: string): string {
  return /^-([A-Za-z0-9]+)/.exec(word)?.[1] ?? "";
}

/** Programs take `--forc` for `--force` where nothing else begins so. */
function isAbbreviation(word: string, flag: string): boolean {
  return word.length > 2 && flag.startsWith(word);
}

function possibleForms(flag: string): readonly string[] {
  const text = flag.replace(/[*?[\\]/g, "\\$&");
  return isShort(flag) ? [`-*${text.slice(1)}*`] : [text, `${text}=*`];
}
