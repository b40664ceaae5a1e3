import type { Removed } from "../analysis/secret-text.ts";
import { type CommitmentKey, callHandle, commitTo } from "../ledger/commitment.ts";
import type { Content } from "../model/call.ts";
import type { DecisionBody, KeptContent, RemovedValue } from "../model/receipt.ts";

/** Values and contents of one call that have a commitment of their own; past them there is the whole call's. */
const mostParts = 64;

/** Names a call without saying what the client called it (TRUST R3); null if the client did not name it. */
export function handleOf(
  { localKey }: Pick<CommitmentKey, "localKey">,
  { session, callId }: { readonly session: string; readonly callId: string | null },
): string | null {
  return callId === null ? null : callHandle(localKey, session, callId);
}

/** What of a call is kept beside the decision input: commitments, so that who has a value can prove it (TRUST R3). */
export function commitToParts(
  key: CommitmentKey,
  removed: readonly Removed[],
  contents: readonly Content[],
): Pick<DecisionBody, "removed" | "contents"> {
  const values = removed
    .slice(0, mostParts)
    .map(({ kind, value }): RemovedValue => ({ kind, commitment: commitTo(key, value) }));
  const kept = contents.slice(0, mostParts).map(
    ({ field, text }): KeptContent => ({
      field,
      size: Buffer.byteLength(text),
      commitment: commitTo(key, text),
    }),
  );
  return {
    ...(values.length > 0 ? { removed: values } : {}),
    ...(kept.length > 0 ? { contents: kept } : {}),
  };
}
