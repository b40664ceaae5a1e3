import { isVerdict, type Verdict } from "../model/verdict.ts";
import type { ForbiddenCall } from "./hook-dialect.ts";

/** Gives a PreToolUse payload that writes over the policy set: what mirror's built-in rules always deny. */
export function forbiddenClaudeCall({ session, callId, workTree }: ForbiddenCall): string {
  return JSON.stringify({
    session_id: session,
    transcript_path: "/dev/null",
    cwd: workTree,
    permission_mode: "default",
    hook_event_name: "PreToolUse",
    tool_name: "Write",
    tool_input: {
      file_path: `${workTree}/.mirror/mirror.yaml`,
      content: "mirror doctor asks whether this is refused; nothing is written either way\n",
    },
    tool_use_id: callId,
  });
}

/** Reads a PreToolUse answer; see `Dialect.decodeDecision`. */
export function decodeClaudeDecision(answer: string): { verdict: Verdict; reason: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const output = memberOf(value, "hookSpecificOutput");
  const verdict = memberOf(output, "permissionDecision");
  if (memberOf(output, "hookEventName") !== "PreToolUse" || !isVerdict(verdict)) return null;
  return { verdict, reason: String(memberOf(output, "permissionDecisionReason") ?? "") };
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
