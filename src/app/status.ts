import { isMirrorError, type MirrorError } from "../base/errors.ts";
import type { HeldGrants } from "../gate/grants.ts";
import type { ClientId } from "../model/call.ts";
import type { PolicySet } from "../model/policy-set.ts";
import { shortRolesText } from "../model/wanted-signers.ts";
import type { PolicyView } from "../policy-store/policy-store.ts";
import { ignoredLocalSettings } from "../signers/owner-signer.ts";
import { inForce, revokedGate, viewPolicy } from "./approved-policy.ts";
import { carriedNotes } from "./carried-sets.ts";
import { type DaemonStatus, daemonStatusAt } from "./daemon-control.ts";
import { missingHooks } from "./hooks.ts";
import { type LedgerView, ledgerStand } from "./ledger-access.ts";
import { grantsOfGate, grantsUnder, openAsks, viewsOf } from "./live-grants.ts";
import { type OpenState, openState } from "./open-state.ts";
import { missingText } from "./policy/approvals.ts";
import { inOneLine, policyProblemText } from "./policy-problem.ts";
import type { Where } from "./where.ts";

/** What holds in a repository, and what needs attention. */
export interface RepositoryStatus {
  /** Null where it cannot be found; a problem says why. */
  readonly policy: {
    readonly genesis: string;
    readonly epoch: number;
    readonly lineage: string;
    readonly digest: string;
    readonly branch: string;
  } | null;
  readonly gate: string;
  readonly agents: readonly {
    readonly id: string;
    readonly clients: readonly string[];
    readonly policies: readonly string[];
  }[];
  readonly ledger: LedgerView | null;
  readonly daemon: DaemonStatus | null;
  readonly assurance: "hook";
  /** Worth knowing. */
  readonly notes: readonly string[];
  /** Worth acting on. */
  readonly problems: readonly string[];
}

/**
 * Looks at everything once, at what waits for others side by side. Never throws for what is wrong with the
 * repository's policy or ledger: it reports it.
 */
export async function repositoryStatus(where: Where): Promise<RepositoryStatus> {
  const state = await openState(where.directory, where.environment);
  try {
    const { git, workTree } = state.repository;
    const [viewed, stand, ignored, daemon, asks, held] = await Promise.all([
      attempt(() => viewPolicy(state)),
      attempt(() => ledgerStand(state)),
      ignoredLocalSettings(git, where.environment, workTree),
      daemonStatusAt(state.paths),
      attempt(() => openAsks(state)),
      attempt(() => grantsOfGate(state)),
    ]);
    const notes: string[] = [];
    const problems: string[] = [];
    const view = reported(viewed, problems);
    const ledger = reported(stand, problems);
    const set = view?.approved.set ?? null;
    if (view !== null) {
      await describeView(view, notes, problems);
      notes.push(...(reported(await attempt(() => carriedNotes(state, view)), problems) ?? []));
    }
    if (set !== null) {
      reported(await attempt(() => describeHooks(state, set, where, notes)), problems);
      const short = shortRolesText(set.trust);
      if (short !== null)
        notes.push(`${short}; \`mirror trust add <id> --ssh-key <file>\` adds one and raises the thresholds`);
      describeEnrolment(set, state.record.gate, notes, problems);
      reported(
        await attempt(() => describeGrants(state, view?.approved.lineage.lineage ?? "", held, notes)),
        problems,
      );
    }
    const waiting = reported(asks, problems)?.length ?? 0;
    if (waiting > 0)
      notes.push(
        `${waiting} ${waiting === 1 ? "call waits" : "calls wait"} for an answer: \`mirror approvals list\``,
      );
    for (const { key } of ignored)
      notes.push(`${key} in this repository's git configuration is not used for signing policy`);
    return {
      policy:
        view === null ? null : { ...view.approved.lineage, branch: view.approved.set.config.policyBranch },
      gate: state.record.gate,
      agents: [...(set?.agents.values() ?? [])].map(({ id, clients, policies }) => ({
        id,
        clients,
        policies,
      })),
      ledger,
      daemon,
      assurance: "hook",
      notes,
      problems,
    };
  } finally {
    state.close();
  }
}

/** What a look gave, or why it could not. */
type Attempt<T> = { readonly value: T } | { readonly error: MirrorError };

async function attempt<T>(look: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    if (!isMirrorError(error)) throw error;
    return { error };
  }
}

function reported<T>(tried: Attempt<T>, problems: string[]): T | null {
  if ("value" in tried) return tried.value;
  problems.push(inOneLine(tried.error));
  return null;
}

async function describeView(view: PolicyView, notes: string[], problems: string[]): Promise<void> {
  notes.push(...view.problems.map(policyProblemText));
  for (const { digest, approvedBy, judgement } of view.pending) {
    const what = judgement.met
      ? "no merge commit holds it yet; bring it in with `mirror policy merge <branch>`"
      : `${missingText(judgement).join("; ")}; each of them runs \`mirror policy approve <branch>\``;
    notes.push(
      `policy set ${digest.slice(0, 12)} is approved by ${approvedBy.join(", ")} and not in force: ${what}`,
    );
  }
  reported(await attempt(() => inForce(view)), problems);
}

function describeEnrolment(
  { trust, config }: PolicySet,
  gate: string,
  notes: string[],
  problems: string[],
): void {
  const enrolled = trust.gates.find(({ id }) => id === gate);
  if (enrolled !== undefined) {
    if (enrolled.revoked !== null) problems.push(inOneLine(revokedGate(gate, enrolled.revoked)));
    return;
  }
  const found = `the gate ${gate} is not enrolled in .mirror/trust.yaml`;
  if (config.unenrolled === "deny")
    problems.push(`${found}, so it denies every call; run \`mirror gate request\``);
  else notes.push(`${found}: others cannot check its receipts; run \`mirror gate request\``);
}

/** What people granted for a while. */
async function describeGrants(
  state: OpenState,
  lineage: string,
  held: Attempt<HeldGrants | null>,
  notes: string[],
): Promise<void> {
  const known = "value" in held ? held.value : null;
  for (const { id, agent, allows, until } of viewsOf(await grantsUnder(state, lineage, known)))
    notes.push(
      `${agent} may until ${until}: ${allows.join(", ")}; take it back: \`mirror grants revoke ${id}\``,
    );
}

async function describeHooks(state: OpenState, set: PolicySet, where: Where, notes: string[]): Promise<void> {
  for (const { id, clients } of set.agents.values()) {
    for (const client of clients) {
      notes.push(...(await missingHooks(state, id, client as ClientId, where.environment)));
    }
  }
}
