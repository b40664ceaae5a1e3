import { addAgent, listAgents, removeAgent, showAgent } from "../../app/agents.ts";
import type { Scope } from "../../clients/hook-dialect.ts";
import { columns } from "../../ui/columns.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";
import { promptsOf } from "../prompts.ts";

interface AddOptions {
  readonly client: "claude-code";
  readonly scope: Scope;
  readonly policy: readonly string[];
  readonly json?: boolean;
}

interface JsonOption {
  readonly json?: boolean;
}

/** `mirror agent add`. */
export async function agentAddCommand(context: Context, id: string, options: AddOptions): Promise<number> {
  const { client, scope, policy: policies } = options;
  const added = await addAgent(context, {
    id,
    client,
    scope,
    policies,
    prompts: promptsOf(context.terminal),
  });
  if (options.json === true) {
    context.print(JSON.stringify(added));
    return exitCodes.ok;
  }
  const binding =
    added.commit === null
      ? `${id} was bound already; its hooks are in place again.`
      : `${id} is bound: .mirror/agents/${id}.yaml, merge commit ${added.commit.slice(0, 12)}, epoch ${added.epoch}.`;
  context.print(context.style.bold(binding));
  for (const file of added.files) context.print(`  hooks   ${file}`);
  for (const warning of added.warnings) context.print(`  note    ${warning}`);
  context.print("");
  context.print(
    "From now on every tool call is decided and recorded. Try: mirror explain --agent " +
      `${id} --command 'git push -f'`,
  );
  return exitCodes.ok;
}

/** `mirror agent list`. */
export async function agentListCommand(context: Context, options: JsonOption): Promise<number> {
  const agents = await listAgents(context);
  if (options.json === true) context.print(JSON.stringify(agents));
  else if (agents.length === 0)
    context.print("No agent is bound. Bind one: mirror agent add coder --client claude-code");
  else {
    const rows = agents.map(({ id, clients, policies, description }) => [
      id,
      clients.join(", "),
      policies.join(", "),
      description ?? "",
    ]);
    for (const line of columns([["agent", "clients", "policies", ""], ...rows])) context.print(line);
  }
  return exitCodes.ok;
}

/** `mirror agent show`. */
export async function agentShowCommand(context: Context, id: string, options: JsonOption): Promise<number> {
  const shown = await showAgent(context, id);
  context.print(options.json === true ? JSON.stringify(shown) : shown.text.trimEnd());
  return exitCodes.ok;
}

/** `mirror agent remove`. */
export async function agentRemoveCommand(context: Context, id: string, options: JsonOption): Promise<number> {
  const removed = await removeAgent(context, id, promptsOf(context.terminal));
  if (options.json === true) {
    context.print(JSON.stringify(removed));
    return exitCodes.ok;
  }
  const { commit, epoch } = removed;
  const how = commit === null ? "it was not bound" : `merge commit ${commit.slice(0, 12)}, epoch ${epoch}`;
  context.print(`${id} is no longer bound: ${how}.`);
  for (const file of removed.files) context.print(`  hooks removed from ${file}`);
  return exitCodes.ok;
}
