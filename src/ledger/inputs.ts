import { gitObjectId } from "../base/digest.ts";
import { isMirrorError } from "../base/errors.ts";
import { addToTree } from "../git/add-to-tree.ts";
import { writePassingPack } from "../git/kept-pack.ts";
import type { ObjectReader } from "../git/objects.ts";
import { readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import { parseTree } from "../git/tree.ts";
import { updateRefs } from "../git/update-refs.ts";
import type { GitObject } from "../model/git.ts";
import type { KeptInput } from "../model/kept-input.ts";
import { parseCommit } from "../trust/commit.ts";
import { encodeCommit } from "../trust/commit-text.ts";
import { digitsOf } from "./receipt-tree.ts";

// The input of receipt 12 stands in `0/0/0/0/0/0/0/c.json`, an encrypted one in `….asc`. Nothing here is signed or believed,
// and all of it may go: the ref can be deleted at any time, and begins anew.

/** Gives the name of the ref with a gate's inputs. */
function inputsRef(gate: string): string {
  return `refs/mirror/inputs/${gate}`;
}

/** Where a gate's inputs are. */
export interface InputsPlace {
  readonly repo: Repository;
  readonly reader: ObjectReader;
  readonly gate: string;
}

/** Puts inputs beside those that are there, in one commit. `now` is in milliseconds. Throws what git throws. */
export async function addInputs(
  { repo, reader, gate }: InputsPlace,
  inputs: readonly KeptInput[],
  now: number,
): Promise<void> {
  const [first] = inputs;
  const last = inputs.at(-1);
  if (first === undefined || last === undefined) return;
  const ref = inputsRef(gate);
  const found = readRef(repo, ref);
  const before = found === null ? null : await treeOf(reader, found);
  const files = new Map(inputs.map(({ seq, form, text }) => [inputPath(seq, form), Buffer.from(text)]));
  const { tree, objects } = await addToTree(reader, before, files);
  const who = {
    name: gate,
    email: `${gate}@gates.mirror.invalid`,
    time: Math.floor(now / 1_000),
    zone: "+0000",
  };
  const numbers = first.seq === last.seq ? `${first.seq}` : `${first.seq} to ${last.seq}`;
  const data = encodeCommit({
    tree,
    parents: found === null || before === null ? [] : [found],
    author: who,
    committer: who,
    message: `inputs of receipts ${numbers}\n\nRedacted, unsigned, prunable.\n`,
  });
  const commit: GitObject = { type: "commit", data };
  const to = gitObjectId("commit", data);
  await writePassingPack(repo, `mirror-${ref.replaceAll("/", "-")}`, [...objects, commit], () =>
    updateRefs(repo, [{ ref, to, from: found }]),
  );
}

/** Gives the input of a receipt; null where none is kept. */
export async function readInput({ repo, reader, gate }: InputsPlace, seq: number): Promise<KeptInput | null> {
  const head = readRef(repo, inputsRef(gate));
  let id = head === null ? null : await treeOf(reader, head);
  let name = "";
  for (const digit of digitsOf(seq)) {
    if (id === null) return null;
    const entries = parseTree((await reader.read(id)).data);
    const entry = entries.find((each) => each.name === digit || each.name.startsWith(`${digit}.`));
    id = entry?.id ?? null;
    name = entry?.name ?? "";
  }
  if (id === null) return null;
  const text = Buffer.from((await reader.read(id)).data).toString("utf8");
  return { seq, form: name.endsWith(".asc") ? "asc" : "json", text };
}

function inputPath(seq: number, form: KeptInput["form"]): string {
  return `${[...digitsOf(seq)].join("/")}.${form}`;
}

/** Gives the tree of a commit; null where somebody pruned too much. */
async function treeOf(reader: ObjectReader, commit: string): Promise<string | null> {
  try {
    const { tree } = parseCommit((await reader.read(commit)).data);
    await reader.read(tree);
    return tree;
  } catch (error) {
    if (isMirrorError(error, "missing-object", "corrupt-object", "shallow")) return null;
    throw error;
  }
}
