import { gitObjectId } from "../base/digest.ts";
import type { GitObject, TreeEntry } from "../model/git.ts";
import type { ObjectReader } from "./objects.ts";
import { directoryMode, encodeTree, fileMode, parseTree } from "./tree.ts";
import type { WrittenTree } from "./tree-builder.ts";

/**
 * Makes the tree that has `files` (by path, `/` between segments) beside what `tree` holds (null: nothing). Only the
 * directories on their way are read, and only what is new is among the objects.
 */
export async function addToTree(
  reader: ObjectReader,
  tree: string | null,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<WrittenTree> {
  const objects: GitObject[] = [];
  const add = (object: GitObject): string => {
    objects.push(object);
    return gitObjectId(object.type, object.data);
  };
  const write = async (before: string | null, here: ReadonlyMap<string, Uint8Array>): Promise<string> => {
    const entries = new Map<string, TreeEntry>();
    if (before !== null) {
      for (const entry of parseTree((await reader.read(before)).data)) entries.set(entry.name, entry);
    }
    const below = new Map<string, Map<string, Uint8Array>>();
    for (const [path, data] of here) {
      const slash = path.indexOf("/");
      if (slash === -1) {
        entries.set(path, { mode: fileMode, name: path, id: add({ type: "blob", data }) });
        continue;
      }
      const name = path.slice(0, slash);
      below.set(name, (below.get(name) ?? new Map<string, Uint8Array>()).set(path.slice(slash + 1), data));
    }
    for (const [name, more] of below) {
      const id = await write(entries.get(name)?.id ?? null, more);
      entries.set(name, { mode: directoryMode, name, id });
    }
    return add({ type: "tree", data: encodeTree([...entries.values()]) });
  };
  return { tree: await write(tree, files), objects };
}
