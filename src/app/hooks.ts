import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { MirrorError, systemErrorCode } from "../base/errors.ts";
import { dialect } from "../clients/dialect.ts";
import { type HookPlace, hookCommand } from "../clients/hook-command.ts";
import type { Scope } from "../clients/hook-dialect.ts";
import { addExclude } from "../git/exclude.ts";
import { listWorkTrees } from "../git/work-trees.ts";
import type { ClientId } from "../model/call.ts";
import { replaceFile } from "../policy-store/durable-file.ts";
import { type Environment, loginMirrorHome } from "./home.ts";
import type { OpenState } from "./open-state.ts";
import { enterProject } from "./projects.ts";
import { installRuntime } from "./runtime.ts";
import { findOnPath } from "./search-path.ts";

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

/**
 * Puts an agent's hooks into its client's settings, beside whatever stands there. Scope `local` goes into every
 * work tree there is and is kept out of git; `project` holds no path of this machine; `user` binds this
 * repository wherever the client runs. Throws `invalid-document` for settings that are not understood.
 */
export async function installHooks(
  state: OpenState,
  request: HookRequest,
  environment: Environment,
): Promise<HookInstallation> {
  const speak = dialect(request.client);
  const runtime = installRuntime(state.home, findOnPath("curl", environment["PATH"] ?? ""));
  const place: HookPlace =
    request.scope === "project"
      ? projectPlace(state)
      : { kind: "fixed", shim: runtime.shim, state: state.paths.directory };
  const command = commandFor(request, place);
  const setting = speak.settingsFile(request.scope);
  const files = await settingsFiles(state, request, environment);
  const warnings: string[] = [];
  for (const file of files) {
    const before = readSettings(file);
    const other = otherAgent(speak.installed(before ?? "{}", file).hooks, request);
    if (other !== null) {
      warnings.push(
        `${file} carried the hooks of ${other}: one client in one work tree speaks for one agent, now ${request.agent}`,
      );
    }
    const after = speak.install(before, command, file);
    if (after !== before) writeSettings(file, after);
    if (speak.installed(after, file).disabled) {
      warnings.push(
        `${file} switches every hook off (disableAllHooks); nothing is decided until that is taken out`,
      );
    }
  }
  if (request.scope === "local") addExclude(state.repository.commonDir, `/${setting.path}`);
  if (request.scope === "user") {
    warnings.push(
      `scope user: every project this client opens is decided by the policy of ${state.repository.workTree}`,
    );
  }
  return { files, warnings };
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
      const after = speak.uninstall(before, file);
      if (after === null) rmSync(file);
      else writeSettings(file, after);
      changed.push(file);
    }
  }
  return changed;
}

/** Work trees whose local settings lack the hooks, though another work tree's have them. */
export async function worktreesWithoutHooks(
  state: OpenState,
  agent: string,
  client: ClientId,
  environment: Environment,
): Promise<string[]> {
  const speak = dialect(client);
  const files = await settingsFiles(state, { agent, client, scope: "local" }, environment);
  const has = (file: string): boolean =>
    isOurs(speak.installed(readSettings(file) ?? "{}", file).hooks, agent);
  const without = files.filter((file) => !has(file));
  return without.length === files.length ? [] : without;
}

/** Gives the agent that settings speak for, if it is another one (TRUST H2). */
function otherAgent(hooks: readonly { readonly command: string }[], request: HookRequest): string | null {
  const pattern = new RegExp(` ${request.client} ([a-z0-9-]+) `);
  for (const { command } of hooks) {
    const agent = pattern.exec(command)?.[1];
    if (agent !== undefined && agent !== request.agent) return agent;
  }
  return null;
}

function isOurs(hooks: readonly { readonly command: string }[], agent: string): boolean {
  return hooks.some(({ command }) => command.includes(` ${agent} `));
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
  const { below, path } = dialect(request.client).settingsFile(request.scope);
  if (below === "home") return [join(environment["HOME"] ?? homedir(), path)];
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
  enterProject(state.home, state.repository.workTree, state.paths);
  return { kind: "from-path" };
}

function readSettings(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function writeSettings(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, text, 0o644);
}
