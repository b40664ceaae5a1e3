import type { Action, Resource } from "../../model/effect.ts";
import type { Places } from "../../model/places.ts";
import type { WhenCondition } from "../../model/policy-set.ts";
import { type RiskLevel, type RiskReason, riskLevels, riskReasons } from "../../model/risk.ts";
import { type CompiledConditions, conditionsHold, type EffectContext } from "../conditions.ts";
import type { Reading } from "../reading.ts";

/** All that a `when` can tell apart of a request. */
export interface Cell {
  readonly level: RiskLevel;
  /** Reasons of the effect. */
  readonly own: readonly RiskReason[];
  /** Reasons of the call; those of the effect are among them. */
  readonly call: readonly RiskReason[];
  readonly isSubagent: boolean;
  /** Reasons of what comes before. */
  readonly earlier: readonly RiskReason[];
  /** Null where the effect is about no host. */
  readonly direction: "fetch" | "send" | null;
}

/**
 * Gives one cell for every way in which the `when`s can be met and missed, the plainest first; null if there are
 * more than `most`. What none of them looks at stays as plain as it can be.
 */
export function cellsOf(
  whens: readonly (WhenCondition | null)[],
  action: Action,
  most: number,
): readonly Cell[] | null {
  const said = whens.filter((when) => when !== null);
  const mentioned = riskReasons.filter((reason) =>
    said.some(({ risk }) => risk?.any?.includes(reason) || risk?.none?.includes(reason)),
  );
  const levels = said.some(({ risk }) => risk != null && (risk.min !== null || risk.max !== null))
    ? riskLevels
    : riskLevels.slice(0, 1);
  const subagent = said.some((when) => when.subagent !== null) ? [false, true] : [false];
  const plain = action === "net.connect" ? [] : [null];
  const told = said.some((when) => when.direction !== null);
  const directions: Cell["direction"][] = told ? [...plain, "fetch", "send"] : [plain[0] ?? "fetch"];
  const pasts = pastsOf(said.flatMap(({ after }) => (after === null ? [] : [after])));
  const count =
    levels.length * subagent.length * directions.length * 3 ** mentioned.length * 2 ** pasts.length;
  if (count > most) return null;
  const cells: Cell[] = [];
  for (const earlier of subsets(pasts)) {
    for (const stands of standings(mentioned)) {
      for (const isSubagent of subagent) {
        for (const direction of directions) {
          for (const level of levels) cells.push({ level, ...stands, isSubagent, earlier, direction });
        }
      }
    }
  }
  return cells;
}

/**
 * Gives one reason for each group that the lists do not tell apart: a list holds as soon as one of its reasons stands, so
 * what any set of reasons meets, the set of those that stand for them meets.
 */
function pastsOf(lists: readonly (readonly RiskReason[])[]): readonly RiskReason[] {
  const groups = new Map<string, RiskReason>();
  for (const reason of riskReasons) {
    const places = lists.map((list) => (list.includes(reason) ? "1" : "0")).join("");
    if (places.includes("1") && !groups.has(places)) groups.set(places, reason);
  }
  return [...groups.values()];
}

/** Gives every choice of them, the smaller ones first. */
function subsets(reasons: readonly RiskReason[]): (readonly RiskReason[])[] {
  let all: (readonly RiskReason[])[] = [[]];
  for (const reason of reasons) all = [...all, ...all.map((some) => [...some, reason])];
  return all.sort((a, b) => a.length - b.length);
}

type Standing = Pick<Cell, "own" | "call">;

/** Each reason may be the effect's own, another effect's, or nobody's. */
function standings(reasons: readonly RiskReason[]): Standing[] {
  let all: Standing[] = [{ own: [], call: [] }];
  for (const reason of reasons) {
    all = [
      ...all,
      ...all.map(({ own, call }) => ({ own: [...own, reason], call: [...call, reason] })),
      ...all.map(({ own, call }) => ({ own, call: [...call, reason] })),
    ];
  }
  return all;
}

const saysNothing: CompiledConditions = {
  commands: null,
  flags: null,
  paths: null,
  hosts: null,
  mcp: null,
  agents: null,
  when: null,
};

const noPlaces: Places = { repo: [], home: "/", tmp: [], git: [], mirror: [] };

/** Tells whether a `when` holds in a cell, by the evaluator's own word. */
export function whenHolds(when: WhenCondition | null, cell: Cell, action: Action, reading: Reading): boolean {
  if (when === null) return true;
  const { direction } = cell;
  const resource: Resource =
    direction === null ? { kind: "tool", name: "" } : { kind: "host", host: null, direction };
  const context: EffectContext = {
    effect: { action, resource, opaque: [], command: null, risk: { level: cell.level, reasons: cell.own } },
    chain: [],
    places: noPlaces,
    callReasons: cell.call,
    isSubagent: cell.isSubagent,
    earlier: cell.earlier,
  };
  return conditionsHold({ ...saysNothing, when }, context, reading, false);
}
