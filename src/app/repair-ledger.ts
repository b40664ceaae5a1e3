import { isMirrorError, MirrorError } from "../base/errors.ts";
import { printable } from "../base/escape.ts";
import { dropBrokenRef } from "../git/broken-ref.ts";
import { whatIsMissing } from "../git/connectivity.ts";
import { readRef } from "../git/refs.ts";
import { updateRefs } from "../git/update-refs.ts";
import { ledgerRef } from "../ledger/ledger-store.ts";
import { readLeftJournal } from "../ledger/left-journal.ts";
import { openOutside } from "../ledger/open-parts.ts";
import {
  findOwnReceipts,
  goneBelow,
  lineOf,
  lineTips,
  newestOf,
  type OwnReceipt,
  type OwnReceipts,
} from "../ledger/own-receipts.ts";
import type { Pin } from "../model/lineage.ts";
import { gateKey } from "./gate-keys.ts";
import { ledgerPlace } from "./ledger-access.ts";
import type { OpenState } from "./open-state.ts";

/** What is left of a ledger, and how far it goes. */
export interface FoundLedger {
  readonly ref: string;
  /** What the ref names; `broken` for one that names nothing. */
  readonly refHead: string | "broken" | null;
  /** Null: this gate never wrote a receipt. */
  readonly newest: OwnReceipt | null;
  /** Commits that lie beside the line to `newest` and must stay findable. */
  readonly beside: readonly string[];
  /** Receipts of the line that the ref did not lead to. */
  readonly outOfSight: number;
}

/**
 * Finds how far this gate's ledger goes: the receipts of the journal, brought into the object store so that git has
 * them whatever comes, and every receipt there that the gate signed. Nothing else is changed.
 *
 * Throws `ledger-corrupt`, naming them, where receipts are gone.
 */
export async function findLedger(state: OpenState, pin: Pin | null): Promise<FoundLedger> {
  const { repository, reader, record, home } = state;
  const ref = ledgerRef(record.gate);
  const refHead = readRefOrBroken(state, ref);
  const lastOfJournal = await bringIn(state);
  const own = await findOwnReceipts(repository, reader, record.gate, [await gateKey(home, record.gate)]);
  const from = pin?.ledger?.head ?? null;
  const newest = newestOf(own, from, [refHead, lastOfJournal]);
  if (newest === null && from !== null && pin?.ledger != null) throw goneUpTo(own, pin.ledger.seq, from);
  if (newest !== null) await mustBeWhole(state, own, newest);
  const line: ReadonlySet<string> = newest === null ? new Set() : lineOf(own, newest.id);
  const others = lineTips(own).filter(({ id }) => !line.has(id));
  const stray = refHead !== null && refHead !== "broken" && !line.has(refHead) ? [refHead] : [];
  const seen = refHead === null ? undefined : line.has(refHead) ? own.get(refHead) : undefined;
  return {
    ref,
    refHead,
    newest,
    beside: [...new Set([...stray, ...others.map(({ id }) => id)])],
    outOfSight: newest === null ? 0 : newest.seq - (seen?.seq ?? -1),
  };
}

function readRefOrBroken(state: OpenState, ref: string): string | null {
  try {
    return readRef(state.repository, ref);
  } catch (error) {
    if (isMirrorError(error, "bad-ref")) return "broken";
    throw error;
  }
}

/** Puts what the journal holds into the object store. Gives the commit of its last receipt; null for an empty one. */
async function bringIn(state: OpenState): Promise<string | null> {
  const { files, store } = openOutside(ledgerPlace(state));
  try {
    const records = await readLeftJournal(files);
    await store.writeObjects(records.flatMap(({ objects }) => objects));
    return records.at(-1)?.position.head ?? null;
  } finally {
    store.close();
  }
}

async function mustBeWhole(state: OpenState, own: OwnReceipts, newest: OwnReceipt): Promise<void> {
  const gone = goneBelow(own, newest);
  if (gone.length > 0) {
    const named = gone.map(({ first, last, commit }) => `${rangeText(first, last)} (\`${commit}\`)`);
    throw lost(named.join(", "), { gone });
  }
  const missing = await whatIsMissing(state.repository, newest.id);
  if (missing !== null)
    throw lost(`parts of receipts up to ${newest.seq} (git: ${printable(missing)})`, { missing });
}

function goneUpTo(own: OwnReceipts, seq: number, head: string): MirrorError {
  const newest = Math.max(-1, ...[...own.values()].map((each) => each.seq).filter((each) => each < seq));
  const gone = [{ first: newest + 1, last: seq, commit: head }];
  return lost(`${rangeText(newest + 1, seq)} (\`${head}\`)`, { gone });
}

function rangeText(first: number, last: number): string {
  return first === last ? `receipt ${first}` : `receipts ${first} to ${last}`;
}

function lost(what: string, data: Readonly<Record<string, unknown>>): MirrorError {
  return new MirrorError("ledger-corrupt", `gone from the object store: ${what}; nothing was changed`, {
    data,
    hint: "bring the objects back, by fetching refs/mirror/* from where it was pushed or from a backup of .git/objects, then run `mirror repair` again",
  });
}

/** Moves the ref to the newest receipt. What it named, and what lies beside, gets a ref of its own first. */
export async function moveLedger(state: OpenState, found: FoundLedger): Promise<string[]> {
  const { ref, refHead, newest, beside } = found;
  const said: string[] = [];
  for (const id of beside) said.push(await keepFindable(state, id));
  const was = refHead === "broken" ? brokenText(state, ref) : refText(refHead);
  const from = refHead === "broken" ? readRef(state.repository, ref) : refHead;
  const to = newest?.id ?? null;
  if (to === from) return said;
  await updateRefs(state.repository, [{ ref, to, from, message: "mirror repair" }]);
  const now = newest === null ? "it is gone, as there is no receipt" : `it is at receipt ${newest.seq} again`;
  return [...said, `${ref} ${was}; ${now}.`];
}

function refText(head: string | null): string {
  return head === null ? "was gone" : `was at ${head.slice(0, 12)}`;
}

function brokenText(state: OpenState, ref: string): string {
  return `held \`${printable(dropBrokenRef(state.repository, ref).trim())}\``;
}

/** Gives a commit a ref, so that no gc takes it. One whose objects are not all there would stop every gc instead. */
async function keepFindable(state: OpenState, id: string): Promise<string> {
  const missing = await whatIsMissing(state.repository, id);
  if (missing !== null) {
    return `${id}, which lay beside the ledger, has no ref of its own: it is not whole (git: ${printable(missing)}).`;
  }
  const ref = `refs/mirror/kept/${state.record.gate}/${id.slice(0, 12)}`;
  const from = readRef(state.repository, ref);
  if (from === null) await updateRefs(state.repository, [{ ref, to: id, from, message: "mirror repair" }]);
  return `${id.slice(0, 12)}, which is no part of the ledger, is kept as ${ref}.`;
}
