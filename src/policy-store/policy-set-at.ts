import { readMirrorTree } from "../git/mirror-tree.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { parseCommitLinks } from "../trust/commit.ts";

/** Gives the policy set of a root tree; null where there is none. Throws as `readMirrorTree` does. */
export async function policySetOf(reader: ObjectReader, tree: string): Promise<PolicySetFiles | null> {
  return (await readMirrorTree(reader, tree))?.files ?? null;
}

/** Gives the policy set that a commit carries; null where there is none. Throws as `readMirrorTree` does. */
export async function policySetAt(reader: ObjectReader, commit: string): Promise<PolicySetFiles | null> {
  return await policySetOf(reader, parseCommitLinks((await reader.read(commit)).data).tree);
}
