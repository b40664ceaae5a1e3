import type { OpenWord, Word } from "../../model/command.ts";
import type { Action } from "../../model/effect.ts";
import type { CompiledConditions } from "../conditions.ts";
import { roundRobin } from "./round-robin.ts";
import { anything, commandSequence, examplesOf } from "./sequences.ts";

/** The words of each command on the way to an effect, the outermost first; none: a tool beside the shell. */
export type Chain = readonly (readonly Word[])[];

const mostCommands = 200;
/** Of how many commands the longer forms are tried. */
const mostVaried = 4;

const openWord: OpenWord = { text: "$x", parts: [null], many: false, glob: false };

/** Gives chains that meet the conditions in question (null: any), and tell those of `near` apart. */
export function chainsFor(
  action: Action,
  focus: CompiledConditions | null,
  near: readonly CompiledConditions[],
  most: number,
): readonly Chain[] {
  const looks = [...(focus === null ? [] : [focus]), ...near].some(
    ({ commands, flags }) => commands !== null || flags !== null,
  );
  const needsOne = action === "shell.exec";
  const asks = focus !== null && (focus.commands !== null || focus.flags !== null);
  if (!looks) return needsOne ? [[["x"]]] : [[]];
  const commands = commandsFor(focus, near, Math.min(most, mostCommands));
  const chains = [...commands.map((argv) => [argv]), ...longer(commands, near)];
  return needsOne || asks ? chains : [[], ...chains];
}

function commandsFor(
  focus: CompiledConditions | null,
  near: readonly CompiledConditions[],
  most: number,
): (readonly string[])[] {
  const others = near.flatMap(({ commands }) => commands ?? []).map(commandSequence);
  const lists = (focus?.commands?.map(commandSequence) ?? [anything]).map((sequence) =>
    examplesOf(sequence, others, most, "command").filter((argv) => argv.length > 0),
  );
  const plain = roundRobin(lists);
  const needed = focus?.flags?.any ?? [];
  const flags = new Set([...needed, ...[focus, ...near].flatMap((each) => flagsIn(each))]);
  const varied = plain
    .slice(0, mostVaried)
    .flatMap((argv) => [...flags].slice(0, 12).map((flag) => [...argv, flag]));
  return needed.length > 0
    ? roundRobin([varied, plain])
    : [...plain.slice(0, mostVaried), ...varied, ...plain.slice(mostVaried)];
}

function flagsIn(conditions: CompiledConditions | null): readonly string[] {
  return [...(conditions?.flags?.any ?? []), ...(conditions?.flags?.none ?? [])];
}

/** A command that runs another one, one with a word that is not known, and one of a program from elsewhere. */
function longer(commands: readonly (readonly string[])[], near: readonly CompiledConditions[]): Chain[] {
  const few = commands.slice(0, mostVaried);
  const others = commandsOf(near).slice(0, 2 * mostVaried);
  return [
    ...few.map((argv) => [[...argv, openWord]]),
    ...few.map(([program = "", ...rest]) => [[`/opt/${program}`, ...rest]]),
    ...few.flatMap((outer) =>
      others.flatMap((inner) => [
        [outer, inner],
        [inner, outer],
      ]),
    ),
  ];
}

function commandsOf(near: readonly CompiledConditions[]): string[][] {
  return near
    .flatMap(({ commands }) => commands ?? [])
    .flatMap((pattern) => examplesOf(commandSequence(pattern), [], 1, "command"))
    .filter((argv) => argv.length > 0);
}
