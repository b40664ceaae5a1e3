import { isMirrorError } from "../base/errors.ts";
import { listAllCommits } from "../git/all-commits.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { Repository } from "../git/repository.ts";
import { parseCommit } from "../trust/commit.ts";
import type { PublicKey } from "../trust/keys.ts";
import { verifySignature } from "../trust/signature.ts";
import { receiptNumber } from "./stored-receipt.ts";

/** The commit of a receipt that a gate signed, wherever refs lead. */
export interface OwnReceipt {
  readonly id: string;
  readonly parent: string | null;
  readonly seq: number;
}

/** A gate's receipts by their commits' ids. */
export type OwnReceipts = ReadonlyMap<string, OwnReceipt>;

/** A row of receipts that should be there and is not. */
export interface Gone {
  readonly first: number;
  readonly last: number;
  /** The commit that is known to be missing: that of `last`. */
  readonly commit: string;
}

/**
 * Finds every receipt in the object store that this gate's keys signed: what git still holds of a ledger whose ref or
 * pin is lost. Slow where there are many commits; only `mirror repair` asks. What cannot be read is not there.
 */
export async function findOwnReceipts(
  repo: Pick<Repository, "git" | "commonDir">,
  reader: ObjectReader,
  gate: string,
  keys: readonly PublicKey[],
): Promise<OwnReceipts> {
  const own = new Map<string, OwnReceipt>();
  const committer = `\ncommitter ${gate} <${gate}@gates.mirror.invalid> `;
  for (const id of await listAllCommits(repo)) {
    const receipt = await readOwn(reader, id, committer, keys);
    if (receipt !== null) own.set(id, receipt);
  }
  return own;
}

async function readOwn(
  reader: ObjectReader,
  id: string,
  committer: string,
  keys: readonly PublicKey[],
): Promise<OwnReceipt | null> {
  try {
    const { data } = await reader.read(id);
    if (!Buffer.from(data).includes(committer)) return null;
    const commit = parseCommit(data);
    const seq = receiptNumber(commit.message);
    const result = commit.signature && verifySignature(commit.payload, commit.signature, keys, { now: null });
    if (seq === null || result?.status !== "good" || commit.parents.length > 1) return null;
    return { id, parent: commit.parents[0] ?? null, seq };
  } catch (error) {
    if (isMirrorError(error, "corrupt-object", "missing-object", "shallow", "too-large", "bad-signature"))
      return null;
    throw error;
  }
}

/** Gives the receipts that no other of them builds on. */
export function lineTips(own: OwnReceipts): OwnReceipt[] {
  const built = new Set([...own.values()].map(({ parent }) => parent));
  return [...own.values()].filter(({ id }) => !built.has(id)).sort((a, b) => b.seq - a.seq);
}

/**
 * Chooses how far a ledger goes: the newest receipt of a line that builds on `from` (null: on nothing known). Where
 * there are several, the one that `preferred` lies on, the first of them that tells; else the longest. Null where
 * there is none.
 */
export function newestOf(
  own: OwnReceipts,
  from: string | null,
  preferred: readonly (string | null)[],
): OwnReceipt | null {
  const lines = lineTips(own)
    .map((tip) => ({ tip, ids: lineOf(own, tip.id) }))
    .filter(({ ids }) => from === null || ids.has(from));
  for (const id of preferred) {
    const on = lines.filter(({ ids }) => id !== null && ids.has(id));
    if (on.length > 0 && on.length < lines.length) return on[0]?.tip ?? null;
  }
  return lines[0]?.tip ?? null;
}

/** Gives the commits of a line, from its newest receipt back as far as it is there. */
export function lineOf(own: OwnReceipts, newest: string): ReadonlySet<string> {
  const ids = new Set<string>();
  for (let at = own.get(newest); at !== undefined; at = at.parent === null ? undefined : own.get(at.parent)) {
    ids.add(at.id);
  }
  return ids;
}

/** Names the receipts that are missing on the way from a receipt back to the first. */
export function goneBelow(own: OwnReceipts, newest: OwnReceipt): Gone[] {
  const gone: Gone[] = [];
  const seqs = [...own.values()].sort((a, b) => b.seq - a.seq);
  for (let at: OwnReceipt | undefined = newest; at !== undefined && at.parent !== null; ) {
    const parent: OwnReceipt | undefined = own.get(at.parent);
    if (parent !== undefined) {
      at = parent;
      continue;
    }
    const seq: number = at.seq;
    const commit: string = at.parent;
    // Further down it goes on with the newest that is left.
    const next: OwnReceipt | undefined = seqs.find((other) => other.seq < seq - 1);
    gone.push({ first: next === undefined ? 0 : next.seq + 1, last: seq - 1, commit });
    at = next;
  }
  return gone;
}
