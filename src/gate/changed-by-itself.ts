import type { LookedInto } from "../analysis/looked-into.ts";
import type { World } from "../analysis/world.ts";
import type { ChangingFile } from "../model/decision.ts";
import type { Analysis, Effect } from "../model/effect.ts";
import { isNamedBy, writtenNames } from "./path-names.ts";

/**
 * Gives the files that a call looked into and writes itself: `cp x go.sh && bash go.sh` runs what nobody looked at.
 * Which of the two comes first, no order of effects says for certain.
 */
export function changedByItself(
  analysis: Analysis,
  lookedInto: readonly LookedInto[],
  world: World,
): ChangingFile[] {
  if (lookedInto.length === 0) return [];
  const names = writtenNames(analysis.effects.filter((effect) => changesText(effect, analysis)));
  return lookedInto
    .filter(
      (file) => !isOpaqueAlready(file, analysis) && isNamedBy(file.path, world.realPath(file.path), names),
    )
    .map(({ path }) => ({ path, by: "itself" }));
}

/** Making a script executable before it runs is everyday work and leaves its text alone. */
function changesText({ command }: Effect, { commands }: Analysis): boolean {
  return command === null || commands[command]?.argv[0] !== "chmod";
}

/** A script named outright that is not there to be read (a program to be built, say) is opaque as it is. */
function isOpaqueAlready({ path, text }: LookedInto, { effects }: Analysis): boolean {
  if (text !== null) return false;
  return effects.some(
    ({ action, resource }) => action === "fs.read" && resource.kind === "path" && resource.path === path,
  );
}
