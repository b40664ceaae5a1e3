import { isMirrorError } from "../../base/errors.ts";
import { listRefs } from "../../git/refs.ts";
import { parsePolicySet } from "../../model/documents.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { type Change, changesBetween } from "../../trust/changes.ts";
import type { ChangeJudgement } from "../../trust/thresholds.ts";
import { approvedPolicy } from "../approved-policy.ts";
import { type OpenState, openState } from "../open-state.ts";
import { inOneLine, mistakeText, policyProblemText } from "../policy-problem.ts";
import type { Where } from "../where.ts";
import { gatherApprovals, judgeProposal } from "./approvals.ts";
import {
  findProposal,
  isMerged,
  locate,
  mustChangePolicyAlone,
  type Proposal,
  proposalPrefix,
} from "./proposal.ts";

/** A proposal, and how far it is. */
export interface ProposalStand {
  readonly branch: string;
  readonly commit: string;
  /** Null where it holds nothing that could be a policy set. */
  readonly digest: string | null;
  /** `open`: waits for approvals; `ready`: may be merged; `merged`: is what holds; `stuck`: neither can be done. */
  readonly state: "open" | "ready" | "merged" | "stuck";
  readonly approvedBy: readonly string[];
  /** What each role wants; null where the set cannot be judged. */
  readonly judgement: ChangeJudgement | null;
  /** The files that differ from the approved set. */
  readonly changes: readonly Change[];
  /** Why it is stuck, and approvals that count for nothing. */
  readonly problems: readonly string[];
}

/** Gives every proposal there is, here and on the remotes, by name. */
export async function listProposals(where: Where): Promise<readonly ProposalStand[]> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const stands: ProposalStand[] = [];
    for (const name of proposalNames(state)) stands.push(await standOrStuck(state, approved, name));
    return stands;
  } finally {
    state.close();
  }
}

/** Looks at one proposal. Throws `usage` where it is not there. */
export async function showProposal(where: Where, name: string): Promise<ProposalStand> {
  const state = await openState(where.directory, where.environment);
  try {
    return await standOf(state, await approvedPolicy(state), name);
  } finally {
    state.close();
  }
}

function proposalNames({ repository }: OpenState): readonly string[] {
  const local = listRefs(repository, `refs/heads/${proposalPrefix}`).map(({ ref }) =>
    ref.slice("refs/heads/".length),
  );
  const remote = listRefs(repository, "refs/remotes/").flatMap(({ ref, id }) => {
    const at = ref.indexOf(`/${proposalPrefix}`);
    return at === -1 ? [] : [{ name: ref.slice(at + 1), full: ref.slice("refs/remotes/".length), id }];
  });
  // Where remotes differ, each of them is named: the name alone says none.
  const named = remote.map(({ name, full, id }) =>
    local.includes(name) || remote.every((other) => other.name !== name || other.id === id) ? name : full,
  );
  return [...new Set([...local, ...named])].sort();
}

/** Anybody may push a branch of that name: what is no policy set must not hide the other proposals. */
async function standOrStuck(
  state: OpenState,
  approved: ApprovedPolicy,
  name: string,
): Promise<ProposalStand> {
  try {
    return await standOf(state, approved, name);
  } catch (error) {
    if (!isMirrorError(error, "invalid-policy-set", "too-large", "usage")) throw error;
    const { branch, commit } = await locate(state, name);
    const problems = [inOneLine(error)];
    return {
      branch,
      commit,
      digest: null,
      state: "stuck",
      approvedBy: [],
      judgement: null,
      changes: [],
      problems,
    };
  }
}

async function standOf(state: OpenState, approved: ApprovedPolicy, name: string): Promise<ProposalStand> {
  const proposal = await findProposal(state, name);
  const { branch, commit, digest, files } = proposal;
  const common = { branch, commit, digest, changes: changesBetween(approved.files, files) };
  if (digest === approved.lineage.digest || (await isMerged(state, approved, proposal)))
    return { ...common, state: "merged", approvedBy: [], judgement: null, problems: [] };
  const { set, problems } = parsePolicySet(files);
  const stuck = await whyStuck(state, approved, proposal);
  if (set === null || stuck !== null) {
    const why = [...(stuck === null ? [] : [stuck]), ...problems.map(mistakeText)];
    return { ...common, state: "stuck", approvedBy: [], judgement: null, problems: why };
  }
  const given = await gatherApprovals(state, approved, proposal);
  const judgement = judgeProposal(approved, proposal, set, given.approvedBy);
  const { approvedBy } = given;
  const worthless = given.problems.map(policyProblemText);
  return { ...common, state: judgement.met ? "ready" : "open", approvedBy, judgement, problems: worthless };
}

async function whyStuck(
  state: OpenState,
  approved: ApprovedPolicy,
  proposal: Proposal,
): Promise<string | null> {
  try {
    await mustChangePolicyAlone(state, approved, proposal);
    return null;
  } catch (error) {
    if (!isMirrorError(error, "usage")) throw error;
    return inOneLine(error);
  }
}
