import { mkdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { dialect } from "../clients/dialect.ts";
import { type HookPlace, hookCommand, hookSpeaker } from "../clients/hook-command.ts";
import type { Scope } from "../clients/hook-dialect.ts";
import { addExclude } from "../git/exclude.ts";
import { listWorkTrees } from "../git/work-trees.ts";
import type { ClientId } from "../model/call.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { rememberLine } from "./excluded-lines.ts";
import { type Environment, loginMirrorHome } from "./home.ts";
import type { OpenState } from "./open-state.ts";
import { enterProject } from "./projects.ts";
import { removeIfEmpty } from "./remove-empty.ts";
import { findCarriers, installRuntime, shimPath } from "./runtime.ts";
import { userSettingsFile } from "./settings-place.ts";

export interface HookRequest {
  readonly agent: string;
  readonly client: ClientId;
  readonly scope: Scope;
}

export interface HookInstallation {
  /** Settings files that hold the hooks now. */
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

/** A settings file and what it would become. */
interface PlannedFile {
  readonly file: string;
  readonly before: string | null;
  readonly after: string;
}

/** Hooks that are worked out and not written yet: whatever can be refused was. */
export interface HookPlan extends HookInstallation {
  readonly write: () => void;
}

/**
 * Works out how an agent's hooks go into its client's settings, beside whatever stands there. Scope `local` goes into
 * every work tree there is and is kept out of git; `project` holds no path of this machine; `user` binds this
 * repository wherever the client runs. Throws `invalid-document` for settings that are not understood.
 */
export async function planHooks(
  state: OpenState,
  request: HookRequest,
  environment: Environment,
): Promise<HookPlan> {
  const speak = dialect(request.client);
  const runtime = installRuntime(state.home, findCarriers(environment["PATH"] ?? ""));
  const place: HookPlace =
    request.scope === "project"
      ? projectPlace(state)
      : { kind: "fixed", shim: runtime.shim, state: state.paths.directory };
  const command = commandFor(request, place);
  const setting = speak.settingsFile(request.scope);
  const planned: PlannedFile[] = [];
  const warnings: string[] = [];
  for (const file of await settingsFiles(state, request, environment)) {
    const before = readSettings(file);
    const other = otherAgent(speak.installed(before ?? "{}", file).hooks, request);
    if (other !== null) {
      const took = `${file} carried the hooks of ${other}`;
      warnings.push(`${took}: one client in one work tree speaks for one agent, now ${request.agent}`);
    }
    const after = speak.install(before, command, file);
    planned.push({ file, before, after });
    if (speak.installed(after, file).disabled) {
      warnings.push(
        `${file} switches every hook off (disableAllHooks); nothing is decided until that is taken out`,
      );
    }
  }
  if (request.scope === "user") {
    warnings.push(
      `scope user: every project this client opens is decided by the policy of ${state.repository.workTree}`,
    );
  }
  return {
    files: planned.map(({ file }) => file),
    warnings,
    write: () => {
      for (const { file, before, after } of planned) if (after !== before) writeSettings(file, after);
      if (request.scope === "local") excludeSettings(state, `/${setting.path}`);
      if (request.scope === "project") enterProject(state.home, state.repository.workTree, state.paths);
    },
  };
}

/** Keeps a settings file out of git, and remembers a line that was not there: only that one is taken back. */
function excludeSettings({ repository, paths }: OpenState, pattern: string): void {
  if (addExclude(repository.commonDir, pattern)) rememberLine(paths, pattern);
}

/** Takes an agent's hooks out of every settings file they may be in. Gives the files that were changed. */
export async function removeHooks(
  state: OpenState,
  agent: string,
  client: ClientId,
  environment: Environment,
): Promise<string[]> {
  const speak = dialect(client);
  const changed: string[] = [];
  for (const scope of ["local", "project", "user"] as const) {
    for (const file of await settingsFiles(state, { agent, client, scope }, environment)) {
      const before = readSettings(file);
      if (before === null || !isOurs(speak.installed(before, file).hooks, agent)) continue;
      applySettings(file, speak.uninstall(before, file));
      changed.push(file);
    }
  }
  return changed;
}

/**
 * Says where the hooks of an agent are missing: work trees whose local settings lack them though another's have them,
 * or everywhere. A sentence each.
 */
export async function missingHooks(
  state: OpenState,
  agent: string,
  client: ClientId,
  environment: Environment,
): Promise<string[]> {
  const speak = dialect(client);
  const has = (file: string): boolean => {
    const { hooks, disabled } = speak.installed(readSettings(file) ?? "{}", file);
    return isOurs(hooks, agent) && !disabled;
  };
  const again = `run \`mirror agent add ${agent} --client ${client}\``;
  const local = await settingsFiles(state, { agent, client, scope: "local" }, environment);
  const shared = [
    ...(await settingsFiles(state, { agent, client, scope: "project" }, environment)),
    ...(await settingsFiles(state, { agent, client, scope: "user" }, environment)),
  ];
  if (shared.some(has)) return [];
  const without = local.filter((file) => !has(file));
  if (without.length === local.length)
    return [`no settings file carries the hooks of ${agent}: its calls are not seen; ${again}`];
  return without.map(
    (file) => `${file} has no hooks of ${agent}: calls in that work tree are not seen; ${again}`,
  );
}

/** Gives the agent that settings speak for, if it is another one (TRUST H2). */
function otherAgent(hooks: readonly { readonly command: string }[], request: HookRequest): string | null {
  for (const { command } of hooks) {
    const agent = hookSpeaker(command, request.client);
    if (agent !== null && agent !== request.agent) return agent;
  }
  return null;
}

function isOurs(hooks: readonly { readonly command: string }[], agent: string): boolean {
  return hooks.some(({ command }) => command.includes(` ${agent} `));
}

/** Gives the commands that an agent's hooks run here, by event: what settings of that scope should hold. */
export function expectedCommand(state: OpenState, request: HookRequest): (event: string) => string {
  const place: HookPlace =
    request.scope === "project"
      ? { kind: "from-path" }
      : { kind: "fixed", shim: shimPath(state.home), state: state.paths.directory };
  return commandFor(request, place);
}

function commandFor(request: HookRequest, place: HookPlace): (event: string) => string {
  const speak = dialect(request.client);
  return (event) =>
    hookCommand(place, {
      client: request.client,
      agent: request.agent,
      event,
      decides: event === speak.decidingEvent,
    });
}

async function settingsFiles(
  state: OpenState,
  request: HookRequest,
  environment: Environment,
): Promise<string[]> {
  const speak = dialect(request.client);
  const { below, path } = speak.settingsFile(request.scope);
  if (below === "home") return [userSettingsFile(speak, environment)];
  if (request.scope === "project") return [join(state.repository.workTree, path)];
  const trees = await listWorkTrees(state.repository);
  return trees.map((tree) => join(tree.path, path));
}

/** Scope `project` finds everything by the login alone, so a MIRROR_HOME of one's own cannot serve it. */
function projectPlace(state: OpenState): HookPlace {
  if (state.home !== loginMirrorHome()) {
    throw new MirrorError(
      "usage",
      `scope project needs MIRROR_HOME where the login's is, ${loginMirrorHome()}; it is ${state.home}`,
      {
        hint: "unset MIRROR_HOME and XDG_STATE_HOME, or use --scope local",
      },
    );
  }
  return { kind: "from-path" };
}

/** Gives the text of a settings file; null where there is none. */
export function readSettings(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Writes what is left of a settings file; null: the file goes, and with it a directory that held nothing else. */
export function applySettings(file: string, after: string | null): void {
  if (after !== null) {
    writeSettings(file, after);
    return;
  }
  rmSync(file);
  removeIfEmpty(dirname(file));
}

/** A settings file may be a link to where the person keeps it, and closed to others: both stay. */
function writeSettings(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const standing = statSync(file, { throwIfNoEntry: false });
  if (standing === undefined) replaceFile(file, text, 0o644);
  else replaceFile(realpathSync(file), text, standing.mode & 0o777);
}
