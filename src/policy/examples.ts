import { type Analysis, commandChain } from "../model/effect.ts";
import type { Places } from "../model/places.ts";
import type { Rule } from "../model/policy-set.ts";
import { prepareRule } from "./compiled-rule.ts";
import type { EffectContext } from "./conditions.ts";
import { ruleVerdict } from "./decide.ts";
import { RuleIndex } from "./rule-index.ts";

/** Where `match` examples are run in thought: a repository at `/repo`, with nothing known to be in it. */
export const examplePlaces: Places = {
  repo: ["/repo"],
  home: "/home/you",
  tmp: ["/tmp"],
  git: ["/repo/.git"],
  mirror: ["/home/you/.local/state/mirror"],
};

/**
 * Tells whether a rule matches an example. A deny or ask rule matches a call of which it stops one effect; an
 * allow rule one of which it allows all effects that it is about.
 */
export function ruleMatches(policy: string, rule: Rule, analysis: Analysis, isBuiltin = false): boolean {
  const index = new RuleIndex([prepareRule(policy, rule, isBuiltin)]);
  const concerned = analysis.effects.filter((effect) => rule.actions.includes(effect.action));
  const speaks = concerned.map((effect) => {
    const context: EffectContext = {
      effect,
      chain: commandChain(analysis, effect),
      places: examplePlaces,
      callReasons: analysis.risk.reasons,
      isSubagent: rule.when?.subagent === true,
      earlier: rule.when?.after ?? [],
    };
    return index.candidates(context).some((candidate) => ruleVerdict(candidate, context) !== null);
  });
  return rule.verdict === "allow" ? speaks.length > 0 && speaks.every(Boolean) : speaks.some(Boolean);
}
