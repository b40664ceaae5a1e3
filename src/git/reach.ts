import { isMirrorError, MirrorError } from "../base/errors.ts";
import { type BulkCommit, bulkCommits } from "./bulk-commits.ts";
import { gitFailure, runGit } from "./launch.ts";
import { isShallow, type ObjectReader } from "./objects.ts";
import type { Repository } from "./repository.ts";

/** A commit that was reached, or the id of an object that should be there and is not. */
export type Reached =
  | { readonly id: string; readonly raw: Uint8Array; readonly missing: null }
  | { readonly missing: string };

/** Objects asked for at once. */
const wave = 512;

/**
 * Gives every commit that can be reached from `tips` without passing a known one, each once, nearest first, as raw
 * re-hashed bytes. Annotated tags are followed to what they name; trees and blobs are passed over. Replace refs,
 * grafts, the commit-graph and the shallow file play no part (TRUST T2): what they hide shows as missing. `bulk`: the
 * repository, where the walk may be long; then the order is git's.
 *
 * Throws what the reader throws, but for missing objects, which are reported.
 */
export async function* listNewCommits(
  reader: ObjectReader,
  tips: readonly string[],
  known: (id: string) => boolean,
  bulk: Pick<Repository, "git" | "commonDir"> | null = null,
): AsyncGenerator<Reached, void, undefined> {
  for await (const wave of listNewCommitWaves(reader, tips, known, bulk)) yield* wave;
}

/** As `listNewCommits`, as many at a time as came at once: waiting for each by itself costs as much as reading it. */
export async function* listNewCommitWaves(
  reader: ObjectReader,
  tips: readonly string[],
  known: (id: string) => boolean,
  bulk: Pick<Repository, "git" | "commonDir"> | null = null,
): AsyncGenerator<readonly Reached[], void, undefined> {
  const seen = new Set<string>();
  const isNew = (id: string): boolean => {
    if (seen.has(id) || known(id)) return false;
    seen.add(id);
    return true;
  };
  let frontier = tips.filter(isNew);
  let singly = bulk === null ? Number.POSITIVE_INFINITY : worthBulk;
  while (frontier.length > 0) {
    singly -= frontier.length;
    if (bulk !== null && singly < 0) {
      singly = Number.POSITIVE_INFINITY;
      const open = new Set(frontier);
      yield* takeFrom(bulkCommits(bulk, frontier), open, isNew);
      frontier = [...open];
    }
    const steps = await Promise.all(frontier.slice(0, wave).map((id) => reach(reader, id)));
    yield steps.flatMap(({ reached }) => reached ?? []);
    frontier = [...frontier.slice(wave), ...steps.flatMap(({ leadsTo }) => leadsTo.filter(isNew))];
  }
}

/** A walk of fewer commits is over before the processes that read in bulk have started. */
const worthBulk = 64;

/** Takes the commits that are open, or are parents of one that was; `open` keeps those that did not come. */
async function* takeFrom(
  bulk: AsyncIterable<readonly BulkCommit[]>,
  open: Set<string>,
  isNew: (id: string) => boolean,
): AsyncGenerator<readonly Reached[], void, undefined> {
  for await (const commits of bulk) {
    const taken: Reached[] = [];
    for (const { id, raw } of commits) {
      if (!open.delete(id)) continue;
      taken.push({ id, raw, missing: null });
      for (const parent of parentsOf(id, raw)) if (isNew(parent)) open.add(parent);
    }
    yield taken;
    if (open.size === 0) return;
  }
}

interface Step {
  /** Null: nothing to report (a tag, a tree, a blob). */
  readonly reached: Reached | null;
  readonly leadsTo: readonly string[];
}

async function reach(reader: ObjectReader, id: string): Promise<Step> {
  try {
    const { type, data } = await reader.read(id);
    if (type === "commit") return { reached: { id, raw: data, missing: null }, leadsTo: parentsOf(id, data) };
    return { reached: null, leadsTo: type === "tag" ? [targetOf(id, data)] : [] };
  } catch (error) {
    if (!isMirrorError(error, "missing-object", "shallow")) throw error;
    return { reached: { missing: id }, leadsTo: [] };
  }
}

/** Gives the parents that a raw commit names. Throws `corrupt-object` where it does not start as a commit does. */
export function parentsOf(id: string, raw: Uint8Array): string[] {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  // `tree <40 hex>\n` is 46 bytes, `parent <40 hex>\n` is 48; nothing else that git puts after the tree begins with a p.
  let end = 46;
  while (buffer[end] === letterP) end += 48;
  const head = buffer.toString("latin1", 0, end);
  const links = /^tree [0-9a-f]{40}\n((?:parent [0-9a-f]{40}\n)*)/.exec(head)?.[1];
  if (links === undefined) throw malformed(id, "commit");
  // Flat texts: a slice would keep the text alive that it was cut from, and a walk keeps a hundred thousand of them.
  return Array.from({ length: links.length / 48 }, (_, index) =>
    buffer.toString("latin1", 53 + index * 48, 93 + index * 48),
  );
}

const letterP = 0x70;

function targetOf(id: string, raw: Uint8Array): string {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const match = /^object ([0-9a-f]{40})\n$/.exec(buffer.toString("latin1", 0, 48));
  if (match?.[1] === undefined) throw malformed(id, "tag");
  return match[1];
}

function malformed(id: string, type: string): MirrorError {
  return new MirrorError("corrupt-object", `object \`${id}\` is no well-formed ${type}`, { data: { id } });
}

/**
 * Gives the ids of a commit and all its ancestors, by one `git rev-list`. Git does not hash what it walks here: the
 * list may say which commits need no second look, never that a commit is good.
 *
 * Throws `missing-object`, or `shallow` where the history is cut off; `git-failed` otherwise.
 */
export async function listAncestors(
  repo: Pick<Repository, "git" | "commonDir">,
  id: string,
): Promise<string[]> {
  if (!/^[0-9a-f]{40}$/.test(id)) throw new MirrorError("missing-object", `\`${id}\` is no object id`);
  const args = ["--git-dir", repo.commonDir, "rev-list", "--end-of-options", id, "--"];
  const result = await runGit(repo.git, args, {});
  if (result.code === 0) return result.stdout.toString("latin1").split("\n").slice(0, -1);
  if (!/bad object|missing|could not (read|parse)|Could not read/i.test(result.stderr)) {
    throw gitFailure("rev-list", result);
  }
  const cut = isShallow(repo);
  throw new MirrorError(
    cut ? "shallow" : "missing-object",
    `the history of \`${id}\` is cut off${cut ? ": this is a shallow clone" : ""}`,
    {
      data: { id },
      hint: cut ? "run `git fetch --unshallow`" : "fetch what is missing: mirror itself never does",
    },
  );
}
