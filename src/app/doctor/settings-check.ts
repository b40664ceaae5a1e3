import type { Dialect } from "../../clients/dialect.ts";
import { hookSpeaker } from "../../clients/hook-command.ts";
import type { InstalledHook, Scope } from "../../clients/hook-dialect.ts";
import { editCommand, type Findings } from "./finding.ts";
import type { SettingsRead } from "./settings-files.ts";

/** What the settings of one client are held against. */
export interface SettingsFacts {
  readonly dialect: Dialect;
  readonly settings: readonly SettingsRead[];
  readonly workTrees: readonly string[];
  /** Agents that are bound to this client; null where the policy set cannot be read. */
  readonly agents: readonly string[] | null;
  /** The command that mirror installs for an event. */
  readonly expected: (agent: string, scope: Scope, event: string) => string;
}

const unseen = "tool calls there are neither decided nor recorded";

/** Finds hooks that are missing, switched off, shadowed or changed, in every settings file that counts. */
export function checkSettings(facts: SettingsFacts, findings: Findings): void {
  for (const settings of facts.settings) {
    checkSwitches(facts, settings, findings);
    checkHooks(facts, settings, findings);
  }
  for (const agent of facts.agents ?? []) checkPresence(facts, agent, findings);
  for (const workTree of facts.workTrees) checkTogether(facts, workTree, findings);
}

function checkSwitches({ settings }: SettingsFacts, read: SettingsRead, findings: Findings): void {
  const { file, scope } = read;
  if (read.disabled) {
    findings.problem("hooks", {
      found: `${file} switches every hook off (disableAllHooks)`,
      why: "no tool call is decided or recorded while it stands, hooks of other settings files included",
      mend: editCommand(file, "take disableAllHooks out"),
    });
  }
  // Only an administrator's file can say so; elsewhere the key means nothing.
  if (scope === "managed" && read.managedOnly && read.hooks.length === 0) {
    const others = settings
      .filter((other) => other !== read && other.hooks.length > 0)
      .map((other) => other.file);
    findings.problem("hooks", {
      found: `${file} lets only its own hooks run (allowManagedHooksOnly), and has none of mirror`,
      why: `the hooks in ${others.join(", ") || "other settings files"} do not run`,
      mend: editCommand(file, "put mirror's hooks there, or take allowManagedHooksOnly out"),
    });
  }
  if (read.steering.length > 0) {
    findings.warning("hooks", {
      found: `${file} sets ${read.steering.join(", ")} for everything that the client starts`,
      why: "that takes effect before a hook's first line, so the hook may run something else",
      mend: editCommand(file, `take ${read.steering.join(", ")} out of env`),
    });
  }
}

/** Looks at the hooks of one file: each event there, once, as mirror writes it, for an agent that is bound. */
function checkHooks(facts: SettingsFacts, read: SettingsRead, findings: Findings): void {
  const { dialect, agents } = facts;
  if (read.hooks.length === 0) return;
  const speakers = new Set(read.hooks.map(({ command }) => hookSpeaker(command, dialect.id)));
  for (const agent of speakers) {
    if (agent !== null && (agents === null || agents.includes(agent))) continue;
    findings.problem("hooks", {
      found: `${read.file} has hooks of ${agent === null ? "an unknown kind" : `${agent}, who is not bound`}`,
      why: "every call that goes through them is refused",
      mend: agent === null ? again(dialect, agents?.[0], read.scope) : `mirror agent remove ${agent}`,
    });
  }
  const [agent] = speakers;
  if (speakers.size !== 1 || agent === undefined || agent === null) return;
  for (const event of dialect.events) checkEvent(facts, read, { agent, event }, findings);
}

function checkEvent(
  facts: SettingsFacts,
  read: SettingsRead,
  { agent, event }: { readonly agent: string; readonly event: string },
  findings: Findings,
): void {
  const { dialect } = facts;
  const decides = event === dialect.decidingEvent;
  const found = read.hooks.filter((hook) => hook.event === event);
  const wrong =
    found.length === 0
      ? "is missing"
      : found.length > 1
        ? "stands there more than once"
        : changed(found[0] as InstalledHook, facts.expected(agent, ownScope(read.scope), event), decides);
  if (wrong === null) return;
  const text = {
    found: `${read.file}: the ${event} hook of ${agent} ${wrong}`,
    why: decides
      ? "calls may run undecided, or be decided by something else"
      : "what happened after a decision is not recorded",
    mend: again(dialect, agent, read.scope),
  };
  if (decides) findings.problem("hooks", text);
  else findings.warning("hooks", text);
}

