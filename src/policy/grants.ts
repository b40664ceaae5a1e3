import { canonicalJson } from "../base/canonical-json.ts";
import { sha256Tag } from "../base/digest.ts";
import { wordText } from "../model/command.ts";
import { type Grant, type GrantedEffect, staticWords } from "../model/consent.ts";
import { type Analysis, commandChain, type Effect } from "../model/effect.ts";
import type { DecisionBody } from "../model/receipt.ts";

/**
 * Gives what a person may grant for calls like one that was asked about: its asked effects, exactly as they are. Null where
 * any of them cannot be named exactly (opaque, any path), where the call as a whole is asked about, or where a
 * secret was taken out of it: two calls that differ only there would look the same.
 */
export function grantable({
  input,
  decision,
  replay,
  removed = [],
}: Pick<DecisionBody, "input" | "decision" | "replay" | "removed">): readonly GrantedEffect[] | null {
  const { analysis } = input;
  const asking = decision.reasons.filter(({ verdict }) => verdict === "ask");
  if (
    replay !== "plain" ||
    removed.length > 0 ||
    asking.length === 0 ||
    asking.some(({ rule, effects }) => isPassing(rule) || effects.length === 0)
  )
    return null;
  const granted = new Map<string, GrantedEffect>();
  for (const index of new Set(asking.flatMap(({ effects }) => effects))) {
    const effect = analysis.effects[index];
    const named = effect === undefined ? null : nameExactly(effect, analysis);
    if (named === null) return null;
    granted.set(canonicalJson(named), named);
  }
  return [...granted.values()];
}

/** What is asked because of other calls that run just now says nothing of calls to come. */
function isPassing(rule: string): boolean {
  return rule === "gate/script-may-change";
}

function nameExactly(effect: Effect, analysis: Analysis): GrantedEffect | null {
  const { action, resource, opaque } = effect;
  const chain = staticWords(commandChain(analysis, effect));
  // A host that is not known is named by the command that goes there: `git push origin main`.
  const isOpen =
    (resource.kind === "path" && resource.shape === "unknown") ||
    (resource.kind === "host" && resource.host === null && effect.command === null);
  return chain === null || isOpen || opaque.length > 0 ? null : { action, resource, chain };
}

/** Gives the grant that covers an effect; null if none does. */
export function coveringGrant(grants: readonly Grant[], effect: Effect, analysis: Analysis): Grant | null {
  if (grants.length === 0) return null;
  const named = nameExactly(effect, analysis);
  if (named === null) return null;
  const wanted = canonicalJson(named);
  return grants.find(({ effects }) => effects.some((each) => canonicalJson(each) === wanted)) ?? null;
}

/** The digest a person signs of what they grant. */
export function grantDigest(effects: readonly GrantedEffect[]): string {
  return sha256Tag("mirror/grant/v1\n", canonicalJson(effects));
}

/** Writes a grant as the rules it amounts to, one line each. */
export function grantRules(effects: readonly GrantedEffect[]): string[] {
  return effects.map((effect) => {
    const command = effect.chain.at(-1);
    const by = command === undefined ? "" : `, command: [${JSON.stringify(command.map(wordText).join(" "))}]`;
    return `{verdict: allow, action: ${effect.action}${resourceText(effect)}${by}}`;
  });
}

function resourceText({ resource }: GrantedEffect): string {
  switch (resource.kind) {
    case "path":
      return `, path: [${JSON.stringify(`${resource.path}${resource.shape === "tree" ? "/**" : ""}`)}]`;
    case "host":
      return `, host: [${JSON.stringify(resource.host ?? "*")}]`;
    case "mcp":
      return `, mcp: [${JSON.stringify(`${resource.server}/${resource.tool}`)}]`;
    case "agent":
      return `, agent: [${JSON.stringify(resource.type)}]`;
    case "command":
    case "tool":
      return "";
  }
}
