import type { Action } from "../../model/effect.ts";
import { freeId } from "../../model/id.ts";
import type { Rule } from "../../model/policy-set.ts";
import { type AskedEffect, highestRisk } from "./asked.ts";
import { type Candidate, exactly, grouped } from "./candidate.ts";

type Sayings = Pick<Candidate, "condition" | "patterns" | "anyHost" | "direction" | "asked">;

/** A rule to be, of one candidate or of several. */
interface Draft extends Sayings {
  readonly id: string;
  readonly actions: readonly Action[];
  /** Patterns that say nothing but what was approved. */
  readonly exact: readonly string[];
}

/** Puts candidates together that can stand in one rule and say there what each says alone. */
export function draftsOf(candidates: readonly Candidate[]): Draft[] {
  const parts = candidates.map((each) => ({
    ...each,
    actions: [each.action],
    exact: exactly(each).flatMap(({ patterns }) => patterns),
  }));
  const same = grouped(parts, (part) => JSON.stringify([part.patterns, saidBeside(part)])).map((group) =>
    merged(group, group.map(({ action }) => action).sort()),
  );
  const together = grouped(same, (part) => JSON.stringify([part.family, part.actions, saidBeside(part)])).map(
    (group) => merged(group, group[0].actions),
  );
  const taken = new Set<string>();
  return together.map((draft) => {
    const id = freeId(nameOf(draft), (each) => taken.has(each));
    taken.add(id);
    return { ...draft, id };
  });
}

/** What a rule says beside its patterns. */
function saidBeside({ condition, anyHost, direction, asked }: Sayings): unknown {
  return [condition, anyHost, direction, highestRisk(asked)];
}

function merged<T extends Sayings & { readonly exact: readonly string[] }>(
  group: readonly [T, ...T[]],
  actions: readonly Action[],
): T & { readonly actions: readonly Action[] } {
  const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
  return {
    ...group[0],
    actions,
    patterns: distinct(group.flatMap(({ patterns }) => patterns)),
    exact: distinct(group.flatMap(({ exact }) => exact)),
    asked: group.flatMap(({ asked }) => asked),
  };
}

const verbs: Readonly<Partial<Record<Action, string>>> = {
  "fs.read": "read",
  "fs.write": "write",
  "fs.delete": "delete",
  "net.connect": "reach",
  "mcp.call": "mcp",
  "agent.spawn": "start",
};

function nameOf({ actions, patterns: [pattern = ""], direction }: Omit<Draft, "id" | "exact">): string {
  const said = direction === null ? actions.flatMap((action) => verbs[action] ?? []) : [direction];
  const words = `${said.join(" ")} ${pattern}`.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.slice(0, said.length + 3).join("-") || "rule";
}

const says = { command: null, flags: null, path: null, host: null, mcp: null, agent: null } as const;

/** Makes the rule of a draft. It allows nothing that is more dangerous than what was approved. */
export function ruleOf(draft: Omit<Draft, "exact">): Rule {
  const { id, actions, condition, patterns, anyHost, direction, asked } = draft;
  const risk = { min: null, max: highestRisk(asked), any: null, none: null };
  return {
    ...says,
    host: anyHost ? ["*"] : null,
    [condition]: patterns,
    id,
    verdict: "allow",
    actions,
    reason: reasonOf(asked),
    allowsOpaque: false,
    when: { risk, direction, subagent: null, after: null },
    unless: null,
    match: [],
    notMatch: [],
    at: { file: "suggested", line: 1, column: 1 },
  };
}

function reasonOf(asked: readonly AskedEffect[]): string {
  const seqs = [...new Set(asked.map(({ call }) => call.seq))].sort((a, b) => a - b);
  return seqs.length === 1
    ? `approved in receipt ${seqs[0]}`
    : `approved ${seqs.length} times, receipts ${seqs[0]} to ${seqs.at(-1)}`;
}
