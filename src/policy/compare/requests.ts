import { type DecisionInput, languageVersion } from "../../model/decision.ts";
import type { Action, Effect, Resource } from "../../model/effect.ts";
import type { Places } from "../../model/places.ts";
import { type RiskReason, riskReasons } from "../../model/risk.ts";
import type { CompiledConditions } from "../conditions.ts";
import { type Cell, cellsOf } from "./cells.ts";
import { type Chain, chainsFor } from "./chains.ts";
import { resourcesFor } from "./resources.ts";
import { choices } from "./round-robin.ts";

const mostCells = 600;

/** Who asks, and where. */
export interface Asker {
  readonly agent: string;
  readonly client: string;
  readonly places: Places;
  /** Why nobody is there to answer; null where somebody is. */
  readonly unattended: string | null;
}

/**
 * Gives requests that meet the conditions in question (null: any) and tell those of `near` apart, plain ones first; no
 * use is made of more than `most`.
 */
export function* requestsFor(
  action: Action,
  focus: CompiledConditions | null,
  near: readonly CompiledConditions[],
  asker: Asker,
  most: number,
): Iterable<DecisionInput> {
  const resources = resourcesFor(action, focus, near, asker.places, most);
  const chains = chainsFor(action, focus, near, most);
  const cells = cellsFor(action, focus, near);
  const opaque = [false, true];
  for (const choice of choices([resources.length, chains.length, cells.length, opaque.length])) {
    const [resource = 0, chain = 0, cell = 0, isOpaque = 0] = choice;
    yield requestOf(action, asker, {
      resource: resources[resource] as Resource,
      chain: chains[chain] as Chain,
      cell: cells[cell] as Cell,
      isOpaque: isOpaque === 1,
    });
  }
}

/** Those of the rule in question matter most; a rule nearby that looks at more is met as it comes. */
function cellsFor(
  action: Action,
  focus: CompiledConditions | null,
  near: readonly CompiledConditions[],
): readonly Cell[] {
  const own = focus === null ? [] : [focus.when];
  const all = [...own, ...near.map(({ when }) => when)];
  const few = all.slice(0, own.length + 3);
  for (const whens of [all, few, own]) {
    const cells = cellsOf(whens, action, mostCells);
    if (cells !== null) return cells;
  }
  return cellsOf([], action, mostCells) ?? [];
}

interface Parts {
  readonly resource: Resource;
  readonly chain: Chain;
  readonly cell: Cell;
  readonly isOpaque: boolean;
}

function requestOf(
  action: Action,
  { agent, client, places, unattended }: Asker,
  { resource, chain, cell, isOpaque }: Parts,
): DecisionInput {
  const own = cell.level === "low" || cell.own.length > 0 ? cell.own : [plainReason(cell)];
  const effect: Effect = {
    action,
    resource: resource.kind === "host" ? { ...resource, direction: cell.direction ?? "fetch" } : resource,
    opaque: isOpaque ? ["something that is not known"] : [],
    command: chain.length === 0 ? null : chain.length - 1,
    risk: { level: cell.level, reasons: [...own].sort() },
  };
  const reasons = [...new Set([...own, ...cell.call])].sort();
  return {
    language: languageVersion,
    agent,
    subagent: cell.isSubagent ? "helper" : null,
    session: "compare",
    client,
    tool: toolOf(effect, chain),
    places,
    analysis: {
      commands: chain.map((argv, index) => ({ argv, parent: index === 0 ? null : index - 1 })),
      effects: [effect],
      risk: { level: cell.level, reasons },
    },
    changing: [],
    ...(unattended === null ? {} : { unattended }),
    after: [...cell.earlier].sort(),
  };
}

/** A level above low never stands without a reason: one that the cell does not speak of. */
function plainReason({ call }: Cell): RiskReason {
  return riskReasons.find((reason) => !call.includes(reason)) ?? riskReasons[0];
}

function toolOf({ action, resource }: Effect, chain: Chain): string {
  if (chain.length > 0 || action === "fs.delete") return "Bash";
  if (resource.kind === "mcp") return `mcp__${resource.server}__${resource.tool}`;
  if (resource.kind === "tool") return resource.name;
  const tools: Partial<Record<Action, string>> = {
    "fs.read": "Read",
    "fs.write": "Write",
    "net.connect": "WebFetch",
    "agent.spawn": "Task",
  };
  return tools[action] ?? "Bash";
}
