import { isShallow, type ObjectReader } from "../git/objects.ts";
import { listAncestors, listNewCommits } from "../git/reach.ts";
import type { Repository } from "../git/repository.ts";

/**
 * Gives the genesis and every commit older than it, and of a shallow clone what lies right behind the cut as well.
 * None of them is ever looked at: an approval names a lineage that hangs on the genesis' id, so no commit from before
 * can hold one.
 */
export async function listOlderCommits(
  repository: Repository,
  reader: ObjectReader,
  genesis: string,
): Promise<string[]> {
  if (!isShallow(repository)) return await listAncestors(repository, genesis);
  const ids: string[] = [];
  for await (const reached of listNewCommits(reader, [genesis], () => false)) {
    ids.push(reached.missing ?? reached.id);
  }
  return ids;
}