/** Seconds below which a client may give up on a hook before the hook itself says no. */
const shortestTimeout = 355;

/** Seconds that Claude Code gives a hook which names none. */
const clientsTimeout = 60;

/** Says in what a hook differs from what mirror installs; null if in nothing that matters. */
function changed(hook: InstalledHook, expected: string, decides: boolean): string | null {
  const { type, command, matcher, onFailure, timeout } = hook;
  const differences = [
    ...(type === "command" ? [] : [`is of type ${type ?? "none"}, expected command`]),
    ...(command === expected ? [] : ["runs another command than mirror installs on this machine"]),
    ...(matcher === null || matcher === "*" || matcher === ""
      ? []
      : [`is narrowed to the tools \`${matcher}\``]),
    ...(onFailure === "block" || !decides
      ? []
      : ["lacks onFailure: block, so that a call whose hook times out is run"]),
    ...((timeout ?? clientsTimeout) >= shortestTimeout || !decides
      ? []
      : [`gives the gate ${timeout ?? clientsTimeout} s, expected ${shortestTimeout} or more`]),
  ];
  return differences.length === 0 ? null : differences.join(" and ");
}

/** An agent's hooks must reach every work tree, by a file of its own or by one that holds everywhere. */
function checkPresence(
  { dialect, settings, workTrees }: SettingsFacts,
  agent: string,
  findings: Findings,
): void {
  const has = ({ hooks }: SettingsRead): boolean =>
    hooks.some(
      ({ event, command }) => event === dialect.decidingEvent && hookSpeaker(command, dialect.id) === agent,
    );
  const having = settings.filter(has);
  const without = workTrees.filter(
    (tree) => !having.some(({ workTree }) => workTree === null || workTree === tree),
  );
  const mend = again(dialect, agent, having[0]?.scope ?? "local");
  // Where another agent of this client has the work trees, this one simply has no hooks: `agent add` said so.
  if (having.length === 0) {
    const found = `no settings file of ${dialect.id} carries the hooks of ${agent}`;
    const taken = settings.some(({ hooks }) => hooks.length > 0);
    if (taken) findings.warning("hooks", { found, why: "nobody speaks as that agent here", mend });
    else findings.problem("hooks", { found, why: "its tool calls are neither decided nor recorded", mend });
    return;
  }
  for (const tree of without) {
    findings.problem("hooks", { found: `${tree} has no hooks of ${agent}`, why: unseen, mend });
  }
}

/** Every file that counts in a work tree runs its hooks: two of ours mean two decisions for one call. */
function checkTogether({ dialect, settings }: SettingsFacts, workTree: string, findings: Findings): void {
  const ours = settings.filter((read) => read.hooks.length > 0 && (read.workTree ?? workTree) === workTree);
  const [first, second] = ours;
  if (first === undefined || second === undefined) return;
  const agents = new Set(
    ours.flatMap(({ hooks }) => hooks.map(({ command }) => hookSpeaker(command, dialect.id) ?? "unknown")),
  );
  const mend = editCommand(second.file, "leave mirror's hooks in one file only");
  const found = `in ${workTree} hooks run from ${ours.map(({ file }) => file).join(" and ")}`;
  if (agents.size > 1) {
    const why = `each call is decided for ${[...agents].join(" and for ")}, the strictest answer counts`;
    findings.problem("hooks", { found, why, mend });
  } else {
    findings.warning("hooks", {
      found,
      why: "each call is decided, recorded and counted more than once",
      mend,
    });
  }
}

function again(dialect: Dialect, agent: string | undefined, scope: Scope | "managed"): string {
  const option = ownScope(scope) === "local" ? "" : ` --scope ${ownScope(scope)}`;
  return `mirror agent add ${agent ?? "<agent>"} --client ${dialect.id}${option}`;
}

/** An administrator's file is written by hand, with the commands of scope `user`. */
function ownScope(scope: Scope | "managed"): Scope {
  return scope === "managed" ? "user" : scope;
}
