import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { MirrorError } from "../../base/errors.ts";
import {
  type ClaudePermission,
  type ImportedConditions,
  readClaudePermission,
} from "../../clients/claude-permissions.ts";
import { isVerdict } from "../../model/verdict.ts";
import { openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import { type MadeProposal, propose } from "./propose.ts";

/** What `mirror policy import claude-settings` made of the settings. */
export interface ImportedSettings {
  readonly proposal: MadeProposal;
  /** The files that were read. */
  readonly files: readonly string[];
  /** Rules that became one of mirror's. */
  readonly taken: readonly {
    readonly rule: string;
    readonly from: string;
    readonly remarks: readonly string[];
  }[];
  /** Rules that did not, and why. */
  readonly refused: readonly { readonly from: string; readonly why: string }[];
}

const policyId = "claude-settings";

/**
 * Makes a proposal of the permission rules in Claude Code's settings, of the project's, the local and the person's
 * scope: a policy of its own, `claude-settings`. Nobody is bound to it yet. Throws `usage` where there are none.
 */
export async function importClaudeSettings(where: Where, prompts: Prompts): Promise<ImportedSettings> {
  const files = await settingsFiles(where);
  const taken: { rule: string; from: string; remarks: readonly string[] }[] = [];
  const refused: { from: string; why: string }[] = [];
  const rules: string[] = [];
  for (const { permission, file } of files.flatMap((each) => permissionsIn(each))) {
    const from = `${permission.verdict}: ${permission.text}`;
    const read = readClaudePermission(permission);
    if ("refused" in read) {
      refused.push({ from, why: read.refused });
      continue;
    }
    const rule = `${permission.verdict}-${taken.length + 1}`;
    rules.push(ruleText(rule, permission, read.conditions, file));
    taken.push({ rule: `${policyId}/${rule}`, from, remarks: read.remarks });
  }
  if (rules.length === 0) {
    const why = refused.map(({ from, why: because }) => `${from}: ${because}`).join("; ");
    throw new MirrorError(
      "usage",
      `no permission rule was found that can be taken${why === "" ? "" : `: ${why}`}`,
    );
  }
  const text = [
    "# The permission rules of Claude Code's settings, as they were when they were imported.",
    "version: 1",
    `id: ${policyId}`,
    "rules:",
    ...rules,
    "",
  ].join("\n");
  const proposal = await propose(where, prompts, `import-${policyId}`, (before) => ({
    after: new Map(before).set(`policies/${policyId}.yaml`, Buffer.from(text)),
    subject: "policy: import Claude Code's permission rules",
  }));
  return { proposal, files, taken, refused };
}

async function settingsFiles(where: Where): Promise<readonly string[]> {
  const state = await openState(where.directory, where.environment);
  try {
    const project = [".claude/settings.json", ".claude/settings.local.json"].map((name) =>
      join(state.repository.workTree, name),
    );
    const home = where.environment["HOME"];
    const all = [...project, ...(home === undefined ? [] : [join(home, ".claude/settings.json")])];
    return all.filter((path) => existsSync(path));
  } finally {
    state.close();
  }
}

function permissionsIn(file: string): { readonly permission: ClaudePermission; readonly file: string }[] {
  const permissions = member(parsed(file), "permissions");
  return ["deny", "ask", "allow"].flatMap((verdict) => {
    const list = member(permissions, verdict);
    if (!Array.isArray(list) || !isVerdict(verdict)) return [];
    return list
      .filter((text) => typeof text === "string")
      .map((text) => ({ permission: { verdict, text }, file }));
  });
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new MirrorError("usage", `${file} is no JSON: ${cause.message}`, { cause });
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function ruleText(
  id: string,
  { verdict, text }: ClaudePermission,
  { action, ...conditions }: ImportedConditions,
  file: string,
): string {
  const lines = Object.entries(conditions).map(([key, value]) => `    ${key}: [${JSON.stringify(value)}]`);
  const scope = file.endsWith("settings.local.json") ? "local settings" : "settings";
  const reason = JSON.stringify(`imported from Claude Code's ${scope}: ${text}`);
  return [
    `  - id: ${id}`,
    `    verdict: ${verdict}`,
    `    action: ${action}`,
    ...lines,
    `    reason: ${reason}`,
  ].join("\n");
}
