import type { CallOutcome, HookEvent, SessionChange, Subagent, ToolCall } from "../model/call.ts";
import { readTimeout } from "./claude-timeout.ts";
import { readContents, readToolInput } from "./claude-tools.ts";
import { claudeTranscriptPlaces } from "./claude-transcript.ts";
import {
  exactTextField,
  type Fields,
  field,
  invalid,
  nameField,
  objectFields,
  optionalTextField,
} from "./payload-fields.ts";
import { parsePayload, rawJson } from "./payload-json.ts";

/** Longest name of the client's (session, call, tool, subagent) that is taken. */
const nameLength = 512;

const sessionChanges: ReadonlyMap<string, SessionChange["what"]> = new Map([
  ["SessionStart", "session-start"],
  ["SessionEnd", "session-end"],
  ["SubagentStart", "subagent-start"],
  ["SubagentStop", "subagent-stop"],
]);

/**
 * Decodes what Claude Code writes to a hook's stdin. `installedFor` is the event the hook is installed for; the
 * payload must be of that event (`""`: of any that mirror installs).
 *
 * Keys that are not needed may be there or not. Throws `malformed-payload`, naming the field.
 */
export function decodeClaudePayload(installedFor: string, payload: Uint8Array): HookEvent {
  const fields = objectFields(parsePayload(payload), "the payload", "");
  const event = exactTextField(fields, "hook_event_name");
  if (installedFor !== "" && event !== installedFor) {
    throw invalid(
      fields,
      "hook_event_name",
      `is another event than this hook's, expected \`${installedFor}\``,
    );
  }
  if (event === "PreToolUse")
    return { event: "call", call: readCall(fields), transcripts: claudeTranscriptPlaces(fields, "own") };
  if (event === "PostToolUse" || event === "PostToolUseFailure") {
    const transcripts = claudeTranscriptPlaces(fields, "own");
    return { event: "outcome", outcome: readOutcome(fields, event), transcripts };
  }
  const what = sessionChanges.get(event);
  if (what === undefined) {
    throw invalid(fields, "hook_event_name", "is an event that mirror does not install");
  }
  const session = nameField(fields, "session_id", nameLength);
  const change = { session, what, subagent: readSubagent(fields) };
  return { event: "session", change, transcripts: claudeTranscriptPlaces(fields, "all") };
}

/** The longest path that the systems clients run on take. */
const longestPath = 4_096;

function readCall(fields: Fields): ToolCall {
  const tool = nameField(fields, "tool_name", nameLength);
  const cwd = exactTextField(fields, "cwd");
  if (!cwd.startsWith("/")) throw invalid(fields, "cwd", "is relative, expected an absolute path");
  if (cwd.length > longestPath) throw invalid(fields, "cwd", `has ${cwd.length} characters, expected a path`);
  const input = field(fields, "tool_input");
  const read = readToolInput(tool, input, readServer(fields));
  return {
    client: "claude-code",
    tool,
    session: nameField(fields, "session_id", nameLength),
    callId: readCallId(fields),
    cwd,
    subagent: readSubagent(fields),
    unattended: readUnattended(fields),
    ...readTimeout(read.kind, input),
    input: read,
    contents: readContents(tool, input),
    raw: rawJson(input),
  };
}

function readOutcome(fields: Fields, event: string): CallOutcome {
  const result = field(fields, event === "PostToolUse" ? "tool_response" : "error") ?? null;
  const duration = field(fields, "duration_ms");
  return {
    session: nameField(fields, "session_id", nameLength),
    callId: readCallId(fields),
    tool: nameField(fields, "tool_name", nameLength),
    subagent: readSubagent(fields),
    status: readStatus(fields, event, result),
    duration: typeof duration === "number" && Number.isFinite(duration) && duration >= 0 ? duration : null,
    raw: rawJson(result),
  };
}

function readStatus(fields: Fields, event: string, result: unknown): CallOutcome["status"] {
  if (event === "PostToolUseFailure") {
    return field(fields, "is_interrupt") === true ? "interrupted" : "failed";
  }
  const interrupted =
    typeof result === "object" && result !== null && "interrupted" in result && result.interrupted === true;
  return interrupted ? "interrupted" : "ok";
}

function readCallId(fields: Fields): string | null {
  const id = field(fields, "tool_use_id") ?? null;
  return id === null ? null : nameField(fields, "tool_use_id", nameLength);
}

/** A session that runs as an agent of its own has `agent_type` without `agent_id`: that is no subagent. */
function readSubagent(fields: Fields): Subagent | null {
  if ((field(fields, "agent_id") ?? null) === null) return null;
  const id = nameField(fields, "agent_id", nameLength);
  return { id, type: optionalTextField(fields, "agent_type") ?? "unknown" };
}

/**
 * The modes in which Claude Code puts an ask of a hook to a person. In `bypassPermissions` and `auto` it runs the tool
 * unasked, in `dontAsk` it does not run it; a mode that is not known is not trusted with it.
 */
const askingModes: readonly unknown[] = ["default", "acceptEdits", "plan"];

function readUnattended(fields: Fields): string | null {
  const mode = field(fields, "permission_mode");
  if (askingModes.includes(mode)) return null;
  const isName = typeof mode === "string" && /^[A-Za-z]{1,40}$/.test(mode);
  return isName ? `permission mode \`${mode}\`` : "no permission mode that is known to ask";
}

function readServer(fields: Fields): string | null {
  const server = field(fields, "mcp_server") ?? null;
  return server === null ? null : exactTextField(objectFields(server, "`mcp_server`", "mcp_server."), "name");
}
