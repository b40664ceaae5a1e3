import { existsSync } from "node:fs";
import { join } from "node:path";
import { readHead, readRef } from "../../git/refs.ts";
import { ledgerRef } from "../../ledger/ledger-store.ts";
import { policySetAt, policySetOf } from "../../policy-store/policy-set-at.ts";
import type { ApprovedPolicy } from "../../policy-store/policy-store.ts";
import { policyTips } from "../../policy-store/tips.ts";
import { changesBetween } from "../../trust/changes.ts";
import { policySetDigest } from "../../trust/policy-digest.ts";
import { viewPolicy } from "../approved-policy.ts";
import { type OpenState, openState } from "../open-state.ts";
import type { Where } from "../where.ts";
import { digestAt } from "./carrier.ts";
import { objectionsToWords } from "./commit-words.ts";
import {
  ledgerRefs,
  type Objection,
  objectionOf,
  objectionToLosing,
  objectionToPolicy,
  type PushedRef,
} from "./moved-ref.ts";
import { differsInPolicyAlone, mergeBase, rootOf } from "./proposal.ts";

/** What a person may want to know before a push or a commit. */
export interface Warning extends Objection {
  /** A hint is about what may well be meant so. */
  readonly level: "warning" | "hint";
  /** The ref it is about, or the commit. */
  readonly about: string;
}

/** Says what a push would lose, and what of it would not take effect. Throws as `openState` does. */
export async function warningsOfPush(
  where: Where,
  remote: string,
  refs: readonly PushedRef[],
): Promise<readonly Warning[]> {
  const state = await openState(where.directory, where.environment);
  try {
    const { approved } = await viewPolicy(state);
    const policyRef = policyRefOf(approved);
    const warnings: Warning[] = [];
    for (const pushed of refs) {
      const objection = await objectionOf(() => objectionToPush(state, approved, pushed));
      if (objection !== null) warnings.push({ level: "warning", about: pushed.ref, ...objection });
    }
    return warnings.length > 0 ? warnings : await hintsOfPush(state, policyRef, remote, refs);
  } finally {
    state.close();
  }
}

/** Says where the policy set goes to a remote and the receipts of this clone's gate do not. */
async function hintsOfPush(
  state: OpenState,
  policyRef: string,
  remote: string,
  refs: readonly PushedRef[],
): Promise<readonly Warning[]> {
  const policy = refs.find(({ ref }) => ref === policyRef);
  if (policy === undefined || !(await movesPolicySet(state, policy))) return [];
  const ledger = ledgerRef(state.record.gate);
  if (readRef(state.repository, ledger) === null || refs.some(({ ref }) => ref.startsWith(ledgerRefs)))
    return [];
  const why = "the policy set goes there, and this clone's ledger does not";
  const hint = `git push ${remote} ${ledger} shares its receipts, if you want that`;
  return [{ level: "hint", about: ledger, why, hint }];
}

async function objectionToPush(
  state: OpenState,
  approved: ApprovedPolicy,
  pushed: PushedRef,
): Promise<Objection | null> {
  const { repository, reader } = state;
  const { ref, to } = pushed;
  const isPolicy = ref === policyRefOf(approved);
  if (isPolicy || ref.startsWith(ledgerRefs)) {
    const losing = await objectionToLosing(repository, pushed);
    if (losing !== null || to === null || !isPolicy) return losing;
    // All of the history is looked at only where something differs.
    if ((await digestAt(state, to)) === approved.lineage.digest) return null;
    return await objectionToPolicy(repository, reader, { ...pushed, to });
  }
  if (to === null || !ref.startsWith("refs/heads/")) return null;
  return await objectionToMixing(state, approved, to);
}

/** Says where a branch changes the policy set along with other things. */
async function objectionToMixing(
  state: OpenState,
  approved: ApprovedPolicy,
  to: string,
): Promise<Objection | null> {
  const files = await policySetAt(state.reader, to);
  if (files === null || policySetDigest(files) === approved.lineage.digest) return null;
  const { policyBranch } = approved.set.config;
  let first: string | null = null;
  // The branch may have begun at what only a remote has; where it is right against one of them, it is right.
  for (const tip of policyTips(state.repository, [], policyBranch)) {
    const base = await mergeBase(state, tip, to);
    if (base === null) continue;
    const root = await rootOf(state, base);
    const standing = await policySetOf(state.reader, root);
    const change = standing === null ? undefined : changesBetween(standing, files)[0];
    if (standing === null || change === undefined) return null;
    if (await differsInPolicyAlone(state, to, { root, files: standing })) return null;
    first ??= change.path;
  }
  if (first === null) return null;
  return {
    why: `it changes policy (.mirror/${first}) along with other files, and \`mirror policy merge\` takes a change of .mirror/ alone`,
    hint: `put the change of .mirror/ on a branch of its own, made from ${policyBranch}`,
  };
}

async function movesPolicySet(state: OpenState, { from, to }: PushedRef): Promise<boolean> {
  if (to === null) return false;
  return from === null || (await digestAt(state, from)) !== (await digestAt(state, to));
}

/**
 * Says what of a commit that git is about to make would not take effect: `message` is the text, `tree` what it will
 * hold. Throws as `openState` does, and `invalid-policy-set`.
 */
export async function warningsOfCommit(
  where: Where,
  message: string,
  tree: string,
): Promise<readonly Warning[]> {
  const state = await openState(where.directory, where.environment);
  try {
    const { approved } = await viewPolicy(state);
    const files = await policySetOf(state.reader, tree);
    const digest = files === null ? null : policySetDigest(files);
    const changing = (await changesPolicyBranch(state, approved, digest)) ? [directChange(approved)] : [];
    const found = [...changing, ...objectionsToWords(message, approved.lineage, digest)];
    return found.map((objection) => ({ level: "warning", about: "this commit", ...objection }));
  } finally {
    state.close();
  }
}

/** Tells whether a commit here takes the policy branch to another set than the approved one, by no merge. */
async function changesPolicyBranch(
  state: OpenState,
  approved: ApprovedPolicy,
  digest: string | null,
): Promise<boolean> {
  const { repository } = state;
  if (readHead(repository.gitDir).branch !== policyRefOf(approved)) return false;
  if (existsSync(join(repository.gitDir, "MERGE_HEAD")) || digest === approved.lineage.digest) return false;
  const head = readRef(repository, "HEAD");
  return head !== null && digest !== (await digestAt(state, head));
}

function directChange(approved: ApprovedPolicy): Objection {
  const { policyBranch } = approved.set.config;
  return {
    why: `it changes .mirror/ on ${policyBranch} itself, where only the merge of an approved branch takes effect`,
    hint: "move it: git branch NAME && git reset --keep HEAD~1, then mirror policy merge NAME",
  };
}

function policyRefOf({ set }: ApprovedPolicy): string {
  return `refs/heads/${set.config.policyBranch}`;
}
