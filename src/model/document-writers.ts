import { stringify } from "yaml";
import type { Binding, Config, Trust } from "./policy-set.ts";
import { type DocumentKind, schemaAddress } from "./schemas.ts";

// The schema comment makes editors complete and check.
function document(kind: DocumentKind, comment: string, content: object): string {
  const schema = `# yaml-language-server: $schema=${schemaAddress(kind)}`;
  return `# ${comment}\n${schema}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** Writes `mirror.yaml`. Parsing it gives `config` again. */
export function writeConfig(config: Config): string {
  const { version, policyBranch, otherwise } = config;
  return document("mirror", "What holds for the whole repository. See `mirror lint`.", {
    version,
    policy_branch: policyBranch,
    otherwise,
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
      [...trust.roles].map(([name, { signers, threshold, wideningThreshold, paths }]) => [
        name,
        {
          signers,
          threshold,
          ...(wideningThreshold === null ? {} : { widening_threshold: wideningThreshold }),
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
  const { version, id, description, clients, policies } = binding;
  return document("agent", `What holds for the agent ${id}.`, {
    version,
    id,
    ...(description === null ? {} : { description }),
    clients,
    policies,
  });
}
