import type { Role, Trust } from "./policy-set.ts";

/** Gives the least threshold that a role may have: what is wanted, as far as it has the signers. */
export function wantedThreshold({ wanted, signers }: Pick<Role, "wanted" | "signers">): number {
  return Math.min(wanted ?? 1, signers.length);
}

/** Says which roles want more signers than they have; null where none does. */
export function shortRolesText({ roles }: Trust): string | null {
  const short = [...roles].flatMap(([role, { wanted, signers }]) =>
    wanted !== null && signers.length < wanted ? [`${role} (${signers.length} of ${wanted})`] : [],
  );
  return short.length === 0 ? null : `fewer signers than are wanted: ${short.join(", ")}`;
}
