import { stringify } from "yaml";
import { type Budget, inUnit } from "./budget.ts";
import { busDocument } from "./bus-settings.ts";
import type { ConditionsDocument, RuleDocument } from "./document-shapes.ts";
import type { Binding, Conditions, Config, Policy, Rule, Trust } from "./policy-set.ts";
import { type DocumentKind, schemaAddress } from "./schemas.ts";

// The schema comment makes editors complete and check.
function document(kind: DocumentKind, comment: string, content: object): string {
  const schema = `# yaml-language-server: $schema=${schemaAddress(kind)}`;
  return `# ${comment}\n${schema}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** Writes `mirror.yaml`. Parsing it gives `config` again. */
export function writeConfig(config: Config): string {
  const { version, policyBranch, otherwise, unenrolled, unattended, budgets } = config;
  const bus = busDocument(config.bus);
  return document("mirror", "What holds for the whole repository. See `mirror lint`.", {
    version,
    policy_branch: policyBranch,
    otherwise,
    ...(unenrolled === null ? {} : { unenrolled }),
    ...(unattended === null ? {} : { unattended }),
    ...budgetsMember(budgets),
    ...(bus === null ? {} : { bus }),
  });
}

/** Writes `trust.yaml`. Parsing it gives `trust` again. */
export function writeTrust(trust: Trust): string {
  return document("trust", "Who may change what in .mirror/, and which gates answer here.", {
    version: trust.version,
    signers: trust.signers.map(({ id, name, email, keys }) => ({
      id,
      name,
      ...(email === null ? {} : { email }),
      keys,
    })),
    roles: Object.fromEntries(
      [...trust.roles].map(([name, { signers, threshold, wideningThreshold, wanted, paths }]) => [
        name,
        {
          signers,
          threshold,
          ...(wideningThreshold === null ? {} : { widening_threshold: wideningThreshold }),
          ...(wanted === null ? {} : { wanted }),
          paths,
        },
      ]),
    ),
    gates: trust.gates.map(({ id, file, fingerprint, revoked }) => ({
      id,
      file,
      fingerprint,
      ...(revoked === null ? {} : { revoked }),
    })),
  });
}

/** Writes `agents/<id>.yaml`. Parsing it gives `binding` again. */
export function writeBinding(binding: Binding): string {
  const { version, id, description, clients, policies, record, consent, notify, usage, budgets } = binding;
  return document("agent", `What holds for the agent ${id}.`, {
    version,
    id,
    ...(description === null ? {} : { description }),
    clients,
    policies,
    ...(record === "redacted" ? {} : { record }),
    ...(consent === "client" ? {} : { consent }),
    ...(notify === null ? {} : { notify }),
    ...(usage === "bus" ? {} : { usage }),
    ...budgetsMember(budgets),
  });
}

function budgetsMember(budgets: readonly Budget[]): object {
  return budgets.length === 0 ? {} : { budgets: budgets.map(budgetDocument) };
}

function budgetDocument({ id, unit, limit, window, action, risk, share }: Budget): object {
  return {
    id,
    unit,
    limit: inUnit(unit, limit),
    window,
    ...(action === null ? {} : { action }),
    ...(risk === null ? {} : { risk }),
    ...(share === null ? {} : { share }),
  };
}

/** Writes `policies/<id>.yaml`. Parsing it gives `policy` again, but for where things stand. */
export function writePolicy({ version, id, rules, budgets }: Policy, comment: string): string {
  return document("policy", comment, {
    version,
    id,
    rules: rules.map(ruleDocument),
    ...budgetsMember(budgets),
  });
}

function ruleDocument(rule: Rule): RuleDocument {
  const { id, verdict, actions, reason, allowsOpaque, unless, match, notMatch } = rule;
  const [only, ...more] = actions;
  return {
    id,
    verdict,
    action: only !== undefined && more.length === 0 ? only : actions,
    ...conditionsDocument(rule),
    ...(unless === null ? {} : { unless: conditionsDocument(unless) }),
    ...(allowsOpaque ? { opaque: "allow" } : {}),
    ...(reason === null ? {} : { reason }),
    ...(match.length === 0 ? {} : { match: match.map(({ command }) => command) }),
    ...(notMatch.length === 0 ? {} : { not_match: notMatch.map(({ command }) => command) }),
  };
}

function conditionsDocument({
  command,
  flags,
  path,
  host,
  mcp,
  agent,
  when,
}: Conditions): ConditionsDocument {
  const said = { command, flags: flags && stated(flags), path, host, mcp, agent };
  const risk = when?.risk ?? null;
  return stated({ ...said, when: when && stated({ ...when, risk: risk && stated(risk) }) });
}

/** Leaves out what says nothing. */
function stated<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
