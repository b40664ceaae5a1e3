import { MirrorError } from "../../base/errors.ts";
import { commitSettlement } from "../../policy-store/commits.ts";
import { policySetAt } from "../../policy-store/policy-set-at.ts";
import type { Step } from "../../trust/steps.ts";
import { viewPolicy } from "../approved-policy.ts";
import { refreshDaemon } from "../daemon-control.ts";
import { openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { deskOf, findReviewer } from "./reviewer.ts";

/** What one signer said of a fork. */
export interface SettledFork {
  /** False where the trust role takes more signers, who have yet to say the same. */
  readonly isSettled: boolean;
  /** The commit that says so. */
  readonly commit: string;
  /** The merge commit whose policy set holds. */
  readonly holds: string;
  readonly epoch: number;
}

/**
 * Settles which of two approved policy sets holds (TRUST P5): `name` begins its merge commit's id, or its lineage.
 * Where the trust role takes several signers each says so, one after the other. Throws `usage` where there is no fork, or
 * the name fits none or several; `no-key`; `threshold-not-met` for whoever has not the trust role.
 */
export async function settleFork(
  where: Where,
  name: string,
  as: string | null,
  prompts: Prompts,
): Promise<SettledFork> {
  const state = await openState(where.directory, where.environment);
  try {
    const view = await viewPolicy(state);
    const { approved, open } = view;
    if (open === null)
      throw new MirrorError("usage", "there is nothing to settle: one approved policy set holds");
    const step = chosen(open.steps, name);
    const { id, signer } = await findReviewer(state, where, approved, prompts, as);
    const trusted = approved.set.trust.roles.get("trust")?.signers ?? [];
    if (!trusted.includes(id)) {
      throw new MirrorError(
        "threshold-not-met",
        `${id} has not the trust role, expected ${trusted.join(", ")}`,
      );
    }
    const desk = await deskOf(state, where, `refs/heads/${approved.set.config.policyBranch}`, signer);
    const { parent, child, commit } = step;
    const settled = await commitSettlement(desk, {
      parent,
      child,
      commit,
      files: (await policySetAt(state.reader, commit)) ?? new Map(),
    });
    await refreshDaemon(state.paths);
    const isSettled = (await viewPolicy(state)).open === null;
    return { isSettled, commit: settled, holds: commit, epoch: child.epoch };
  } finally {
    state.close();
  }
}

function chosen(steps: readonly Step[], name: string): Step {
  const found = steps.filter(
    ({ commit, child }) => commit.startsWith(name) || child.lineage.startsWith(name),
  );
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  const all = steps.map(({ commit, approvedBy }) => `${commit.slice(0, 12)} (by ${approvedBy.join(", ")})`);
  throw new MirrorError(
    "usage",
    `\`${name}\` names ${found.length} of the approved sets: ${all.join(" and ")}`,
  );
}
