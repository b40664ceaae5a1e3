import { MirrorError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { policySetTree } from "../git/mirror-tree.ts";
import type { ObjectReader } from "../git/objects.ts";
import { directoryMode, parseTree } from "../git/tree.ts";
import type { GitObject } from "../model/git.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";

const deepest = 8;

/**
 * Reads the policy set from the tree that stands as `policy-set` in the ledger: a tree of exactly these files.
 * Throws `invalid-policy-set` for a tree that mirror would not have written, and what the reader throws.
 */
export async function readPolicySet(reader: ObjectReader, tree: string): Promise<PolicySetFiles> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  const walk = async (id: string, path: string, depth: number): Promise<void> => {
    if (depth > deepest) throw refused(tree, `is deeper than ${deepest} levels`);
    for (const entry of parseTree(await readAs(reader, "tree", id))) {
      if (entry.mode === directoryMode) {
        await walk(entry.id, `${path}${entry.name}/`, depth + 1);
        continue;
      }
      const data = await readAs(reader, "blob", entry.id);
      bytes += data.length;
      files.set(path + entry.name, data);
      if (files.size > limits.policySetFiles || bytes > limits.policySetBytes)
        throw refused(tree, "is too large");
    }
  };
  await walk(tree, "", 1);
  // Modes, empty directories and whatever else could differ without changing a file.
  if (policySetTree(files).tree !== tree) throw refused(tree, "holds more than plain files");
  return files;
}

async function readAs(reader: ObjectReader, type: GitObject["type"], id: string): Promise<Uint8Array> {
  const object = await reader.read(id);
  if (object.type === type) return object.data;
  throw refused(id, `is a ${object.type}, expected a ${type}`);
}

function refused(tree: string, what: string): MirrorError {
  return new MirrorError("invalid-policy-set", `the policy set \`${tree}\` in the ledger ${what}`);
}
