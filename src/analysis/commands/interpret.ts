import type { Word } from "../../model/command.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { guardWords } from "./guarded-paths.ts";
import { type Arguments, isSwitchedOn, type OptionTable, optionTable, parseArguments } from "./options.ts";
import type { Behaviour } from "./program.ts";
import { applyRole, operandRoles } from "./roles.ts";
import { actByVerbs, verbArguments } from "./verbs.ts";

const tables = new WeakMap<Behaviour, OptionTable>();

/** The options of an entry, read once. */
function tableOf(behaviour: Behaviour): OptionTable {
  const known = tables.get(behaviour);
  if (known !== undefined) return known;
  const style = behaviour.style ?? "gnu";
  const table = optionTable(
    behaviour.options ?? "",
    style,
    style === "posix" || behaviour.subcommands !== undefined,
  );
  tables.set(behaviour, table);
  return table;
}

/** Works out what a program does from its entry. `path`: its name and the subcommands so far. */
export function interpret(
  behaviour: Behaviour,
  given: readonly Word[],
  path: readonly Word[],
  doing: Doing,
): void {
  const words = behaviour.rewrite?.(given) ?? given;
  const args = parseArguments(words, tableOf(behaviour));
  if (asksForHelp(behaviour, words, args)) return;
  if (isSwitchedOn(args, behaviour.dryRun ?? [])) doing.dry = true;
  applyOptions(behaviour, args, path, doing);
  if (behaviour.subcommands === undefined) {
    applyOperands(behaviour, args, doing);
    behaviour.acts?.(args, doing);
    if (isPlain(behaviour)) guardWords(words, doing);
    return;
  }
  behaviour.acts?.(args, doing);
  descend(behaviour, args, words, path, doing);
}

/** Tells whether an entry says nothing of what the words are: then some may be paths that it writes. */
function isPlain({ operands, acts, others, inert }: Behaviour): boolean {
  return operands === undefined && acts === undefined && others === undefined && inert !== true;
}

const helpWords: ReadonlySet<string> = new Set([
  "--help",
  "--version",
  "-help",
  "-version",
  "-h",
  "-V",
  "-v",
  "help",
  "version",
]);

/** `--help` and `--version` alone. `-h` and `-v` count only for programs to which they mean nothing else. */
function asksForHelp(behaviour: Behaviour, words: readonly Word[], args: Arguments): boolean {
  if (words.length !== 1 || typeof words[0] !== "string") return false;
  const [word] = words;
  if (word === "--help" || word === "--version") return true;
  if (behaviour.style === "long" && /^-(help|version)$/.test(word)) return true;
  if (behaviour.subcommands === undefined && behaviour.others === undefined) return false;
  return helpWords.has(word) && args.options.every((option) => args.unknown.includes(option.id));
}

function applyOptions(behaviour: Behaviour, args: Arguments, path: readonly Word[], doing: Doing): void {
  if (behaviour.risk !== undefined && !doing.dry) doing.adds(behaviour.risk);
  if (behaviour.opaque !== undefined) doing.unsure(behaviour.opaque);
  if (behaviour.inert !== true) doing.mustKnow(...args.unsure);
  if (behaviour.strict === true) {
    const name = path.map((word) => (isOpen(word) ? word.text : word)).join(" ");
    for (const option of args.unknown) doing.unsure(`\`${name} ${option}\` is not an option mirror knows`);
  }
  for (const option of args.options) {
    const added = behaviour.flags?.[option.id];
    if (added !== undefined && !doing.dry) doing.adds(added);
    if (option.role === "unsafe") applyRole("unsafe", option.id, false, doing);
    else if (option.value !== null) applyRole(option.role, option.value, false, doing);
  }
}

function applyOperands(behaviour: Behaviour, args: Arguments, doing: Doing): void {
  if (behaviour.operands === undefined) {
    if (behaviour.others === "verbs") actByVerbs(args, behaviour, doing);
    return;
  }
  const recursive = behaviour.recursive?.some((id) => args.has(id)) ?? false;
  const roles = operandRoles(behaviour.operands, args.operands.length);
  args.operands.forEach((operand, index) => {
    applyRole(roles[index] ?? "skip", operand, recursive, doing);
  });
}

/**
 * Finds the subcommand and goes on with it. For policies, what came before its name moves behind it, or is
 * left out where every option of it is understood.
 */
function descend(
  behaviour: Behaviour,
  args: Arguments,
  words: readonly Word[],
  path: readonly Word[],
  doing: Doing,
): void {
  const [name, ...rest] = args.operands;
  if (name === undefined) return;
  const understood =
    doing.opaque.size === 0 &&
    args.options.every((option) => behaviour.leavesOut?.includes(option.id) === true);
  const given = words.slice(0, words.length - args.operands.length).filter((word) => word !== "--");
  const before = understood ? [] : given;
  const next = [...path, name];
  doing.argv = [...next, ...before, ...rest];
  const found = isOpen(name) ? undefined : subcommand(behaviour, name);
  if (found !== undefined) interpret(found, rest, next, doing);
  else if (behaviour.others === "verbs") actByVerbs(verbArguments([name, ...rest]), behaviour, doing);
  else if (behaviour.others !== undefined) interpret(behaviour.others, rest, next, doing);
  else if (isOpen(name)) doing.mustKnow(name);
  else doing.unsure(`\`${path.map(knownStart).join(" ")} ${name}\` is not a command mirror knows`);
}

function subcommand(behaviour: Behaviour, name: string): Behaviour | undefined {
  if (behaviour.subcommands === undefined || !Object.hasOwn(behaviour.subcommands, name)) return undefined;
  const found = behaviour.subcommands[name];
  return typeof found === "string" ? subcommand(behaviour, found) : found;
}
