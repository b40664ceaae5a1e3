import type { Lineage } from "../model/lineage.ts";
import type { Candidates } from "./candidates.ts";
import type { UsableSet } from "./policy-sets.ts";
import type { JudgedAt } from "./signature-result.ts";
import { keepSigned, type SignedStatement } from "./signed-statements.ts";
import type { Settlement } from "./statement.ts";
import { meetsRole } from "./thresholds.ts";
import type { TrustProblem } from "./trust-problem.ts";

/** The child that the `trust` role of the parent settled on. */
export interface SettledChild {
  readonly child: string;
  /** Ids of the commits that say so. */
  readonly commits: readonly string[];
}

/**
 * Gives the child lineage that enough signers of the parent's `trust` role named (TRUST P5); null if there is
 * none, or more than one.
 */
export function settledChild(
  parent: Lineage,
  base: UsableSet,
  candidates: Candidates,
  at: JudgedAt,
  problems: TrustProblem[],
): SettledChild | null {
  const onParent = (candidates.settlements.get(parent.lineage) ?? []).filter(
    ({ statement }) => statement.epoch === parent.epoch,
  );
  const children = new Map<string, SignedStatement<Settlement>[]>();
  for (const settlement of keepSigned(onParent, base.keyring, at, problems)) {
    const group = children.get(settlement.statement.child);
    if (group === undefined) children.set(settlement.statement.child, [settlement]);
    else group.push(settlement);
  }
  const settled = [...children].filter(([, group]) =>
    meetsRole("trust", base.set, new Set(group.map(({ signer }) => signer))),
  );
  const [first, second] = settled;
  if (first === undefined) return null;
  if (second !== undefined) {
    const commit = second[1][0]?.id ?? "";
    const named = settled.map(([child, [by]]) => `${child.slice(0, 12)} (commit ${by?.id.slice(0, 12)})`);
    const message = `signers settled epoch ${parent.epoch} on ${named.join(" and ")}, expected one of them; it settles nothing`;
    problems.push({ code: "conflicting-settlements", commit, message });
    return null;
  }
  return { child: first[0], commits: first[1].map(({ id }) => id) };
}
