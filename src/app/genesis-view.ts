import type { ObjectReader } from "../git/objects.ts";
import type { Repository } from "../git/repository.ts";
import type { Lineage } from "../model/lineage.ts";
import { walkFromGenesis } from "../policy-store/from-genesis.ts";
import type { GenesisCandidate } from "./genesis-candidates.ts";
import { policyProblemText } from "./policy-problem.ts";

/** What a person is shown of a policy history before they trust it: all of it verified from its genesis on. */
export interface GenesisView {
  readonly candidate: GenesisCandidate;
  /** Where the approved changes lead. */
  readonly lineage: Lineage;
  /** The commit that brought that policy set. */
  readonly commit: string;
  /** The policy branch, without `refs/heads/`. */
  readonly branch: string;
  /** Who holds the trust role there: they can change everything. */
  readonly owners: readonly { readonly id: string; readonly fingerprints: readonly string[] }[];
  readonly policies: readonly { readonly id: string; readonly rules: number }[];
  readonly agents: readonly { readonly id: string; readonly clients: readonly string[] }[];
  /** Ids of the gates that are enrolled, those that are revoked too. */
  readonly gates: readonly string[];
  readonly revokedGates: ReadonlySet<string>;
  /** Whether a gate that is not among them denies every call. */
  readonly deniesUnenrolled: boolean;
  /** What does not fit the history, and changes nothing. */
  readonly notes: readonly string[];
}

/** Verifies a candidate from genesis. Throws as `walkFromGenesis` does. */
export async function viewGenesis(
  repository: Repository,
  reader: ObjectReader,
  candidate: GenesisCandidate,
): Promise<GenesisView> {
  const { walk, set } = await walkFromGenesis(repository, reader, candidate.lineage, Date.now());
  const owners = set.trust.roles.get("trust")?.signers ?? [];
  return {
    candidate,
    lineage: walk.lineage,
    commit: walk.commit,
    branch: set.config.policyBranch,
    owners: set.trust.signers
      .filter(({ id }) => owners.includes(id))
      .map(({ id, keys }) => ({ id, fingerprints: keys.map(({ fingerprint }) => fingerprint) })),
    policies: [...set.policies.values()].map(({ id, rules }) => ({ id, rules: rules.length })),
    agents: [...set.agents.values()].map(({ id, clients }) => ({ id, clients })),
    gates: set.trust.gates.map(({ id }) => id),
    revokedGates: new Set(set.trust.gates.filter(({ revoked }) => revoked !== null).map(({ id }) => id)),
    deniesUnenrolled: set.config.unenrolled === "deny",
    notes: walk.problems.map(policyProblemText),
  };
}
