import { findGit } from "../git/find-git.ts";
import { openRepository } from "../git/repository.ts";
import type { LedgerPosition, Pin } from "../model/lineage.ts";
import { stopDaemonAt } from "./daemon-control.ts";
import { mirrorHome } from "./home.ts";
import { type OpenState, stateOf } from "./open-state.ts";
import { type ConfirmRemoval, planPurge } from "./purge.ts";
import { findStates, hasStates } from "./repository-record.ts";
import { endLedger, settleLedger } from "./uninstall-ledger.ts";
import { planSettings, type TakenSettings } from "./uninstall-settings.ts";
import { removeEmptyHome, removeSharedParts, removeState } from "./uninstall-state.ts";
import type { Where } from "./where.ts";

/** What `mirror uninstall` took back, and what it left. */
export interface Uninstalled {
  readonly repository: string;
  /** False: there was nothing to take back. */
  readonly changed: boolean;
  /** Settings files that the hooks were taken out of. */
  readonly settings: readonly TakenSettings[];
  /** Lines taken out of `.git/info/exclude`. */
  readonly excluded: readonly string[];
  /** Directories and files below MIRROR_HOME, and of sockets, that are gone. */
  readonly removed: readonly string[];
  /** Where each gate of this repository stood: what its pin knew, and nothing else here knows now. */
  readonly gates: readonly Stood[];
  /** Key files that `--purge` removed. */
  readonly purged: readonly string[];
  readonly notes: readonly string[];
}

/** Where a gate stood when its pin went. */
export interface Stood {
  readonly gate: string;
  readonly genesis: string;
  readonly epoch: number;
  readonly ledger: LedgerPosition | null;
}

/**
 * Takes back what `init` and `agent add` put on this machine for this repository: hooks, ignored lines, daemon, sockets,
 * state, and the program where no other repository uses it. Leaves ledger, policy and keys; with `purge`, which asks,
 * the keys go as well. A second run finds nothing.
 *
 * Refuses, with nothing changed, where receipts would be lost: throws what opening the ledger throws, and
 * `invalid-document` for settings that cannot be understood.
 */
export async function uninstall(where: Where, purge: ConfirmRemoval | null): Promise<Uninstalled> {
  const home = mirrorHome(where.environment);
  const git = findGit(where.environment["PATH"] ?? "");
  const repository = await openRepository(git, where.directory);
  const states = findStates(home, repository.commonDir).map(({ paths, record }) =>
    stateOf(home, repository, paths, record),
  );
  try {
    // All that can be refused or declined comes first.
    const stateDirectories = states.map(({ paths }) => paths.directory);
    const settings = await planSettings(repository, stateDirectories, where.environment);
    const keys = purge === null ? null : await planPurge(home, repository.commonDir, states, purge);
    const stood: Stood[] = [];
    for (const state of states) stood.push(stoodAt(state, await settle(state)));
    // A client that runs may start the daemon until its hooks are gone.
    settings.write();
    const excluded: string[] = [];
    const removed: string[] = [];
    for (const state of states) await takeBack(state, excluded, removed);
    if (!hasStates(home)) removed.push(...removeSharedParts(home));
    const purged = keys === null ? [] : keys.remove();
    removeEmptyHome(home);
    const changed = [settings.taken, excluded, removed, purged].some((list) => list.length > 0);
    const { workTree } = repository;
    const notes = keys?.notes ?? [];
    return {
      repository: workTree,
      changed,
      settings: settings.taken,
      excluded,
      removed,
      gates: stood,
      purged,
      notes,
    };
  } finally {
    for (const state of states) state.close();
  }
}

async function settle(state: OpenState): Promise<Pin> {
  await stopDaemonAt(state.paths);
  return await settleLedger(state);
}

function stoodAt({ record }: OpenState, { epoch, genesis, ledger }: Pin): Stood {
  return { gate: record.gate, genesis, epoch, ledger };
}

async function takeBack(state: OpenState, excluded: string[], removed: string[]): Promise<void> {
  await stopDaemonAt(state.paths);
  await endLedger(state);
  const gone = removeState(state);
  excluded.push(...gone.excluded);
  removed.push(...gone.removed);
}
