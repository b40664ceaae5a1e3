import { gitObjectId } from "../base/digest.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { LedgerPosition } from "../model/lineage.ts";
import { parseCommit, parseCommitLinks } from "../trust/commit.ts";
import type { PublicKey } from "../trust/keys.ts";
import { verifySignature } from "../trust/signature.ts";
import type { JournalRecord } from "./frame.ts";
import type { Journal } from "./journal.ts";
import { receiptDigest } from "./receipt-file.ts";
import { positionOf, readReceiptCommit } from "./stored-receipt.ts";

/** What says where a ledger stands (TRUST T6). */
export interface Witnesses {
  readonly ref: string;
  /** What the ref names; null: there is none. */
  readonly refHead: string | null;
  /** What the pin says; null before the first fold. */
  readonly pinned: LedgerPosition | null;
  /** Opened; everything in closed segments. */
  readonly journal: Journal;
  readonly reader: ObjectReader;
  /** Reads the gate's own keys: only where the ref is ahead of what is pinned. */
  readonly keys: () => Promise<readonly PublicKey[]>;
}

/** A journal record, and where it stands in the ledger. */
export interface PlacedRecord {
  readonly position: LedgerPosition;
  /** The commit before it. */
  readonly parent: string | null;
  readonly objects: JournalRecord["objects"];
}

/** How far behind the ref a pin may be for its descent to be walked. */
const longestWalk = 1_000_000;

/**
 * Gives the position the ref stands at, once it is certain that it may be stood on: it is the pinned position, or
 * comes after it through the journal or through receipts that this gate signed. Null for a ledger without receipts.
 *
 * Throws `ledger-diverged`, naming both, for a ref that was moved back, aside, away, or on by somebody else.
 */
export async function standOf(witnesses: Witnesses): Promise<LedgerPosition | null> {
  const { refHead, pinned } = witnesses;
  if (refHead === (pinned?.head ?? null)) return pinned;
  if (refHead === null) throw diverged(witnesses);
  return (await standByJournal(witnesses)) ?? (await standBySignature(witnesses, refHead));
}

/** A crash between moving the ref and saving the pin: the journal still holds what lies between. */
async function standByJournal({ journal, pinned, refHead }: Witnesses): Promise<LedgerPosition | null> {
  let at = pinned;
  for await (const record of placedRecords(journal)) {
    if (at !== null && record.position.seq <= at.seq) continue;
    if (!follows(record, at)) return null;
    at = record.position;
    if (at.head === refHead) return at;
  }
  return null;
}

/** Tells whether a record is the next after a position (null: the very first). */
export function follows(record: PlacedRecord, position: LedgerPosition | null): boolean {
  return record.position.seq === (position?.seq ?? -1) + 1 && record.parent === (position?.head ?? null);
}

/** Gives every record of the journal with its place, from the oldest. */
async function* placedRecords(journal: Journal): AsyncGenerator<PlacedRecord, void, undefined> {
  for (const name of journal.segments) for (const record of await journal.read(name)) yield placed(record);
}

/** Reads where a journal record stands from its own receipt and commit. Throws `ledger-corrupt`. */
export function placed({ seq, objects }: JournalRecord): PlacedRecord {
  const receipt = objects[0];
  const commit = objects.at(-1);
  if (receipt?.type !== "blob" || commit?.type !== "commit") {
    throw new MirrorError("ledger-corrupt", `the journal's record ${seq} holds no receipt`, {
      hint: "run `mirror repair`",
    });
  }
  const head = gitObjectId("commit", commit.data);
  const parent = parseCommitLinks(commit.data).parents[0] ?? null;
  return { position: { seq, head, receipt: receiptDigest(receipt.data) }, parent, objects };
}

/** A ref ahead of a pin without a journal between them: a pin from a backup. Good if this gate signed the way. */
async function standBySignature(witnesses: Witnesses, refHead: string): Promise<LedgerPosition> {
  const { reader, pinned } = witnesses;
  if (pinned === null) throw diverged(witnesses);
  const keys = await witnesses.keys();
  try {
    const newest = await readReceiptCommit(reader, refHead);
    let id: string | null = refHead;
    for (let steps = newest.seq - pinned.seq; steps > 0 && steps <= longestWalk && id !== null; steps -= 1) {
      const commit = parseCommit((await reader.read(id)).data);
      const result =
        commit.signature && verifySignature(commit.payload, commit.signature, keys, { now: null });
      if (result?.status !== "good") throw diverged(witnesses);
      id = commit.parents.length === 1 ? (commit.parents[0] ?? null) : null;
    }
    if (id !== pinned.head || newest.seq <= pinned.seq) throw diverged(witnesses);
    return positionOf(newest);
  } catch (error) {
    if (isMirrorError(error, "ledger-corrupt", "corrupt-object", "missing-object", "shallow", "too-large")) {
      throw diverged(witnesses, error);
    }
    throw error;
  }
}

function diverged({ ref, refHead, pinned }: Witnesses, cause: MirrorError | null = null): MirrorError {
  return refDiverged(ref, refHead, pinned, cause);
}

/** Makes the error for a ref that is not where the ledger left it; names both. */
export function refDiverged(
  ref: string,
  found: string | null,
  expected: LedgerPosition | null,
  cause: MirrorError | null = null,
): MirrorError {
  const isAt = found === null ? "is gone" : `is at \`${found}\``;
  const known = expected === null ? "no receipt" : `receipt ${expected.seq} \`${expected.head}\``;
  return new MirrorError("ledger-diverged", `\`${ref}\` ${isAt}, but this gate stands at ${known}`, {
    data: { ref, found, expected },
    hint: "run `mirror repair`",
    ...(cause === null ? {} : { cause }),
  });
}
