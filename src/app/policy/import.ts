import { MirrorError } from "../../base/errors.ts";
import { readClaudePermissions } from "../../clients/claude-permissions.ts";
import type { ClientRule, RuleFile } from "../../clients/client-rule.ts";
import { readCodexRules } from "../../clients/codex-rules.ts";
import { readGeminiPolicies } from "../../clients/gemini-policies.ts";
import type { Environment } from "../home.ts";
import { openState } from "../open-state.ts";
import type { Prompts } from "../owner.ts";
import type { Where } from "../where.ts";
import {
  claudeSettingsPlaces,
  codexRulePlaces,
  geminiPolicyPlaces,
  type RulePlace,
  readRuleFiles,
} from "./import-files.ts";
import { carryOver, policyText, type RefusedRule } from "./import-rules.ts";
import { type MadeProposal, propose } from "./propose.ts";

/** What `mirror policy import` reads; each becomes the policy of that name. */
export type ImportSource = "claude-settings" | "codex-rules" | "gemini-toml";

/** What `mirror policy import` made. */
export interface ImportedPolicy {
  /** The policy's id. */
  readonly policy: ImportSource;
  readonly proposal: MadeProposal;
  /** The files that were read. */
  readonly files: readonly string[];
  /** Rules that became one of mirror's. */
  readonly taken: readonly {
    readonly rule: string;
    readonly from: string;
    readonly at: string;
    readonly remarks: readonly string[];
  }[];
  /** Rules that did not, and why. */
  readonly refused: readonly RefusedRule[];
  /** Rules, taken or not, that were unsafe as the client reads them. */
  readonly unsafe: readonly RefusedRule[];
}

interface Source {
  /** What the rules are, for people. */
  readonly title: string;
  readonly places: (workTree: string, environment: Environment) => readonly RulePlace[];
  readonly read: (files: readonly RuleFile[]) => ClientRule[];
}

const sources: Readonly<Record<ImportSource, Source>> = {
  "claude-settings": {
    title: "Claude Code's permission rules",
    places: claudeSettingsPlaces,
    read: readClaudePermissions,
  },
  "codex-rules": { title: "Codex's rules", places: codexRulePlaces, read: readCodexRules },
  "gemini-toml": { title: "Gemini CLI's policies", places: geminiPolicyPlaces, read: readGeminiPolicies },
};

/** Rules that an error names, where none can be taken. */
const mostNamed = 10;

/**
 * Makes a proposal of the permission rules that a client keeps for the project and the person: a policy of its own.
 * Nobody is bound to it yet. Throws `usage` where there are none that can be taken.
 */
export async function importPolicy(
  where: Where,
  from: ImportSource,
  prompts: Prompts,
): Promise<ImportedPolicy> {
  const { title, places, read } = sources[from];
  const looked = await rulePlaces(where, places);
  const files = readRuleFiles(looked.places, looked.workTree, where.environment);
  const { taken, refused, unsafe } = carryOver(read(files));
  if (taken.length === 0) {
    const named = refused.slice(0, mostNamed).map((each) => `${each.from} (${each.at}): ${each.why}`);
    const more = refused.length > mostNamed ? [`and ${refused.length - mostNamed} more`] : [];
    const why = [...named, ...more].join("; ");
    throw new MirrorError(
      "usage",
      `no permission rule was found that can be taken${why === "" ? "" : `: ${why}`}`,
      {
        hint: `${title} are looked for in ${looked.places.map(({ path }) => path).join(", ")}`,
      },
    );
  }
  const text = policyText(
    from,
    taken.map((rule) => rule.text),
  );
  const proposal = await propose(where, prompts, `import-${from}`, (before) => ({
    after: new Map(before).set(
      `policies/${from}.yaml`,
      Buffer.from(`# ${title}, as they were when they were imported.\n${text}`),
    ),
    subject: `policy: import ${title}`,
  }));
  return {
    policy: from,
    proposal,
    files: files.map(({ name }) => name),
    taken: taken.map(({ id, from: rule, at, remarks }) => ({
      rule: `${from}/${id}`,
      from: rule,
      at,
      remarks,
    })),
    refused,
    unsafe,
  };
}

async function rulePlaces(
  where: Where,
  places: Source["places"],
): Promise<{ readonly workTree: string; readonly places: readonly RulePlace[] }> {
  const state = await openState(where.directory, where.environment);
  try {
    const { workTree } = state.repository;
    return { workTree, places: places(workTree, where.environment) };
  } finally {
    state.close();
  }
}
