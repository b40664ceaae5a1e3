import { type Dialect, dialect } from "../../clients/dialect.ts";
import { hookSpeaker } from "../../clients/hook-command.ts";
import { findRecentGit } from "../../git/find-git.ts";
import { openRepository, type Repository } from "../../git/repository.ts";
import { listWorkTrees } from "../../git/work-trees.ts";
import { type ClientId, clientIds } from "../../model/call.ts";
import type { Trust } from "../../model/policy-set.ts";
import { shortRolesText } from "../../model/wanted-signers.ts";
import type { ApprovedPolicy, PolicyView } from "../../policy-store/policy-store.ts";
import { inForce, viewPolicy } from "../approved-policy.ts";
import { mirrorHome } from "../home.ts";
import { expectedCommand } from "../hooks.ts";
import type { LedgerView } from "../ledger-access.ts";
import { type OpenState, stateOf } from "../open-state.ts";
import { whatToDo } from "../policy-problem.ts";
import { findStates } from "../repository-record.ts";
import type { Where } from "../where.ts";
import { type ClientVersion, checkClient, checkShim } from "./client-check.ts";
import { type Finding, Findings } from "./finding.ts";
import { checkHome } from "./home-check.ts";
import { checkGateKey, checkOwnerKey, checkSigningSettings } from "./key-check.ts";
import { checkClock, checkLedger } from "./ledger-check.ts";
import { fireProbes, type Probe } from "./probe.ts";
import { checkSettings } from "./settings-check.ts";
import { readAllSettings, type SettingsRead } from "./settings-files.ts";

/** What `mirror doctor` found. Its JSON is a contract with other programs. */
export interface Diagnosis {
  /** False if there is a problem; warnings do not count. */
  readonly ok: boolean;
  readonly gate: string | null;
  /** Forbidden calls that were made through the installed hooks. */
  readonly probes: readonly Probe[];
  readonly clients: readonly ClientVersion[];
  readonly ledger: LedgerView | null;
  readonly epoch: number | null;
  readonly findings: readonly Finding[];
}

/**
 * Looks at everything that must hold for calls to be decided and recorded, and makes a forbidden call through every
 * installed hook. Whatever is broken is a finding; throws only where there is no repository, or no git to look with.
 */
export async function examine(where: Where): Promise<Diagnosis> {
  const findings = new Findings();
  const home = mirrorHome(where.environment);
  const git = findRecentGit(where.environment["PATH"] ?? "");
  const repository = await openRepository(git, where.directory);
  const state = await locate(home, repository, findings);
  if (state === null) {
    const nothing = { gate: null, probes: [], clients: [], ledger: null, epoch: null };
    return { ok: false, ...nothing, findings: findings.list };
  }
  try {
    return await examineState(state, where, findings);
  } finally {
    state.close();
  }
}

/** Finds the state of this repository, touching nothing; null with a finding where there is none to look at. */
async function locate(home: string, repository: Repository, findings: Findings): Promise<OpenState | null> {
  const why = "no call can be decided";
  const states = await findings.attempt("home", why, () => findStates(home, repository.commonDir));
  const [found, other] = states ?? [];
  if (found === undefined) {
    if (states !== null) {
      const text = `${repository.workTree} is not governed by mirror on this machine`;
      findings.problem("home", { found: text, why: "nothing is decided or recorded", mend: "mirror init" });
    }
    return null;
  }
  if (other !== undefined) {
    findings.problem("home", {
      found: `this repository is pinned to ${states?.length} policy histories: ${states?.map(({ paths }) => paths.directory).join(", ")}`,
      why: "commands refuse to choose one",
      mend: `rm -r ${other.paths.directory}   # the one that was given up`,
    });
  }
  return stateOf(home, repository, found.paths, found.record);
}

async function examineState(state: OpenState, where: Where, findings: Findings): Promise<Diagnosis> {
  await checkHome(state, findings);
  const approved = await examinePolicy(state, findings);
  await checkGateKey(state, approved, findings);
  const probes: Probe[] = [];
  const clients: ClientVersion[] = [];
  for (const client of clientIds) {
    const looked = await examineClient(state, client, approved, where, findings);
    probes.push(...looked.probes);
    if (looked.version !== null) clients.push(looked.version);
  }
  // After the calls, so that what they left in the journal is folded and seen.
  const ledger = await checkLedger(state, findings);
  await checkClock(state, ledger, approved, findings);
  await checkOwnerKey(state, where, findings);
  await checkSigningSettings(state, where, findings);
  const ok = findings.list.every(({ level }) => level !== "problem");
  const epoch = approved?.lineage.epoch ?? null;
  return { ok, gate: state.record.gate, probes, clients, ledger, epoch, findings: findings.list };
}

async function examinePolicy(state: OpenState, findings: Findings): Promise<ApprovedPolicy | null> {
  const why = "there is no policy set to decide by, so every call is refused";
  // A pin that is gone is told of once, with the ledger.
  if ((await new Findings().attempt("ledger", why, () => state.pin.mustRead())) === null) return null;
  const view = await findings.attempt("policy", why, () => viewPolicy(state));
  if (view === null) return null;
  tellOfHistory(view, findings);
  tellOfShortRoles(view.approved.set.trust, findings);
  return await findings.attempt("policy", why, () => inForce(view));
}

function tellOfHistory(view: PolicyView, findings: Findings): void {
  for (const { code, commit, message } of view.problems) {
    findings.warning("policy", {
      found: `commit ${commit.slice(0, 12)}: ${message}`,
      why: "it changes nothing: the approved policy set stands",
      mend: whatToDo[code],
    });
  }
}

function tellOfShortRoles(trust: Trust, findings: Findings): void {
  const found = shortRolesText(trust);
  if (found === null) return;
  findings.warning("policy", {
    found,
    why: "until there are as many, fewer approvals are enough to permit more",
    mend: "mirror trust add <id> --ssh-key <file>",
  });
}

async function examineClient(
  state: OpenState,
  client: ClientId,
  approved: ApprovedPolicy | null,
  where: Where,
  findings: Findings,
): Promise<{ probes: Probe[]; version: ClientVersion | null }> {
  const { environment } = where;
  const speak = dialect(client);
  const trees = await findings.attempt("hooks", "settings of work trees were not looked at", () =>
    listWorkTrees(state.repository),
  );
  const workTrees = (trees ?? []).map(({ path }) => path);
  const settings = await readAllSettings(client, workTrees, environment, findings);
  const agents = approved === null ? null : boundTo(approved, client);
  checkSettings(
    {
      dialect: speak,
      settings,
      workTrees,
      agents,
      expected: (agent, scope, event) => expectedCommand(state, { agent, client, scope })(event),
    },
    findings,
  );
  const speaker = agents?.[0] ?? anySpeaker(speak, settings);
  if (speaker === null) return { probes: [], version: null };
  await checkShim(state.home, `mirror agent add ${speaker} --client ${client}`, environment, findings);
  const version = await checkClient(speak, environment, findings);
  return { probes: await fireProbes(speak, settings, workTrees, environment, findings), version };
}

function boundTo({ set }: ApprovedPolicy, client: ClientId): string[] {
  return [...set.agents.values()].filter(({ clients }) => clients.includes(client)).map(({ id }) => id);
}

function anySpeaker(speak: Dialect, settings: readonly SettingsRead[]): string | null {
  for (const { hooks } of settings) {
    for (const { command } of hooks) {
      const agent = hookSpeaker(command, speak.id);
      if (agent !== null) return agent;
    }
  }
  return null;
}
