import type { ObjectReader } from "../git/objects.ts";
import { listNewCommits } from "../git/reach.ts";
import type { Repository } from "../git/repository.ts";

/**
 * Gives the genesis and every commit older than it, and where that history is cut off what lies right behind the cut as
 * well. None of them is ever looked at: an approval names a lineage that hangs on the genesis' id, so no commit from before
 * can hold one. Each is hashed all the same: git's word alone could make a later commit one of these, and hide it.
 */
export async function listOlderCommits(
  repository: Repository,
  reader: ObjectReader,
  genesis: string,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const reached of listNewCommits(reader, [genesis], () => false, repository)) {
    ids.push(reached.missing ?? reached.id);
  }
  return ids;
}
