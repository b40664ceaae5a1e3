import { MirrorError } from "../base/errors.ts";
import { dialect } from "../clients/dialect.ts";
import type { Scope } from "../clients/hook-dialect.ts";
import { type ClientId, clientIds } from "../model/call.ts";
import { writeBinding } from "../model/document-writers.ts";
import { isId } from "../model/id.ts";
import type { Binding, PolicySet } from "../model/policy-set.ts";
import { approveChange } from "./approve-change.ts";
import { approvedPolicy } from "./approved-policy.ts";
import { rememberConfigDirectory } from "./config-directories.ts";
import { refreshDaemon } from "./daemon-control.ts";
import { planHooks, removeHooks } from "./hooks.ts";
import { openState } from "./open-state.ts";
import type { Prompts } from "./owner.ts";
import type { Where } from "./where.ts";

export interface NewAgent {
  readonly id: string;
  readonly client: ClientId;
  readonly scope: Scope;
  readonly policies: readonly string[];
  readonly prompts: Prompts;
}

export interface AddedAgent {
  /** The merge commit that brought the binding; null if it was approved already. */
  readonly commit: string | null;
  readonly epoch: number;
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Binds an agent: writes its binding, brings it in by a merge commit that the owner signs, and installs its
 * client's hooks. An agent that is bound already only gets its hooks again.
 */
export async function addAgent(where: Where, wanted: NewAgent): Promise<AddedAgent> {
  if (!isId(wanted.id)) {
    throw new MirrorError(
      "usage",
      `\`${wanted.id}\` is no agent id, expected lower-case letters, digits and \`-\`, such as coder`,
    );
  }
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const standing = approved.set.agents.get(wanted.id);
    if (standing !== undefined && !standing.clients.includes(wanted.client)) {
      throw new MirrorError(
        "agent-exists",
        `${wanted.id} is bound to ${standing.clients.join(", ")}, not ${wanted.client}`,
        {
          hint: `add ${wanted.client} to \`clients\` in .mirror/agents/${wanted.id}.yaml, by a policy change`,
        },
      );
    }
    const { id, client, policies } = wanted;
    const binding: Binding = {
      version: 1,
      id,
      description: null,
      clients: [client],
      policies,
      record: "redacted",
      consent: "client",
      notify: null,
      usage: "bus",
      budgets: [],
    };
    // Whatever can be refused is refused before anything is signed.
    const { write, ...hooks } = await planHooks(
      state,
      { agent: id, client, scope: wanted.scope },
      where.environment,
    );
    const after = new Map(approved.files).set(`agents/${id}.yaml`, Buffer.from(writeBinding(binding)));
    const change =
      standing !== undefined
        ? null
        : await approveChange(
            state,
            where,
            approved,
            { after, subject: `agents: bind ${id}` },
            wanted.prompts,
          );
    write();
    rememberConfigDirectory(state, dialect(client), where.environment);
    await refreshDaemon(state.paths);
    return { commit: change?.commit ?? null, epoch: change?.epoch ?? approved.lineage.epoch, ...hooks };
  } finally {
    state.close();
  }
}

/** Gives the agents that are bound, by id. */
export async function listAgents(where: Where): Promise<Binding[]> {
  const state = await openState(where.directory, where.environment);
  try {
    const { set } = await approvedPolicy(state);
    return [...set.agents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  } finally {
    state.close();
  }
}

/** Gives one binding and its text as it is approved. Throws `unknown-agent`. */
export async function showAgent(where: Where, id: string): Promise<Binding & { readonly text: string }> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const binding = mustBeBound(approved.set, id);
    return { ...binding, text: Buffer.from(approved.files.get(`agents/${id}.yaml`) ?? "").toString("utf8") };
  } finally {
    state.close();
  }
}

/** What `agent remove` did. */
export interface RemovedAgent {
  /** The merge commit that took the binding back; null if none stood. */
  readonly commit: string | null;
  readonly epoch: number;
  /** Settings files the hooks were taken out of. */
  readonly files: readonly string[];
}

/**
 * Takes a binding back, by a merge commit that the owner signs, and its hooks out of the settings; where the binding
 * is gone already, only the hooks. Throws `unknown-agent` where there is neither.
 */
export async function removeAgent(where: Where, id: string, prompts: Prompts): Promise<RemovedAgent> {
  const state = await openState(where.directory, where.environment);
  try {
    const approved = await approvedPolicy(state);
    const isBound = approved.set.agents.has(id);
    const after = new Map([...approved.files].filter(([path]) => path !== `agents/${id}.yaml`));
    const wanted = { after, subject: `agents: remove ${id}` };
    const change = isBound ? await approveChange(state, where, approved, wanted, prompts) : null;
    await refreshDaemon(state.paths);
    const files: string[] = [];
    for (const client of clientIds) files.push(...(await removeHooks(state, id, client, where.environment)));
    if (!isBound && files.length === 0) mustBeBound(approved.set, id);
    return { commit: change?.commit ?? null, epoch: change?.epoch ?? approved.lineage.epoch, files };
  } finally {
    state.close();
  }
}

/** Gives the binding of an agent. Throws `unknown-agent`, naming those that are bound. */
export function mustBeBound(set: PolicySet, id: string): Binding {
  const binding = set.agents.get(id);
  if (binding !== undefined) return binding;
  throw unknownAgent(set, id);
}

/** The error for an agent that is not bound; it names those that are. */
export function unknownAgent(set: PolicySet, id: string): MirrorError {
  const bound = [...set.agents.keys()].sort().join(", ");
  return new MirrorError(
    "unknown-agent",
    `\`${id}\` is not bound here; bound: ${bound === "" ? "nobody" : bound}`,
  );
}
