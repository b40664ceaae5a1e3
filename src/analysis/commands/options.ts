import type { Word } from "../../model/command.ts";
import { dropStart, isOpen, knownStart } from "../words.ts";

/**
 * How a program reads its words.
 *
 * - `gnu`: `-rf` is `-r -f`, `--force`, `--out=x`, unique abbreviations (`--forc`), options anywhere, `--` ends them.
 * - `posix`: the same, but the first operand ends the options (wrappers: what follows is another command).
 * - `long`: a single dash, too, begins a whole name (`-name`, `-auto-approve`).
 */
export type Style = "gnu" | "posix" | "long";

/** What an option's value is; `skip` where it means nothing to the effects. See roles.ts. */
interface OptionSpec {
  /** The first of its names. */
  readonly id: string;
  /** `optional`: only when attached (`--color=x`, `-i.bak`). */
  readonly takes: "nothing" | "value" | "optional";
  readonly role: string;
}

export interface OptionTable {
  readonly style: Style;
  /** Whether the first operand ends the options. */
  readonly stops: boolean;
  readonly byName: ReadonlyMap<string, OptionSpec>;
}

/**
 * Reads the compact notation of options: white space between options, commas between names of one, then
 * `=role` for a value, `[=role]` for one that must be attached. `-o,--output=write -r,-R -i[=skip] --level=`
 */
export function optionTable(notation: string, style: Style, stops: boolean = style === "posix"): OptionTable {
  const byName = new Map<string, OptionSpec>();
  for (const item of notation.split(/\s+/)) {
    if (item === "") continue;
    const optional = item.endsWith("]");
    const plain = optional ? item.slice(0, -1).replace("[=", "=") : item;
    const cut = plain.indexOf("=");
    const names = (cut < 0 ? plain : plain.slice(0, cut)).split(",");
    const takes = cut < 0 ? "nothing" : optional ? "optional" : "value";
    const role = cut < 0 ? "skip" : plain.slice(cut + 1) || "skip";
    for (const name of names) byName.set(name, { id: names[0] ?? name, takes, role });
  }
  return { style, stops, byName };
}

interface GivenOption {
  readonly id: string;
  readonly role: string;
  readonly value: Word | null;
}

/** A program's words, told apart. */
export interface Arguments {
  readonly options: readonly GivenOption[];
  readonly operands: readonly Word[];
  /** How many operands stood before `--`; null if there was none. */
  readonly beforeDashes: number | null;
  /** Options the table does not know, as written. */
  readonly unknown: readonly string[];
  /** Open words that may turn out to be options. */
  readonly unsure: readonly Word[];
  has(...ids: readonly string[]): boolean;
  /** The value of the last option of that id; null if it was not given, or has none. */
  value(id: string): Word | null;
}

/** What is found while the words are read. */
interface Found {
  readonly options: GivenOption[];
  readonly operands: Word[];
  readonly unknown: string[];
  readonly unsure: Word[];
}

/** Tells a program's words (without its name) apart. Total: anything goes somewhere. */
export function parseArguments(words: readonly Word[], table: OptionTable): Arguments {
  const found: Found = { options: [], operands: [], unknown: [], unsure: [] };
  let beforeDashes: number | null = null;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === undefined) break;
    if (word === "--") {
      beforeDashes = found.operands.length;
      found.operands.push(...words.slice(index + 1));
      break;
    }
    const start = knownStart(word);
    if (!start.startsWith("-") || word === "-") {
      if (isOpen(word) && start === "" && !word.glob) found.unsure.push(word);
      if (table.stops) {
        found.operands.push(...words.slice(index));
        break;
      }
      found.operands.push(word);
      continue;
    }
    if (readOption(word, words[index + 1], table, found)) index++;
  }
  return { ...found, beforeDashes, ...lookups(found.options) };
}

/** Tells whether one of these options is given and not switched off again: `--dry-run`, and not `--dry-run=none`. */
export function isSwitchedOn(args: Arguments, ids: readonly string[]): boolean {
  return ids.some((id) => {
    const value = args.value(id);
    const isOff = value !== null && (isOpen(value) || /^(none|false|no|off|never|0|f|n)?$/i.test(value));
    return args.has(id) && !isOff && !args.options.some(({ id: other }) => takesBack.test(other));
  });
}

const takesBack = /^--?no-?(dry|check|what|noop|simul|stat|num|sum)/;

function lookups(options: readonly GivenOption[]): Pick<Arguments, "has" | "value"> {
  return {
    has: (...ids) => options.some((option) => ids.includes(option.id)),
    value: (id) => options.findLast((option) => option.id === id)?.value ?? null,
  };
}

/** Reads one word that begins with a dash. Tells whether it took the next word, too. */
function readOption(word: Word, next: Word | undefined, table: OptionTable, found: Found): boolean {
  const start = knownStart(word);
  if (start.startsWith("--") || table.style === "long") return readLong(word, start, next, table, found);
  return readCluster(word, start, next, table, found);
}

function readLong(
  word: Word,
  start: string,
  next: Word | undefined,
  table: OptionTable,
  found: Found,
): boolean {
  const cut = start.indexOf("=");
  if (cut < 0 && isOpen(word)) {
    found.unsure.push(word);
    return false;
  }
  const name = cut < 0 ? start : start.slice(0, cut);
  const attached = cut < 0 ? null : dropStart(word, cut + 1);
  const specs = named(name, table);
  if (specs.length === 0) {
    if (!/^-+\d+$/.test(name)) found.unknown.push(name);
    found.options.push({ id: name, role: "skip", value: attached });
    return false;
  }
  const takesNext = attached === null && next !== undefined && specs.some((spec) => spec.takes === "value");
  const value = takesNext ? next : attached;
  for (const spec of specs) push(found, spec, spec.takes === "nothing" ? attached : value);
  return takesNext;
}

/** The options a long name may mean: itself, or everything it abbreviates. */
function named(name: string, table: OptionTable): OptionSpec[] {
  const exact = table.byName.get(name);
  if (exact !== undefined) return [exact];
  const double =
    table.style === "long" && name.startsWith("--") ? table.byName.get(name.slice(1)) : undefined;
  if (double !== undefined) return [double];
  if (table.style === "long" || name.length < 4) return [];
  const specs = new Map<string, OptionSpec>();
  for (const [candidate, spec] of table.byName) if (candidate.startsWith(name)) specs.set(spec.id, spec);
  return [...specs.values()];
}

function readCluster(
  word: Word,
  start: string,
  next: Word | undefined,
  table: OptionTable,
  found: Found,
): boolean {
  for (let at = 1; at < start.length; at++) {
    const name = `-${start[at]}`;
    const spec = table.byName.get(name);
    if (spec === undefined) {
      if (/\d/.test(name)) continue;
      found.unknown.push(name);
      found.options.push({ id: name, role: "skip", value: null });
      continue;
    }
    if (spec.takes === "nothing") {
      push(found, spec, null);
      continue;
    }
    const rest = dropStart(word, at + 1);
    const attached = rest === "" ? null : rest;
    if (attached !== null || spec.takes === "optional" || next === undefined) {
      push(found, spec, attached);
      return false;
    }
    push(found, spec, next);
    return true;
  }
  if (isOpen(word)) found.unsure.push(word);
  return false;
}

function push(found: Found, spec: OptionSpec, value: Word | null): void {
  found.options.push({ id: spec.id, role: spec.role, value });
  // An unquoted variable as a value may become several words, the rest of which are read as options.
  if (value !== null && isOpen(value) && value.many && !value.glob) found.unsure.push(value);
}
