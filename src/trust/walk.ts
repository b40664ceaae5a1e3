import { MirrorError } from "../base/errors.ts";
import type { Lineage } from "../model/lineage.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import { Candidates } from "./candidates.ts";
import { nextLineage } from "./policy-digest.ts";
import { type ParsePolicySet, PolicySets, type TrustSource, type UsableSet } from "./policy-sets.ts";
import { type SettledChild, settledChild } from "./settlements.ts";
import type { JudgedAt } from "./signature-result.ts";
import { findSigner } from "./signed-statements.ts";
import { type Leaving, type Pending, type Step, sortedUnique, stepsFrom, type Unusable } from "./steps.ts";
import type { TrustProblem } from "./trust-problem.ts";

/** An approved policy set: where a walk begins or ends. */
export interface ApprovedSet {
  readonly lineage: Lineage;
  /** The commit that brought it: the genesis or a merge commit. */
  readonly commit: string;
  readonly files: PolicySetFiles;
}

/** Several valid steps from one lineage. */
export interface Fork {
  readonly parent: Lineage;
  /** At least two. */
  readonly steps: readonly Step[];
  /** Lineage of the child that was taken, because signers or the person settled on it; null: none. */
  readonly taken: string | null;
}

/** How far the approved policy set moves. */
export interface Walk extends ApprovedSet {
  /** In order; empty if nothing moved. */
  readonly adopted: readonly Step[];
  /** Met on the way, settled or not. */
  readonly forks: readonly Fork[];
  /** The fork at which the walk ends unsettled: the gate denies (TRUST P5). Null: there is none. */
  readonly open: Fork | null;
  /** Approved on the lineage where the walk ends, and no step yet. */
  readonly pending: readonly Pending[];
  /** Approved on the lineage where the walk ends, and never a step. */
  readonly unusable: readonly Unusable[];
  readonly problems: readonly TrustProblem[];
}

export interface WalkOptions extends JudgedAt {
  /** Children that are settled already, by parent lineage: named by the person, or adopted before. */
  readonly chosen: ReadonlyMap<string, string>;
}

/**
 * Walks the approved policy set forward (TRUST P3–P6). Commits are fed once each, in any order, from
 * everything reachable; then `forward` says how far enough approvals carry from a pinned lineage. It never goes
 * back or sideways, and where it ends depends on which commits were fed and never on their order.
 */
export class PolicyWalk {
  readonly #candidates = new Candidates();
  readonly #sets: PolicySets;

  constructor(source: TrustSource, parse: ParsePolicySet) {
    this.#sets = new PolicySets(source, parse);
  }

  /** Takes in a commit; true if it may matter. Throws `corrupt-object` if it does and is not what its id says. */
  add(id: string, raw: Uint8Array): boolean {
    return this.#candidates.add(id, raw);
  }

  /**
   * Walks from `from` until no valid step leaves, or several do and none is settled on.
   *
   * Throws `invalid-policy-set` or `bad-key` where the set of `from` is not what it was when it was pinned or
   * cannot judge, and whatever the source throws for objects it cannot read.
   */
  async forward(from: ApprovedSet, options: WalkOptions): Promise<Walk> {
    const digest = this.#sets.take(from.files);
    if (digest !== from.lineage.digest) {
      const message = `commit ${from.commit} holds policy set ${digest}, expected ${from.lineage.digest}`;
      throw new MirrorError("invalid-policy-set", message, { hint: "run `mirror repair`" });
    }
    const adopted: Step[] = [];
    const forks: Fork[] = [];
    const problems: TrustProblem[] = [];
    const coming = this.#coming(from.lineage);
    for (let at = from.lineage; ; ) {
      this.#readAhead(coming, adopted.length);
      const stop = await this.#leave(at, options, problems);
      const fork =
        stop.steps.length > 1
          ? { parent: at, steps: stop.steps, taken: stop.taken?.child.lineage ?? null }
          : null;
      if (fork !== null) forks.push(fork);
      if (stop.taken !== null) {
        adopted.push(stop.taken);
        at = stop.taken.child;
        continue;
      }
      problems.push(
        ...this.#candidates.problems,
        ...(await this.#strays(from, at, adopted, stop.pending, options)),
      );
      const commit = adopted.at(-1)?.commit ?? from.commit;
      const files = this.#sets.files(at.digest);
      const { pending, unusable } = stop;
      return { lineage: at, commit, files, adopted, forks, open: fork, pending, unusable, problems };
    }
  }

  /** Gives the trees that the approvals from here on speak of, in the order of their steps. UNTRUSTED: nothing is verified. */
  #coming(from: Lineage): Coming {
    const trees: string[] = [];
    const { approvals } = this.#candidates;
    for (let lineages = [from.lineage]; lineages.length > 0; ) {
      const next: string[] = [];
      for (const lineage of lineages) {
        for (const { commit, statement } of approvals.get(lineage) ?? []) {
          trees.push(commit.tree);
          next.push(nextLineage(lineage, statement.digest));
        }
      }
      lineages = [...new Set(next)];
    }
    return { trees, asked: 0 };
  }

