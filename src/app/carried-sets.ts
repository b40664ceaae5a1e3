import { isMirrorError } from "../base/errors.ts";
import { readRef } from "../git/refs.ts";
import { policySetAt } from "../policy-store/policy-set-at.ts";
import type { PolicyView } from "../policy-store/policy-store.ts";
import { policySetDigest } from "../trust/policy-digest.ts";
import type { OpenState } from "./open-state.ts";

/**
 * Says where the policy branch, or HEAD, carries something else than the approved policy set: whoever brought it there (by a
 * squash, a revert, an edit on the branch itself) may think that it holds.
 */
export async function carriedNotes(state: OpenState, { approved }: PolicyView): Promise<readonly string[]> {
  const { repository } = state;
  const { lineage, commit, set } = approved;
  const branch = set.config.policyBranch;
  const tip = readRef(repository, `refs/heads/${branch}`);
  const head = readRef(repository, "HEAD");
  const notes: string[] = [];
  const holds = `policy set ${short(lineage.digest)} of epoch ${lineage.epoch}`;
  const found = tip === null ? null : await otherSet(state, tip, lineage.digest);
  if (tip !== null && found !== null) {
    notes.push(
      `commit ${short(tip)} on ${branch} carries ${found}, expected the approved ${holds}; what it carries changes nothing. ` +
        `Put it back (git checkout ${short(commit)} -- .mirror, and commit), or bring it in as a branch of its own with \`mirror policy approve\` and \`mirror policy merge\``,
    );
  }
  const other = head === null || head === tip ? null : await otherSet(state, head, lineage.digest);
  if (head !== null && other !== null)
    notes.push(
      `commit ${short(head)}, checked out here, carries ${other}, expected the approved ${holds}, which holds all the same; ` +
        `\`mirror policy merge\` brings in a change that is approved`,
    );
  return notes;
}

/** Says what a commit carries where it is not the policy set with this digest; null where it is. */
async function otherSet({ reader }: OpenState, commit: string, digest: string): Promise<string | null> {
  try {
    const files = await policySetAt(reader, commit);
    if (files === null) return "no .mirror/";
    const found = policySetDigest(files);
    return found === digest ? null : `policy set ${short(found)}`;
  } catch (error) {
    if (!isMirrorError(error, "invalid-policy-set", "too-large")) throw error;
    return `what is no policy set (${error.message})`;
  }
}

function short(id: string): string {
  return id.slice(0, 12);
}
