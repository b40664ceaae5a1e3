import type { Verdict } from "../model/verdict.ts";
import { decodeClaudePayload } from "./claude-payload.ts";
import { decodeClaudeDecision, forbiddenClaudeCall } from "./claude-probe.ts";
import {
  claudeEvents,
  installClaudeHooks,
  installedClaudeHooks,
  uninstallClaudeHooks,
} from "./claude-settings.ts";
import { claudeTranscripts } from "./claude-transcript.ts";
import type { Dialect, Scope, SettingsFile } from "./hook-dialect.ts";

const settingsFiles: Readonly<Record<Scope, SettingsFile>> = {
  local: { below: "work-tree", path: ".claude/settings.local.json" },
  project: { below: "work-tree", path: ".claude/settings.json" },
  user: { below: "home", path: ".claude/settings.json" },
};

/** Claude Code's hooks: one JSON object on stdin, one on stdout. */
export const claudeCode: Dialect = {
  id: "claude-code",
  events: claudeEvents,
  decidingEvent: "PreToolUse",
  program: { name: "claude", failsClosedFrom: "2.1.295", upgrade: "claude update" },
  configVariable: "CLAUDE_CONFIG_DIR",
  managedSettings: {
    linux: "/etc/claude-code/managed-settings.json",
    darwin: "/Library/Application Support/ClaudeCode/managed-settings.json",
  },
  decode: decodeClaudePayload,
  encodeDecision,
  encodeNothing: () => "{}",
  decodeDecision: decodeClaudeDecision,
  forbiddenCall: forbiddenClaudeCall,
  transcripts: claudeTranscripts,
  settingsFile: (scope) => settingsFiles[scope],
  install: installClaudeHooks,
  uninstall: uninstallClaudeHooks,
  installed: installedClaudeHooks,
  isInstalled: (settings, command, file) => {
    const { hooks, disabled } = installedClaudeHooks(settings, file);
    const stands = (event: string): boolean =>
      hooks.some((hook) => hook.event === event && hook.command === command(event));
    return !disabled && hooks.length === claudeEvents.length && claudeEvents.every(stands);
  },
};

function encodeDecision(verdict: Verdict, reason: string): string {
  return JSON.stringify({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: verdict,
      permissionDecisionReason: reason,
    },
  });
}
