import { isMirrorError, MirrorError } from "../../base/errors.ts";
import { findGit } from "../../git/find-git.ts";
import { gitOutput } from "../../git/launch.ts";
import { type ObjectReader, openObjectReader } from "../../git/objects.ts";
import { listNewCommits } from "../../git/reach.ts";
import { openRepository, type Repository } from "../../git/repository.ts";
import { parsePolicySet } from "../../model/documents.ts";
import type { PolicySet } from "../../model/policy-set.ts";
import type { PolicyComparison } from "../../policy/compare/comparison.ts";
import { approvedWithMistakes } from "../../policy-store/approved-with-mistakes.ts";
import { forkedAt } from "../../policy-store/forked.ts";
import { policySetAt, policySetOf } from "../../policy-store/policy-set-at.ts";
import { policySetDigest } from "../../trust/policy-digest.ts";
import type { Step } from "../../trust/steps.ts";
import { judgeChange } from "../../trust/thresholds.ts";
import { type ApprovedSet, PolicyWalk, type Walk } from "../../trust/walk.ts";
import { findGenesisCandidates } from "../genesis-candidates.ts";
import { checkSet } from "../lint.ts";
import { mistakeText, policyProblemText } from "../policy-problem.ts";
import type { Where } from "../where.ts";
import { missingText } from "./approvals.ts";
import { compareSets } from "./compare-sets.ts";

/** What CI learns of a change. */
export interface PolicyCheck {
  /** The commit that was looked at. */
  readonly head: string;
  readonly genesis: string;
  /** The epoch that holds at the base. */
  readonly epoch: number;
  /**
   * `unchanged`: the head carries the set that is approved at the base. `effective`: what it carries is approved and
   * merged. `approved`: it takes effect once a merge commit brings it in. `unapproved`: it would change nothing, since
   * approvals are missing, or were lost by a squash. `broken`: it has mistakes.
   */
  readonly state: "unchanged" | "effective" | "approved" | "unapproved" | "broken";
  /** How its answers differ from those at the base; null where it has no policy set to compare. */
  readonly verdict: PolicyComparison["verdict"] | null;
  readonly approvedBy: readonly string[];
  /** Who is still needed, a line for each role. */
  readonly missing: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Judges what `head` would make of the policy set that is approved at `base`: from git objects alone, without any state
 * of this machine. Throws `usage` for commits that are not there, `no-genesis`, `shallow`, `forked`.
 */
export async function checkPolicy(where: Where, base: string, head: string): Promise<PolicyCheck> {
  const repository = await openRepository(findGit(where.environment["PATH"] ?? ""), where.directory);
  const reader = openObjectReader(repository);
  try {
    return await judgeHead(
      repository,
      reader,
      await commitOf(repository, base),
      await commitOf(repository, head),
    );
  } finally {
    reader.close();
  }
}

/** The same for commits by their ids, in a repository that somebody else has opened. */
export async function judgeHead(
  repository: Repository,
  reader: ObjectReader,
  base: string,
  head: string,
): Promise<PolicyCheck> {
  return await new Check(repository, reader).run(base, head);
}

/**
 * Makes sure that `head` goes on with the line of approved sets that holds at `base`. Throws `forked` where it would lead
 * those onto another one who come later.
 */
export async function mustGoOn(
  repository: Repository,
  reader: ObjectReader,
  base: string,
  head: string,
): Promise<void> {
  await new Check(repository, reader).goOn(base, head);
}

class Check {
  readonly #repository: Repository;
  readonly #reader: ObjectReader;
  readonly #walk: PolicyWalk;
  readonly #seen = new Set<string>();

  constructor(repository: Repository, reader: ObjectReader) {
    this.#repository = repository;
    this.#reader = reader;
    this.#walk = new PolicyWalk({ policySet: (tree) => policySetOf(reader, tree) }, parsePolicySet);
  }

