import { isMirrorError, MirrorError } from "../base/errors.ts";
import { readMirrorTree } from "../git/mirror-tree.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { parseCommitLinks } from "../trust/commit.ts";

/** Gives the policy set of a root tree; null where there is none. Throws as `readMirrorTree` does. */
export async function policySetOf(reader: ObjectReader, tree: string): Promise<PolicySetFiles | null> {
  return (await readMirrorTree(reader, tree))?.files ?? null;
}

/** Gives the policy set that a commit carries; null where there is none. Throws as `readMirrorTree` does, naming the commit. */
export async function policySetAt(reader: ObjectReader, commit: string): Promise<PolicySetFiles | null> {
  const { tree } = parseCommitLinks((await reader.read(commit)).data);
  try {
    return await policySetOf(reader, tree);
  } catch (error) {
    if (!isMirrorError(error, "invalid-policy-set")) throw error;
    throw new MirrorError("invalid-policy-set", `commit ${commit.slice(0, 12)}: ${error.message}`, {
      cause: error,
      hint: "make a commit with a `.mirror` that is as it should be; docs/trust.md P1 says what it may hold",
    });
  }
}
