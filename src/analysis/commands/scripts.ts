import type { Word } from "../../model/command.ts";
import { regionOf } from "../path-risk.ts";
import { absolutePath } from "../paths.ts";
import { isOpen } from "../words.ts";
import type { Doing } from "./doing.ts";
import { guardedPaths } from "./guarded-paths.ts";
import { because, high, medium } from "./program.ts";

const shells = /^(ba|z|da|a|k|mk)?sh$/;

/** Tells whether a command's name is a file and not a program along the search path. */
export function looksLikeScript(name: string): boolean {
  return name.includes("/");
}

/**
 * Runs a file. A shell script that can be read and is given no words of its own is looked into; with words, they become
 * its positional parameters, which the text's `$1` shows as unknown. Anything else is opaque.
 */
export function runScriptFile(
  file: Word,
  words: readonly Word[],
  doing: Doing,
  interpreter: string | null = null,
): void {
  const text = doing.lookInto(file);
  addCodeRisk(file, doing);
  if (text === null) {
    doing.unsure(`\`${isOpen(file) ? file.text : file}\` is not a script mirror can read`);
    doing.mustKnow(...words);
    guardedPaths(doing, words);
    return;
  }
  const shell = interpreter ?? interpreterOf(text);
  if (shell === null || !shells.test(shell)) {
    doing.unsure(because.inlineCode);
    guardedPaths(doing, words);
    return;
  }
  doing.script(text);
}

/** Which program the first line of a script names; null where it names none. */
function interpreterOf(text: string): string | null {
  const line = /^#!\s*(\S+)(?:\s+(?:-S\s+)?(\S+))?/.exec(text);
  if (line === null) return null;
  const program = line[1]?.replace(/^.*\//, "") ?? "";
  return program === "env" ? (line[2]?.replace(/^.*\//, "") ?? null) : program;
}

/** Code of the repository is what one works on; code from anywhere else came from somewhere. */
function addCodeRisk(file: Word, doing: Doing): void {
  const path = isOpen(file) ? null : absolutePath(file, doing.cwd, doing.surroundings.places.home);
  const region = path === null ? null : regionOf(path, doing.surroundings.places);
  if (region === "repository") doing.adds({ level: "low", reasons: ["runs-local-code"] });
  else if (region === "system") doing.adds(medium("runs-local-code"));
  else doing.adds(high("runs-local-code"));
}
