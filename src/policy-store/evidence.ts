import { mirrorName } from "../git/mirror-tree.ts";
import type { ObjectReader } from "../git/objects.ts";
import { parseTree } from "../git/tree.ts";
import type { Evidence } from "../model/receipt.ts";
import { parseCommitLinks } from "../trust/commit.ts";

/**
 * Gathers the raw objects that prove where a policy set came from: the commits, their root trees and the `.mirror`
 * trees in them. What lies below is the policy set itself, which the ledger's own tree holds.
 */
export async function gatherEvidence(reader: ObjectReader, commits: readonly string[]): Promise<Evidence> {
  const objects = new Map<string, Evidence["objects"][number]>();
  const take = async (id: string): Promise<Uint8Array> => {
    const { type, data } = await reader.read(id);
    if (type !== "tag") objects.set(id, { type, data: Buffer.from(data).toString("base64") });
    return data;
  };
  for (const commit of commits) {
    const { tree } = parseCommitLinks(await take(commit));
    const mirror = parseTree(await take(tree)).find(({ name }) => name === mirrorName);
    if (mirror !== undefined) await take(mirror.id);
  }
  return { objects: [...objects.values()] };
}
