import { followJournal } from "./ledger-access.ts";
import { type OpenState, openState } from "./open-state.ts";
import type { Where } from "./where.ts";

/** Uses the state of a repository, once the ledger's ref has followed the journal. */
export async function withFoldedState<T>(where: Where, use: (state: OpenState) => Promise<T>): Promise<T> {
  const state = await openState(where.directory, where.environment);
  try {
    await followJournal(state);
    return await use(state);
  } finally {
    state.close();
  }
}
