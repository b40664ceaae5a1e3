export const riskLevels = ["low", "medium", "high", "critical"] as const;

export type RiskLevel = (typeof riskLevels)[number];

/** Why something is risky. A level never stands without at least one of these, except `low`. */
export const riskReasons = [
  "changes-files",
  "changes-guard",
  "changes-service",
  "destroys-data",
  "leaves-machine",
  "opaque",
  "outside-repository",
  "persistence",
  "privilege",
  "publishes",
  "reads-secret",
  "rewrites-history",
  "runs-local-code",
  "runs-remote-code",
  "spends-money",
  "starts-agent",
] as const;

export type RiskReason = (typeof riskReasons)[number];

/** How dangerous something is and why. `reasons` is sorted and free of repeats. */
export interface Risk {
  readonly level: RiskLevel;
  readonly reasons: readonly RiskReason[];
}

export const noRisk: Risk = { level: "low", reasons: [] };

/** Gives the level's place in the order low < medium < high < critical, from 0. */
export function riskRank(level: RiskLevel): number {
  return riskLevels.indexOf(level);
}

/** Combines risks: the highest level, all reasons. */
export function combineRisks(risks: readonly Risk[]): Risk {
  let level: RiskLevel = "low";
  const reasons = new Set<RiskReason>();
  for (const risk of risks) {
    if (riskRank(risk.level) > riskRank(level)) level = risk.level;
    for (const reason of risk.reasons) reasons.add(reason);
  }
  return { level, reasons: [...reasons].sort() };
}
