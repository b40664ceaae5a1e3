import { resolve } from "node:path/posix";
import { globMatches } from "../../../../src/analysis/wildcards.ts";
import { isOpen } from "../../../../src/analysis/words.ts";
import type { Word } from "../../../../src/model/command.ts";
import type { Analysis, PathResource } from "../../../../src/model/effect.ts";
import { isUnder } from "../../../../src/model/places.ts";
import type { Ran, Started } from "./sandbox.ts";

/** Tells whether the call is opaque: a person is asked, whatever else is in it. */
export function isOpaque(analysis: Analysis): boolean {
  return analysis.effects.some((effect) => effect.opaque.length > 0);
}

/** What a script did that its analysis does not say; empty if all is covered, or the call opaque. */
export function uncovered(ran: Ran, analysis: Analysis): string[] {
  if (isOpaque(analysis)) return [];
  return [
    ...ran.started
      .filter((one) => !isStarted(one, analysis))
      .map((one) => `runs ${JSON.stringify(one.argv)}`),
    ...ran.started.flatMap((one) => untouched(one, analysis)),
    ...ran.written.filter((path) => !isTouched("fs.write", path, analysis)).map((path) => `writes ${path}`),
  ];
}

/** Wrappers that are looked through have no effect of their own. */
const lookedThrough = /^(env|xargs|timeout|nice|nohup|busybox|time)$/;

function isStarted({ argv }: Started, { commands, effects }: Analysis): boolean {
  return commands.some(
    (command, index) =>
      (lookedThrough.test(argv[0] ?? "") ||
        effects.some((effect) => effect.action === "shell.exec" && effect.command === index)) &&
      matches(command.argv, argv),
  );
}

/** Tells whether words that are known in part may have become these. */
function matches([first, ...rest]: readonly Word[], argv: readonly string[]): boolean {
  if (first === undefined) return argv.length === 0;
  if (isOpen(first) && first.many) {
    return (
      argv.length >= 0 &&
      Array.from({ length: argv.length + 1 }, (_, count) => argv.slice(count)).some((left) =>
        matches(rest, left),
      )
    );
  }
  const [word] = argv;
  return word !== undefined && mayBe(first, word) && matches(rest, argv.slice(1));
}

function mayBe(word: Word, text: string): boolean {
  if (!isOpen(word)) return word === text;
  const pattern = word.parts
    .map((part) => (part === null ? "[\\s\\S]*" : part.replace(/[^\w]/g, "\\$&")))
    .join("");
  return new RegExp(`^${pattern}$`).test(text);
}

/** What the programs of these names touch, that the effects do not say. */
function untouched({ cwd, argv }: Started, analysis: Analysis): string[] {
  const [name, ...words] = argv;
  const action =
    name === "rm" ? "fs.delete" : name === "touch" ? "fs.write" : name === "cat" ? "fs.read" : null;
  // Other options may take a value.
  if (action === null || words.some((word) => /^-./.test(word) && !/^-r?f$/.test(word))) return [];
  return (
    words
      // A tilde that was quoted names a file; the analysis takes it for the home directory all the same.
      .filter((word) => word !== "" && !/^[-~]/.test(word))
      .map((word) => resolve(cwd, word))
      .filter((path) => !/^\/(dev|proc)\//.test(path) && !isTouched(action, path, analysis))
      .map((path) => `${action} ${path}`)
  );
}

function isTouched(
  action: "fs.read" | "fs.write" | "fs.delete",
  path: string,
  { effects }: Analysis,
): boolean {
  return effects.some(
    ({ action: given, resource }) => given === action && resource.kind === "path" && mayTouch(resource, path),
  );
}

function mayTouch({ shape, path }: PathResource, touched: string): boolean {
  if (shape === "unknown") return true;
  if (shape === "exact") return path === touched;
  if (shape === "tree") return isUnder(touched, path);
  const patterns = path.split("/");
  const names = touched.split("/");
  // A pattern that matches nothing stays as it is.
  return (
    path === touched ||
    (names.length === patterns.length && patterns.every((one, index) => globMatches(one, names[index] ?? "")))
  );
}
