import { isMirrorError, MirrorError } from "../../base/errors.ts";
import type { Lineage } from "../../model/lineage.ts";
import { commitSettlement } from "../../policy-store/commits.ts";
import { type Reached, reachFromGenesis } from "../../policy-store/from-genesis.ts";
import { policySetAt } from "../../policy-store/policy-set-at.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { firstLineage, policySetDigest } from "../../trust/policy-digest.ts";
import type { Step } from "../../trust/steps.ts";
import { viewPolicy } from "../approved-policy.ts";
import { refreshDaemon } from "../daemon-control.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { findProposal } from "./proposal.ts";
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
 * Settles which of two approved policy sets holds (TRUST P5): `name` begins its merge commit's id, or its lineage, or
 * names a commit that holds it.
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
    const { approved, open } = await viewPolicy(state);
    const fork = open === null ? await forkBehind(state) : { steps: open.steps, before: approved };
    if (fork === null) {
      const { lineage, commit } = approved;
      const message = `there is nothing to settle: one approved policy set holds, epoch ${lineage.epoch}, commit ${commit.slice(0, 12)}`;
      throw new MirrorError("usage", message, { hint: "`mirror policy log` shows how it came to hold" });
    }
    const { before } = fork;
    const step = await chosen(state, fork.steps, name);
    const isBehind = open === null;
    if (isBehind && !(await leadsTo(state, approved.lineage, [step]))) {
      throw new MirrorError(
        "usage",
        `commit ${step.commit.slice(0, 12)} leaves epoch ${before.lineage.epoch} by another way than this gate, which went on by the other one`,
        {
          hint: "settle on the one that it holds; what came after it cannot be taken back by a settlement",
        },
      );
    }
    const { id, signer } = await findReviewer(state, where, before, prompts, as);
    const trusted = before.set.trust.roles.get("trust")?.signers ?? [];
    if (!trusted.includes(id)) {
      throw new MirrorError(
        "threshold-not-met",
        `${id} has not the trust role, expected ${trusted.join(", ")}`,
        { hint: `one of them runs: mirror trust settle ${step.commit.slice(0, 12)}` },
      );
    }
    const desk = await deskOf(state, where, `refs/heads/${approved.set.config.policyBranch}`, signer);
    const { parent, child, commit } = step;
    const files = isBehind ? approved.files : ((await policySetAt(state.reader, commit)) ?? new Map());
    const settled = await commitSettlement(desk, { parent, child, commit, files });
    await refreshDaemon(state.paths);
    const left = isBehind ? await forkBehind(state) : (await viewPolicy(state)).open;
    const isSettled = left === null || left.steps.every((each) => each.parent.lineage !== parent.lineage);
    return { isSettled, commit: settled, holds: commit, epoch: child.epoch };
  } finally {
    state.close();
  }
}

/** A fork, and the policy set that it leaves. */
interface OpenFork {
  readonly steps: readonly Step[];
  readonly before: ApprovedPolicy;
}

/** Finds the first fork further back than this gate stands: it changes nothing here, and stops whoever comes later. */
async function forkBehind(state: OpenState): Promise<OpenFork | null> {
  const { walk, set } = await reach(state, []);
  if (walk.open === null) return null;
  const { lineage, commit, files } = walk;
  return { steps: walk.open.steps, before: { lineage, commit, files, set } };
}

/** Tells whether a walk from the genesis comes by `lineage` with these steps taken, and any at further forks. */
async function leadsTo(state: OpenState, lineage: Lineage, taken: readonly Step[]): Promise<boolean> {
  const { walk } = await reach(state, taken);
  if ([...taken, ...walk.adopted].some(({ child }) => child.lineage === lineage.lineage)) return true;
  for (const step of walk.open?.steps ?? []) if (await leadsTo(state, lineage, [...taken, step])) return true;
  return false;
}

async function reach({ repository, reader, pin }: OpenState, taken: readonly Step[]): Promise<Reached> {
  const { genesis } = pin.mustRead();
  const digest = policySetDigest((await policySetAt(reader, genesis)) ?? new Map());
  const first = { genesis, epoch: 0, lineage: firstLineage(genesis, digest), digest };
  const chosen = new Map(taken.map(({ parent, child }) => [parent.lineage, child.lineage]));
  return await reachFromGenesis(repository, reader, first, { now: Date.now(), chosen });
}

/**
 * Chooses the step that a person names: by its merge commit, by its lineage, or by any commit that holds its set, as the
 * one does by which the first of several signers settled.
 */
async function chosen(state: OpenState, steps: readonly Step[], name: string): Promise<Step> {
  const named = steps.filter(
    ({ commit, child }) => commit.startsWith(name) || child.lineage.startsWith(name),
  );
  const digest = named.length === 0 ? await digestOf(state, name) : null;
  const found = digest === null ? named : steps.filter(({ child }) => child.digest === digest);
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  const all = steps.map(({ commit, approvedBy }) => `${commit.slice(0, 12)} (by ${approvedBy.join(", ")})`);
  throw new MirrorError(
    "usage",
    `\`${name}\` names ${found.length} of the approved sets, expected one: ${all.join(" and ")}`,
    { hint: "name the commit of the one that is to hold: mirror trust settle <commit>" },
  );
}

/** Gives the digest of the policy set that a commit of this name holds; null where there is none. */
async function digestOf(state: OpenState, name: string): Promise<string | null> {
  try {
    return (await findProposal(state, name)).digest;
  } catch (error) {
    if (isMirrorError(error, "usage")) return null;
    throw error;
  }
}
