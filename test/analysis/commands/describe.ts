import { understand } from "../../../src/analysis/commands/understand.ts";
import type { EffectDraft, Invocation, Understanding } from "../../../src/analysis/understanding.ts";
import { noWorld, type World } from "../../../src/analysis/world.ts";
import { type Word, wordText } from "../../../src/model/command.ts";
import type { Places } from "../../../src/model/places.ts";
import { combineRisks } from "../../../src/model/risk.ts";

export const places: Places = {
  repo: ["/repo"],
  home: "/home/ada",
  tmp: ["/tmp"],
  git: ["/repo/.git"],
  mirror: ["/home/ada/.local/state/mirror"],
};

/** Understands words as typed in `/repo`. */
export function understandWords(
  argv: readonly Word[],
  given: Partial<Invocation> = {},
  world: World = noWorld,
): Understanding {
  const invocation = { argv, cwd: "/repo", environment: new Map(), stdin: null, piped: false, ...given };
  return understand(invocation, { places, world });
}

/** Writes an understanding as the parts that examples list. */
export function describeUnderstanding(understanding: Understanding): {
  parts: string[];
  reasons: readonly string[];
  argv: string;
} {
  const { effects, opaque, runs, argv } = understanding;
  const risk = combineRisks([understanding.risk, ...effects.map((effect) => effect.risk)]);
  const unsure = opaque.length > 0 || effects.some((effect) => effect.opaque.length > 0);
  const parts = [risk.level, ...(unsure ? ["opaque"] : []), ...effects.map(describeEffect)];
  for (const run of runs) {
    parts.push(run.kind === "script" ? "script" : `run:${wordText(run.argv[0] ?? "")}`);
  }
  return { parts, reasons: risk.reasons, argv: argv.map(wordText).join(" ") };
}

/** Writes an effect as examples do. */
export function describeEffect(effect: EffectDraft): string {
  const { action, resource } = effect;
  if (resource.kind === "path") {
    return `${action}:${resource.shape === "exact" ? "" : `${resource.shape}:`}${resource.path}`;
  }
  if (resource.kind === "host") return `${action}:${resource.direction}:${resource.host ?? "?"}`;
  return action;
}
