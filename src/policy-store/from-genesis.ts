import { MirrorError } from "../base/errors.ts";
import { isShallow, type ObjectReader } from "../git/objects.ts";
import { listNewCommits } from "../git/reach.ts";
import type { Repository } from "../git/repository.ts";
import { listWorkTrees } from "../git/work-trees.ts";
import { PolicySetParser } from "../model/documents.ts";
import type { Lineage } from "../model/lineage.ts";
import type { PolicySet } from "../model/policy-set.ts";
import { type ApprovedSet, PolicyWalk, type Walk, type WalkOptions } from "../trust/walk.ts";
import { approvedWithMistakes } from "./approved-with-mistakes.ts";
import { forkedAt } from "./forked.ts";
import { listOlderCommits } from "./older-commits.ts";
import { policySetAt, policySetOf } from "./policy-set-at.ts";
import { policyTips } from "./tips.ts";

/** Where everything a repository holds carries a genesis. */
export interface Reached {
  readonly walk: Walk;
  /** The set at which the walk ends. */
  readonly set: PolicySet;
}

/** As `reachFromGenesis`. Throws `forked` where it ends at a fork that no signer settled (TRUST P5). */
export async function walkFromGenesis(
  repository: Repository,
  reader: ObjectReader,
  genesis: Lineage,
  now: number,
): Promise<Reached> {
  const reached = await reachFromGenesis(repository, reader, genesis, { now, chosen: new Map() });
  const { open } = reached.walk;
  if (open !== null) throw forkedAt(open);
  return reached;
}

/**
 * Walks from a genesis to what HEAD, the policy branch and its remote-tracking branches reach (TRUST P4), every step
 * judged anew and nothing kept or written: what a person is shown before they pin it.
 *
 * Throws `shallow` or `missing-object` where part of that history cannot be seen, and `invalid-policy-set`.
 */
export async function reachFromGenesis(
  repository: Repository,
  reader: ObjectReader,
  genesis: Lineage,
  options: WalkOptions,
): Promise<Reached> {
  const first = await policySetAt(reader, genesis.genesis);
  if (first === null) {
    throw new MirrorError(
      "no-genesis",
      `commit ${genesis.genesis} holds no policy set, expected the first one`,
      {
        hint: "`mirror init` names the commits here that begin one",
      },
    );
  }
  const from = { lineage: genesis, commit: genesis.genesis, files: first };
  const gitDirs = (await listWorkTrees(repository)).map(({ gitDir }) => gitDir);
  const seen = new Set(await listOlderCommits(repository, reader, genesis.genesis));
  const parser = new PolicySetParser();
  const policyWalk = new PolicyWalk({ policySet: (tree) => policySetOf(reader, tree) }, (files) =>
    parser.parse(files),
  );
  let set = parsed(parser, from);
  // A step may name another policy branch, which then counts as well.
  for (const branches = new Set<string>(); ; ) {
    branches.add(set.config.policyBranch);
    const tips = policyTips(repository, gitDirs, set.config.policyBranch);
    for await (const commit of listNewCommits(reader, tips, (id) => seen.has(id), repository)) {
      if (commit.missing !== null) throw unseen(repository, commit.missing);
      seen.add(commit.id);
      policyWalk.add(commit.id, commit.raw);
    }
    const walk = await policyWalk.forward(from, options);
    set = parsed(parser, walk);
    if (walk.open !== null || branches.has(set.config.policyBranch)) return { walk, set };
  }
}

function parsed(parser: PolicySetParser, approved: ApprovedSet): PolicySet {
  const { set, problems } = parser.parse(approved.files);
  if (set !== null) return set;
  throw approvedWithMistakes(approved, problems);
}

function unseen(repository: Repository, id: string): MirrorError {
  const shallow = isShallow(repository);
  return new MirrorError(
    shallow ? "shallow" : "missing-object",
    `the policy's history cannot be seen from its genesis on: commit ${id} is missing${shallow ? ", this clone is shallow" : ""}`,
    {
      data: { missing: id },
      hint: shallow
        ? "run `git fetch --unshallow`, then try again"
        : "run `git fsck`, then fetch what is missing",
    },
  );
}
