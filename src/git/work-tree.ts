import { gitObjectId } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { limits } from "../base/limits.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { changeIndex, type IndexChange, type IndexEntry, readIndex } from "./index-entries.ts";
import { memoryName, mirrorName } from "./mirror-tree.ts";
import type { Repository } from "./repository.ts";
import { lookAt, removeFile, stageFiles, type WorkFile } from "./work-files.ts";
import type { WorkTree } from "./work-trees.ts";

/**
 * Lets a work tree that has the policy branch checked out follow it: index entries and files below `.mirror/` go from
 * `before` (null: no policy set) to `after`. Only files that differ between the two are looked at or touched. The
 * objects of `after` must be in the repository.
 *
 * Throws `work-tree-conflict`, with the paths, if one of them is neither as before nor as after, in the index or on
 * the disk; then nothing was changed. Throws `git-locked`. Gives `nothing` if all was as after.
 */
export async function followMirrorFiles(
  repo: Pick<Repository, "git">,
  workTree: WorkTree,
  before: PolicySetFiles | null,
  after: PolicySetFiles,
): Promise<"followed" | "nothing"> {
  const plan = await planFollow(repo, workTree, before, after);
  if (plan.index.length + plan.write.size + plan.remove.length === 0) return "nothing";
  const staged = stageFiles(workTree.path, plan.write);
  try {
    await changeIndex(repo, workTree, plan.index);
    staged.commit();
  } finally {
    staged.discard();
  }
  for (const path of plan.remove) removeFile(workTree.path, path);
  return "followed";
}

/** Does everything of `followMirrorFiles` but the change: throws `work-tree-conflict` where that would. */
export async function checkFollow(
  repo: Pick<Repository, "git">,
  workTree: WorkTree,
  before: PolicySetFiles | null,
  after: PolicySetFiles,
): Promise<void> {
  await planFollow(repo, workTree, before, after);
}

interface Plan {
  readonly index: readonly IndexChange[];
  /** Paths from the work tree's root, as everywhere here. */
  readonly write: ReadonlyMap<string, Uint8Array>;
  readonly remove: readonly string[];
}

interface Change {
  readonly path: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

type Index = ReadonlyMap<string, readonly IndexEntry[]>;

async function planFollow(
  repo: Pick<Repository, "git">,
  workTree: WorkTree,
  before: PolicySetFiles | null,
  after: PolicySetFiles,
): Promise<Plan> {
  const changes = changesBetween(before ?? new Map(), after);
  const index = await readIndex(repo, workTree, mirrorName);
  const leftOut = leavesMirrorOut(index);
  const plan = { index: [] as IndexChange[], write: new Map<string, Uint8Array>(), remove: [] as string[] };
  const conflicts: string[] = [];
  for (const change of changes) {
    const { path } = change;
    const file = lookAt(workTree.path, path, 2 * limits.document);
    const entries = index.get(path) ?? [];
    const skipped = file.kind === "absent" && (entries[0]?.skipped ?? leftOut);
    const indexState = stateOfEntry(entries, change);
    const fileState = skipped ? "after" : stateOfFile(file, change);
    if (indexState === null || fileState === null || isInTheWay(index, path)) {
      conflicts.push(path);
      continue;
    }
    if (indexState === "before") {
      const id = change.after === null ? null : gitObjectId("blob", change.after);
      plan.index.push({ path, id, skipped });
    }
    if (fileState === "before" && change.after !== null) plan.write.set(path, change.after);
    if (fileState === "before" && change.after === null) plan.remove.push(path);
  }
  if (conflicts.length > 0) throw conflict(workTree, conflicts);
  return plan;
}

function changesBetween(before: PolicySetFiles, after: PolicySetFiles): Change[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null }))
    .filter((change) => !sameBytes(change.before, change.after))
    .map((change) => ({ ...change, path: `${mirrorName}/${change.path}` }));
}

/** A sparse checkout that leaves out every policy file there is leaves out new ones, too. */
function leavesMirrorOut(index: Index): boolean {
  const policy = [...index].filter(([path]) => !path.startsWith(`${mirrorName}/${memoryName}/`));
  return policy.length > 0 && policy.every(([, entries]) => entries.every((entry) => entry.skipped));
}

function stateOfEntry(entries: readonly IndexEntry[], change: Change): "before" | "after" | null {
  const [entry, another] = entries;
  if (entry === undefined) return match(change, (bytes) => bytes === null);
  if (another !== undefined || entry.stage !== 0 || entry.mode !== "100644") return null;
  return match(change, (bytes) => bytes !== null && gitObjectId("blob", bytes) === entry.id);
}

function stateOfFile(file: WorkFile, change: Change): "before" | "after" | null {
  if (file.kind === "other") return null;
  if (file.kind === "absent") return match(change, (bytes) => bytes === null);
  return match(change, (bytes) => bytes !== null && isCheckoutOf(file.data, bytes));
}

function match(change: Change, is: (bytes: Uint8Array | null) => boolean): "before" | "after" | null {
  if (is(change.after)) return "after";
  return is(change.before) ? "before" : null;
}

/** Git may have written the lines of a text file with carriage returns (`core.autocrlf`). */
function isCheckoutOf(file: Uint8Array, bytes: Uint8Array): boolean {
  if (sameBytes(file, bytes)) return true;
  const text = Buffer.from(bytes).toString("latin1");
  return !text.includes("\r") && text.replaceAll("\n", "\r\n") === Buffer.from(file).toString("latin1");
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return Buffer.compare(a, b) === 0;
}

/** Tells whether the index holds a file where `path` needs a directory, or files below `path`. */
function isInTheWay(index: Index, path: string): boolean {
  const segments = path.split("/");
  for (let length = 1; length < segments.length; length += 1) {
    if (index.has(segments.slice(0, length).join("/"))) return true;
  }
  return [...index.keys()].some((other) => other.startsWith(`${path}/`));
}

function conflict(workTree: WorkTree, paths: readonly string[]): MirrorError {
  const named = paths.slice(0, 5).map((path) => `\`${printable(path)}\``);
  const more = paths.length > named.length ? ` and ${paths.length - named.length} more` : "";
  return new MirrorError(
    "work-tree-conflict",
    `${named.join(", ")}${more} in \`${workTree.path}\` ${paths.length === 1 ? "has" : "have"} changes of your own`,
    {
      data: { paths, workTree: workTree.path },
      hint: "commit them to a branch, or discard them, and try again",
    },
  );
}
