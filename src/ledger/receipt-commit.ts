import type { Receipt } from "../model/receipt.ts";
import type { Identity } from "../trust/commit.ts";
import type { CommitFields } from "../trust/commit-text.ts";
import { receiptMessage } from "./message.ts";
import { actorOf, principalName } from "./principal-name.ts";

/** What a receipt's commit depends on beside the receipt. */
export interface ReceiptPlace {
  /** Digest of the receipt file. */
  readonly digest: string;
  /** Id of the root tree. */
  readonly tree: string;
  /** The commit before it; null for the first. */
  readonly parent: string | null;
}

/**
 * Gives every field of a receipt's commit: the author is the agent (`coder <coder@agents.mirror.invalid>`; the gate
 * where no agent acted), the committer is the gate, the time is the receipt's in whole seconds, UTC.
 */
export function receiptCommit(receipt: Receipt, place: ReceiptPlace): CommitFields {
  const when = { time: Math.floor(Date.parse(receipt.time) / 1_000), zone: "+0000" };
  const gate: Identity = { name: receipt.gate, email: `${receipt.gate}@gates.mirror.invalid`, ...when };
  const actor = actorOf(receipt);
  const author =
    actor === null
      ? gate
      : { name: principalName(actor), email: `${actor.agent}@agents.mirror.invalid`, ...when };
  return {
    tree: place.tree,
    parents: place.parent === null ? [] : [place.parent],
    author,
    committer: gate,
    message: receiptMessage(receipt, place.digest),
  };
}
