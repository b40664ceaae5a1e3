import { MirrorError } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import type { ApprovedSet } from "../trust/walk.ts";

/** Says that an approved set does not parse here. The walk took it once, so another version of mirror did. */
export function approvedWithMistakes(
  { commit, lineage }: Pick<ApprovedSet, "commit" | "lineage">,
  problems: readonly Problem[],
): MirrorError {
  return new MirrorError(
    "invalid-policy-set",
    `the approved policy set of epoch ${lineage.epoch}, commit ${commit.slice(0, 12)}, has mistakes`,
    {
      data: { problems },
      hint: "approve one that is mended, with the version of mirror that took this one; until then nothing is allowed",
    },
  );
}
