import { MirrorError } from "../base/errors.ts";
import type { Fork } from "../trust/walk.ts";

/** Says that a walk ends at a fork that no signer settled (TRUST P5), and names what leaves it. */
export function forkedAt({ parent, steps }: Fork): MirrorError {
  const children = steps.map(
    ({ commit, approvedBy }) => `${commit.slice(0, 12)} (approved by ${approvedBy.join(", ")})`,
  );
  return new MirrorError(
    "forked",
    `${steps.length === 2 ? "two" : steps.length} approved policy sets leave epoch ${parent.epoch}: ${children.join(" and ")}, expected one`,
    {
      hint: "a signer of the trust role settles which one holds: mirror trust settle <commit>; until then nothing is allowed",
    },
  );
}
