import type { Word } from "../../model/command.ts";
import { combineRisks, noRisk, type Risk } from "../../model/risk.ts";
import { risk } from "../path-risk.ts";
import type { Understand, Understanding } from "../understanding.ts";
import { dependsOn, isOpen, knownStart } from "../words.ts";
import { findProgram } from "./catalog.ts";
import { Doing } from "./doing.ts";
import { influencedBy } from "./environment.ts";
import { guardedPaths } from "./guarded-paths.ts";
import { interpret } from "./interpret.ts";
import type { Program } from "./program.ts";
import { looksLikeScript, runScriptFile } from "./scripts.ts";

/** Says what one invocation does: effects, what it runs in turn, risk, and why it is unsure. Never throws. */
export const understand: Understand = (invocation, surroundings): Understanding => {
  const doing = new Doing(invocation, surroundings);
  const [program, ...words] = invocation.argv;
  if (program === undefined) return finish(doing, invocation.argv);
  const name = isOpen(program) ? program : programName(program);
  const entry = isOpen(name) ? undefined : findProgram(name);
  if (entry === undefined) understandStranger(name, words, doing);
  else understandKnown(entry, name, words, doing);
  return finish(doing, doing.argv ?? [name, ...words]);
};

function understandKnown(entry: Program, name: Word, words: readonly Word[], doing: Doing): void {
  interpret(entry, words, [name], doing);
  // What does nothing with its words may still be another program by the same name, or one with more loaded into it.
  const program = entry.inert === true ? "" : knownStart(name);
  for (const reason of influencedBy(program, doing.invocation.environment)) {
    doing.unsure(reason);
    // High, so that an allowance for what the program itself runs does not cover what steers it from outside.
    doing.adds(risk("high", "runs-local-code"));
  }
}

const programDirectories = /^(\/usr\/local|\/usr|\/opt\/homebrew)?\/s?bin\/(?=[^/]+$)/;

/** The plain name of a program in a standard directory; any other path as it is. */
function programName(program: string): string {
  const plain = program.replace(programDirectories, "");
  return plain.startsWith("\\") ? plain.slice(1) : plain;
}

/** A program without an entry: one that is not known until it runs, a file of the repository, or a stranger. */
function understandStranger(name: Word, words: readonly Word[], doing: Doing): void {
  if (isOpen(name)) {
    doing.unsure(name.glob ? `\`${name.text}\` may be any program` : dependsOn(name));
    doing.adds(risk("high", "runs-local-code"));
    return;
  }
  if (looksLikeScript(name)) {
    runScriptFile(name, words, doing);
    return;
  }
  doing.unsure(`\`${name}\` is not a program mirror knows`);
  guardedPaths(doing, words);
}

function finish(doing: Doing, argv: readonly Word[]): Understanding {
  const unsure = doing.opaque.size > 0 ? risk("low", "opaque") : noRisk;
  return {
    argv,
    isEffect: !doing.transparent || doing.opaque.size > 0,
    effects: doing.effects,
    opaque: [...doing.opaque],
    risk: plainly(combineRisks([...doing.risks, unsure])),
    runs: doing.runs,
    cwd: doing.nextCwd,
  };
}

/** A modest change that turns out to be more than that is none. */
function plainly({ level, reasons }: Risk): Risk {
  return {
    level,
    reasons: reasons.length > 1 ? reasons.filter((reason) => reason !== "changes-service") : reasons,
  };
}
