import type { CompiledRule, PreparedRule } from "../compiled-rule.ts";
import type { CompiledConditions } from "../conditions.ts";
import { conditionsApart } from "./condition-within.ts";
import { commandSequence, pathSequence, sequencesMeet } from "./sequences.ts";

const mostNear = 16;

/**
 * Chooses the rules that may speak where the one in question does (null: anywhere), those first that are given
 * first. `patience` bounds the rules looked at.
 */
export function rulesNear(
  focus: CompiledConditions | null,
  rules: Iterable<PreparedRule>,
  patience: { left: number },
): readonly CompiledRule[] {
  const near: CompiledRule[] = [];
  for (const { compiled } of rules) {
    patience.left -= 1;
    if (near.length >= mostNear || patience.left <= 0) break;
    const rule = compiled();
    if (focus === rule.conditions || near.includes(rule)) continue;
    if (focus === null || mayMeet(focus, rule.conditions)) near.push(rule);
  }
  return near;
}

function mayMeet(a: CompiledConditions, b: CompiledConditions): boolean {
  if (conditionsApart(a, b)) return false;
  return pathsMeet(a, b) && commandsMeet(a, b);
}

/** Places may lie in each other, but paths of one place are what people mean to compare. */
function pathsMeet(a: CompiledConditions, b: CompiledConditions): boolean {
  if (a.paths === null || b.paths === null) return true;
  return a.paths.some((one) =>
    b.paths?.some(
      (other) => one.place === other.place && sequencesMeet(pathSequence(one), pathSequence(other)),
    ),
  );
}

function commandsMeet(a: CompiledConditions, b: CompiledConditions): boolean {
  if (a.commands === null || b.commands === null) return true;
  return a.commands.some((one) =>
    b.commands?.some((other) => sequencesMeet(commandSequence(one), commandSequence(other))),
  );
}