  /** Has the policy sets read that the walk will need: one after the other, each would wait for git several times. */
  #readAhead(coming: Coming, done: number): void {
    if (coming.asked > done + setsAhead / 2) return;
    const until = done + setsAhead;
    // What cannot be read is told where it is needed.
    for (const tree of coming.trees.slice(coming.asked, until))
      this.#sets.digestOf(tree).catch(() => undefined);
    coming.asked = until;
  }

  async #leave(
    parent: Lineage,
    options: WalkOptions,
    problems: TrustProblem[],
  ): Promise<Leaving & { readonly taken: Step | null }> {
    const { approvals, settlements } = this.#candidates;
    if (!approvals.has(parent.lineage) && !settlements.has(parent.lineage))
      return { ...nothing, taken: null };
    const base = await this.#judge(parent);
    const leaving = await stepsFrom(parent, base, this.#candidates, this.#sets, options);
    problems.push(...leaving.problems);
    const settled = settledChild(parent, base, this.#candidates, options, problems);
    const chosen = options.chosen.get(parent.lineage);
    const wanted = chosen === undefined ? settled : { child: chosen, commits: [] };
    return { ...leaving, taken: take(leaving.steps, wanted, problems) };
  }

  async #judge(lineage: Lineage): Promise<UsableSet> {
    const base = await this.#sets.usable(lineage.digest);
    if (base instanceof MirrorError) throw base;
    return base;
  }

  /** Names approvals that build on a line which is not this one (TRUST P5): they change nothing. */
  async #strays(
    from: ApprovedSet,
    end: Lineage,
    adopted: readonly Step[],
    pending: readonly Pending[],
    options: WalkOptions,
  ): Promise<readonly TrustProblem[]> {
    const ours = new Set([from.lineage, ...adopted.map((step) => step.child)].map(({ lineage }) => lineage));
    for (const { digest } of pending) ours.add(nextLineage(end.lineage, digest));
    const strays = [...this.#candidates.approvals.values()]
      .flat()
      .filter(({ statement }) => statement.epoch >= from.lineage.epoch && !ours.has(statement.lineage));
    if (strays.length === 0) return [];
    const { keyring } = await this.#judge(end);
    return strays.map((stray): TrustProblem => {
      const found = findSigner(stray, keyring, options);
      const who = "signer" in found ? found.signer : "nobody who is a signer here";
      const { epoch, lineage } = stray.statement;
      const message = `an approval by ${who} builds on epoch ${epoch} of another line (${lineage.slice(0, 12)}), expected epoch ${end.epoch} of this one (${end.lineage.slice(0, 12)}); it changes nothing`;
      return { code: "fork", commit: stray.id, message };
    });
  }
}

/** Policy sets that are read before the walk comes to them. */
const setsAhead = 64;

interface Coming {
  readonly trees: readonly string[];
  asked: number;
}

const nothing: Leaving = { steps: [], pending: [], unusable: [], problems: [] };

/** Chooses the one step there is, or the one that was settled on. */
function take(steps: readonly Step[], wanted: SettledChild | null, problems: TrustProblem[]): Step | null {
  const [only, ...more] = steps;
  if (wanted === null) return more.length > 0 ? null : (only ?? null);
  const step = steps.find(({ child }) => child.lineage === wanted.child);
  if (step !== undefined) {
    const commits = sortedUnique([...step.evidence.commits, ...wanted.commits]);
    return { ...step, evidence: { ...step.evidence, commits } };
  }
  // Signers said which child it is; another one is not taken because theirs is out of sight.
  if (only !== undefined) {
    const { epoch } = only.parent;
    const message = `it leaves epoch ${epoch} for lineage ${only.child.lineage.slice(0, 12)}, expected ${wanted.child.slice(0, 12)}, which signers settled on and which is not here`;
    problems.push({ code: "settled-child-missing", commit: only.commit, message });
  }
  return null;
}
