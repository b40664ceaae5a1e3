import type { ToolInput } from "../model/call.ts";
import { field, objectFields } from "./payload-fields.ts";

const second = 1_000;
const minute = 60 * second;

/**
 * Milliseconds that Claude Code lets a tool run where the call names no time. `Bash` has two minutes; of the others the
 * client says nothing, so these are what they may well take. What starts an agent or asks a person runs nothing by itself.
 */
const defaults: Readonly<Record<ToolInput["kind"], number>> = {
  shell: 2 * minute,
  read: 10 * second,
  write: 10 * second,
  edit: 10 * second,
  search: 30 * second,
  fetch: minute,
  "web-search": minute,
  mcp: 10 * minute,
  unknown: 10 * minute,
  spawn: 0,
  inert: 0,
};

/** Gives how long the client lets a call run, and whether it tells the outcome while it still does. */
export function readTimeout(
  kind: ToolInput["kind"],
  input: unknown,
): { readonly timeout: number; readonly inBackground: boolean } {
  if (kind !== "shell") return { timeout: defaults[kind], inBackground: false };
  const fields = objectFields(input, "`tool_input`", "tool_input.");
  const named = field(fields, "timeout");
  const isTime = typeof named === "number" && named > 0 && Number.isSafeInteger(Math.ceil(named));
  return {
    timeout: isTime ? Math.ceil(named) : defaults.shell,
    inBackground: field(fields, "run_in_background") === true,
  };
}
