import { combineRisks } from "../model/risk.ts";
import { risk } from "./path-risk.ts";
import { pathEffects } from "./paths.ts";
import { type Reading, walkSecrets } from "./secret-search.ts";
import type { EffectDraft, Surroundings } from "./understanding.ts";

export type { Reading };

/** Secrets of one tree that are named one by one. */
const namedSecrets = 100;

/**
 * Gives what reading all of a tree means: its own effect, and one for each file in it that looks like a secret.
 * Past the number of entries that may be listed the tree is opaque. Effects on anything but a tree stay alone.
 */
export function treeReadEffects(
  effect: EffectDraft,
  reading: Reading,
  surroundings: Surroundings,
): EffectDraft[] {
  const place = effect.resource;
  if (place.kind !== "path" || place.shape !== "tree") return [effect];
  const { secrets, links, complete } = walkSecrets(place.path, reading, surroundings);
  const named = secrets
    .slice(0, namedSecrets)
    .flatMap((path) => pathEffects("fs.read", path, null, surroundings));
  for (const { path, shape } of links.slice(0, namedSecrets)) {
    named.push(...pathEffects("fs.read", path, null, surroundings, shape));
  }
  const whole = complete && secrets.length <= namedSecrets && links.length <= namedSecrets;
  if (whole) return [effect, ...named];
  const reason = `\`${place.path}\` holds more than mirror looks through`;
  const unsure = {
    opaque: [...effect.opaque, reason],
    risk: combineRisks([effect.risk, risk("medium", "opaque")]),
  };
  return [{ ...effect, ...unsure }, ...named];
}
