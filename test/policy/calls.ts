import type { Command, Word } from "../../src/model/command.ts";
import type { Decision, DecisionInput } from "../../src/model/decision.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { Action, Analysis, Effect, PathResource, Resource } from "../../src/model/effect.ts";
import type { Places } from "../../src/model/places.ts";
import type { PolicySet } from "../../src/model/policy-set.ts";
import { combineRisks, noRisk, type Risk } from "../../src/model/risk.ts";
import { compilePolicySet } from "../../src/policy/compile.ts";
import { decide } from "../../src/policy/decide.ts";

// Calls written out by hand, so that these tests say what the rules mean and not what the analysis sees.

export const places: Places = {
  repo: ["/home/ada/repo"],
  home: "/home/ada",
  tmp: ["/tmp"],
  git: ["/home/ada/repo/.git"],
  mirror: ["/home/ada/.local/state/mirror"],
};

export function path(
  path: string,
  shape: PathResource["shape"] = "exact",
  real: string | null = null,
): PathResource {
  return { kind: "path", shape, path, real };
}

export function effect(action: Action, resource: Resource, more: Partial<Effect> = {}): Effect {
  return { action, resource, opaque: [], command: null, risk: noRisk, ...more };
}

/** An open word; `parts` joined with `$x` is its text. */
export function open(parts: readonly (string | null)[], many = false, glob = false): Word {
  return { text: parts.map((part) => part ?? "$x").join(""), parts, many, glob };
}

/** A shell.exec effect of a command given as words, or as a text split at spaces. */
export function runs(command: string | readonly Word[], more: Partial<Effect> = {}): Analysis {
  return analysis([command], [effect("shell.exec", { kind: "command" }, { command: 0, ...more })]);
}

/** Commands are each run by the one before. */
export function analysis(
  chain: readonly (string | readonly Word[])[],
  effects: readonly Effect[],
  risk?: Risk,
): Analysis {
  const commands: Command[] = chain.map((command, index) => ({
    argv: typeof command === "string" ? command.split(" ") : command,
    parent: index === 0 ? null : index - 1,
  }));
  return { commands, effects, risk: risk ?? combineRisks(effects.map((each) => each.risk)) };
}

export function input(of: Analysis | Effect, more: Partial<DecisionInput> = {}): DecisionInput {
  return {
    language: 1,
    agent: "coder",
    subagent: null,
    session: "s",
    client: "claude-code",
    tool: "Bash",
    places,
    analysis: "effects" in of ? of : analysis([], [of]),
    changing: [],
    ...more,
  };
}

export function bytes(files: Readonly<Record<string, string>>): Map<string, Uint8Array> {
  return new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)]));
}

/** A policy set with one policy `p`, bound to `coder`. */
export function policySet(rules: string, otherwise = "{}"): PolicySet {
  const { set, problems } = parsePolicySet(
    bytes({
      "mirror.yaml": `version: 1\npolicy_branch: main\notherwise: ${otherwise}\n`,
      "agents/coder.yaml": "version: 1\nid: coder\nclients: [claude-code]\npolicies: [p]\n",
      "policies/p.yaml": `version: 1\nid: p\nrules:\n${rules.replace(/^(?=.)/gm, "  ")}\n`,
    }),
    { unsigned: true },
  );
  if (set === null) throw new Error(JSON.stringify(problems, null, 2));
  return set;
}

export function decideWith(rules: string, of: Analysis | Effect, otherwise = "{}"): Decision {
  return decide(input(of), compilePolicySet(policySet(rules, otherwise)));
}

export function verdictOf(rules: string, of: Analysis | Effect, otherwise = "{}"): string {
  return decideWith(rules, of, otherwise).verdict;
}
