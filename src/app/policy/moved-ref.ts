import { isMirrorError } from "../../base/errors.ts";
import { runGit } from "../../git/launch.ts";
import type { ObjectReader } from "../../git/objects.ts";
import type { Repository } from "../../git/repository.ts";
import { ledgerRef } from "../../ledger/ledger-store.ts";
import { policySetAt } from "../../policy-store/policy-set-at.ts";
import { judgeHead, mustGoOn, type PolicyCheck } from "./check.ts";

/** One ref that a push moves. Null: it is made, or deleted. */
export interface PushedRef {
  readonly ref: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** A ref that moves to a commit. */
export type MovedRef = PushedRef & { readonly to: string };

/** What speaks against a move: what was found and expected, and what to do. */
export interface Objection {
  readonly why: string;
  readonly hint: string;
}

/** Where ledgers stand. */
export const ledgerRefs: string = ledgerRef("");

/** Says why a ref may not be taken away or back; null if it only goes forward. `repository` has both commits, if it can. */
export async function objectionToLosing(
  repository: Repository,
  { ref, from, to }: PushedRef,
): Promise<Objection | null> {
  const isLedger = ref.startsWith(ledgerRefs);
  if (to === null) {
    return {
      why: `it must not be deleted: ${isLedger ? "its receipts are the evidence" : "every gate reads the policy set from it"}`,
      hint: "leave it out of the push",
    };
  }
  if (from === null || (await isAncestor(repository, from, to))) return null;
  return {
    why: `it only goes forward, and ${short(to)} does not lead back to ${short(from)}, where it stands there`,
    hint: isLedger
      ? "push it as its gate has it, without --force; `mirror verify` in the gate's clone says what is wrong with it"
      : "fetch it, put your work on top (git pull) and push without --force",
  };
}

/** Says why a commit's policy set may not stand on the policy branch; null if it may. Throws as `judgeHead` does. */
export async function objectionToPolicy(
  repository: Repository,
  reader: ObjectReader,
  { from, to }: MovedRef,
): Promise<Objection | null> {
  const stood = from !== null && (await policySetAt(reader, from)) !== null;
  if ((await policySetAt(reader, to)) === null) {
    // A repository that is not governed yet has nothing to guard.
    if (!stood) return null;
    return {
      why: `${short(to)} carries no .mirror/, expected the approved policy set`,
      hint: "put it back as it was: git revert the commit that removed it",
    };
  }
  if (stood) await mustGoOn(repository, reader, from, to);
  const check = await judgeHead(repository, reader, to, to);
  return check.state === "unchanged" ? null : objectionTo(to, check);
}

function objectionTo(to: string, { state, missing, problems }: PolicyCheck): Objection {
  if (state === "approved") {
    return {
      why: `${short(to)} carries a policy set that is approved and that no merge commit brings in`,
      hint: "take it back, and bring the branch in with `mirror policy merge`; a squash, rebase or fast-forward does not count",
    };
  }
  const [what, details] =
    state === "broken" ? ["has mistakes, expected the approved one", problems] : ["is not approved", missing];
  const all = details.length === 0 ? "" : `: ${details.join("; ")}`;
  return {
    why: `${short(to)} carries a policy set that ${what}${all}`,
    hint: "take the change back (git revert), make it with `mirror policy propose`, and bring it in with `mirror policy merge`",
  };
}

/** Gives the objection that `look` finds; a MirrorError is one too. */
export async function objectionOf(look: () => Promise<Objection | null>): Promise<Objection | null> {
  try {
    return await look();
  } catch (error) {
    if (!isMirrorError(error)) throw error;
    return { why: error.message, hint: error.hint ?? "`mirror policy check` in a clone says more" };
  }
}

async function isAncestor({ git, commonDir }: Repository, from: string, to: string): Promise<boolean> {
  const args = ["--git-dir", commonDir, "merge-base", "--is-ancestor", from, to];
  return (await runGit(git, args, {})).code === 0;
}

/** As ids are shown. */
export function short(id: string): string {
  return id.slice(0, 12);
}
