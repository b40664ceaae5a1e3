import { wordText } from "../../model/command.ts";
import type { DecisionInput } from "../../model/decision.ts";
import type { Resource } from "../../model/effect.ts";
import { riskRank } from "../../model/risk.ts";

/** What makes a request harder to read than so many letters. */
const oddity = 100;

/** Tells how much there is to read in a request: of two that show the same, people want the lighter one. */
export function weight({ analysis, subagent, after = [] }: DecisionInput): number {
  const { commands, effects, risk } = analysis;
  let weighs = (subagent === null ? 0 : oddity) + oddity * after.length;
  for (const { argv } of commands) {
    weighs += 10;
    for (const word of argv) weighs += wordText(word).length + (typeof word === "string" ? 1 : oddity);
  }
  for (const { resource, opaque } of effects) weighs += weightOf(resource) + oddity * opaque.length;
  return weighs + (oddity / 2) * (riskRank(risk.level) + risk.reasons.length);
}

function weightOf(resource: Resource): number {
  if (resource.kind === "path") {
    const { path, real, shape } = resource;
    return path.length + (shape === "exact" ? 0 : oddity) + (real === null ? 0 : oddity + real.length);
  }
  if (resource.kind === "host") return resource.host?.length ?? oddity;
  return JSON.stringify(resource).length;
}
