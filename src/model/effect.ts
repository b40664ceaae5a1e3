import type { Command } from "./command.ts";
import type { Risk } from "./risk.ts";

export const actions = [
  "fs.read",
  "fs.write",
  "fs.delete",
  "shell.exec",
  "net.connect",
  "mcp.call",
  "agent.spawn",
  "memory.write",
  "model.call",
  "unknown",
] as const;

/** What an effect does. The names are DESIGN section 6's. */
export type Action = (typeof actions)[number];

/**
 * A place in the file system.
 *
 * - `exact`: one path.
 * - `glob`: `path` holds shell wildcards (`*`, `?`, `[…]`), each within one segment, `*` and `?` not matching
 *   a leading dot.
 * - `tree`: the path and everything below it.
 * - `unknown`: it may be any path; `path` is only what was written.
 */
export interface PathResource {
  readonly kind: "path";
  readonly shape: "exact" | "glob" | "tree" | "unknown";
  /** Absolute and lexically normalised (`unknown`: as written). */
  readonly path: string;
  /** The path with symbolic links resolved as far as it exists; null where that is `path` itself, or not known. */
  readonly real: string | null;
}

export interface HostResource {
  readonly kind: "host";
  /** Lower-case name or address, without a port; null if it may be any. */
  readonly host: string | null;
  /** Whether data is only fetched, or may be sent. */
  readonly direction: "fetch" | "send";
}

/** The command that the effect's `command` names is run. */
export interface CommandResource {
  readonly kind: "command";
}

export interface McpResource {
  readonly kind: "mcp";
  readonly server: string;
  readonly tool: string;
}

export interface AgentResource {
  readonly kind: "agent";
  /** The subagent's type. */
  readonly type: string;
}

/** A tool that is not understood. */
export interface ToolResource {
  readonly kind: "tool";
  readonly name: string;
}

export type Resource =
  | PathResource
  | HostResource
  | CommandResource
  | McpResource
  | AgentResource
  | ToolResource;

/** One thing a call would do: an action on a resource. */
export interface Effect {
  readonly action: Action;
  readonly resource: Resource;
  /** Why the analysis cannot be sure what this effect does, each a short phrase; empty if it is sure. */
  readonly opaque: readonly string[];
  /** Index of the command it comes from; null for tools other than the shell. */
  readonly command: number | null;
  readonly risk: Risk;
}

/** Everything the analysis says about one call. */
export interface Analysis {
  readonly commands: readonly Command[];
  /** Never empty: a call about which nothing is known has one opaque effect. */
  readonly effects: readonly Effect[];
  /** Of the call as a whole. */
  readonly risk: Risk;
}

/** Gives the chain of commands that led to an effect, the outermost first. */
export function commandChain(analysis: Analysis, effect: Effect): Command[] {
  const chain: Command[] = [];
  let index = effect.command;
  while (index !== null) {
    const command = analysis.commands[index];
    if (command === undefined || chain.length > analysis.commands.length) break;
    chain.unshift(command);
    index = command.parent;
  }
  return chain;
}