  async run(base: string, head: string): Promise<PolicyCheck> {
    const { standing, reached } = await this.goOn(base, head);
    const { lineage } = standing;
    const { genesis, epoch } = lineage;
    const common = { head, genesis, epoch, approvedBy: [], missing: [], problems: [] };
    const proposed = await policySetAt(this.#reader, head);
    if (proposed === null) {
      const found = `commit ${head.slice(0, 12)} carries no .mirror/, expected that of epoch ${epoch} or a change of it`;
      return { ...common, state: "broken", verdict: null, problems: [found] };
    }
    const digest = policySetDigest(proposed);
    const step = reached.adopted.at(-1);
    if (step === undefined && digest === lineage.digest)
      return { ...common, state: "unchanged", verdict: "none" };
    const before = parsed(standing);
    const { set: after, problems } = parsePolicySet(proposed);
    const mistakes = after === null ? problems : checkSet(after);
    if (after === null || mistakes.length > 0)
      return { ...common, state: "broken", verdict: null, problems: mistakes.map(mistakeText) };
    const { verdict } = compareSets(before, after);
    const notes = reached.problems.map(policyProblemText);
    if (step !== undefined && reached.lineage.digest === digest) {
      return { ...common, state: "effective", verdict, approvedBy: step.approvedBy, problems: notes };
    }
    const pending = reached.pending.find((each) => each.digest === digest);
    const approvedBy = pending?.approvedBy ?? [];
    const on = { set: parsed(reached), files: reached.files };
    const judged = judgeChange(on, { set: after, files: proposed }, new Set(approvedBy));
    const state = judged.met ? "approved" : "unapproved";
    return { ...common, state, verdict, approvedBy, missing: missingText(judged), problems: notes };
  }

  // Only what the base stands on: anybody may push a branch with a beginning of its own. The head may not bring one in.
  async #genesis(base: string, head: string): Promise<ApprovedSet> {
    const [only, ...more] = await findGenesisCandidates(this.#repository, this.#reader, base);
    if (only === undefined) {
      const message = `no commit begins a policy set, of those that ${base.slice(0, 12)} leads back to`;
      throw new MirrorError("no-genesis", message, {
        hint: "name a commit of a governed branch; a repository is governed from `mirror init` on",
      });
    }
    const { lineage } = only;
    if (head !== base) more.push(...(await findGenesisCandidates(this.#repository, this.#reader, head)));
    const ids = new Set([only, ...more].map((each) => each.lineage.genesis));
    if (ids.size > 1) {
      const all = [...ids].map((id) => id.slice(0, 12)).join(", ");
      throw new MirrorError("forked", `${ids.size} commits here begin a policy set: ${all}`, {
        hint: "keep the history of the one that is not this repository's out of the branch",
      });
    }
    const files = await policySetAt(this.#reader, lineage.genesis);
    return { lineage, commit: lineage.genesis, files: files ?? new Map() };
  }

  /**
   * Walks to the base, and on to the head. Whoever comes later walks from the genesis over all that the head reaches, and
   * must not be led onto another line: one that was approved by somebody who was a signer once, and settled on by them.
   */
  async goOn(base: string, head: string): Promise<{ readonly standing: Walk; readonly reached: Walk }> {
    const begun = await this.#genesis(base, head);
    const standing = await this.#forward(begun, base);
    const reached = await this.#forward(standing, head);
    if (head !== base) {
      const whole = await this.#forward(begun, head);
      mustBeSame(whole.adopted, [...standing.adopted, ...reached.adopted], head);
    }
    return { standing, reached };
  }

  /** Walks from a set over what a commit reaches. */
  async #forward(from: ApprovedSet, tip: string): Promise<Walk> {
    for await (const commit of listNewCommits(this.#reader, [tip], (id) => this.#seen.has(id))) {
      if (commit.missing !== null) {
        throw new MirrorError("shallow", `history behind ${commit.missing.slice(0, 12)} cannot be seen`, {
          hint: "fetch all of it: in a GitHub workflow, actions/checkout with `fetch-depth: 0`",
        });
      }
      this.#seen.add(commit.id);
      this.#walk.add(commit.id, commit.raw);
    }
    const walk = await this.#walk.forward(from, { now: Date.now(), chosen: new Map() });
    if (walk.open === null) return walk;
    throw forkedAt(walk.open);
  }
}

function mustBeSame(found: readonly Step[], expected: readonly Step[], head: string): void {
  const steps = Math.max(found.length, expected.length);
  for (let epoch = 0; epoch < steps; epoch += 1) {
    const [one, other] = [found[epoch], expected[epoch]];
    if (one !== undefined && one.child.lineage === other?.child.lineage) continue;
    const named = [one, other].map((step) =>
      step === undefined ? "none" : `${step.commit.slice(0, 12)}, approved by ${step.approvedBy.join(", ")}`,
    );
    throw new MirrorError(
      "forked",
      `${head.slice(0, 12)} brings in another line of approved policy sets: after epoch ${epoch} found ${named[0]}, expected ${named[1]}`,
      { hint: "keep the history of the other line out of the branch: every new clone would follow it" },
    );
  }
}

function parsed(approved: ApprovedSet): PolicySet {
  const { set, problems } = parsePolicySet(approved.files);
  if (set === null) throw approvedWithMistakes(approved, problems);
  return set;
}

async function commitOf(repository: Repository, name: string): Promise<string> {
  try {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
    return await gitOutput(repository.git, ["--git-dir", repository.gitDir, ...args], {});
  } catch (error) {
    if (!isMirrorError(error, "git-failed")) throw error;
    throw new MirrorError("usage", `\`${name}\` is no commit here, expected a commit, branch or tag`, {
      hint: "fetch it first: git fetch",
      cause: error,
    });
  }
}
