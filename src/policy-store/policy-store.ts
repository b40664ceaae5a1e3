import type { Clock } from "../base/clock.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { isShallow, type ObjectReader } from "../git/objects.ts";
import { readRef } from "../git/refs.ts";
import type { Repository } from "../git/repository.ts";
import type { ParsedPolicySet, PolicySetParser } from "../model/documents.ts";
import type { Lineage, Pin } from "../model/lineage.ts";
import type { PolicySet, PolicySetFiles } from "../model/policy-set.ts";
import { policySetDigest } from "../trust/policy-digest.ts";
import type { Pending, Step, Unusable } from "../trust/steps.ts";
import type { TrustProblem } from "../trust/trust-problem.ts";
import { type ApprovedSet, type Fork, PolicyWalk } from "../trust/walk.ts";
import { approvedWithMistakes } from "./approved-with-mistakes.ts";
import { policySetAt, policySetOf } from "./policy-set-at.ts";
import { SetCache } from "./set-cache.ts";
import { policyTips } from "./tips.ts";
import { WalkedCommits } from "./walked.ts";

/** The policy set in force. Whoever decides by it compiles it: most commands only look. */
export interface ApprovedPolicy {
  readonly lineage: Lineage;
  /** The genesis or merge commit that brought it. */
  readonly commit: string;
  readonly files: PolicySetFiles;
  readonly set: PolicySet;
}

/** What a look at the repository found. */
export interface PolicyView {
  readonly approved: ApprovedPolicy;
  /** Steps that were taken by this look, in order. */
  readonly adopted: readonly Step[];
  /** Forks that were met; `open` is one at which nobody may go on. */
  readonly forks: readonly Fork[];
  readonly open: Fork | null;
  readonly pending: readonly Pending[];
  /** What the policy branch holds, where that is approved and cannot be used. */
  readonly broken: Unusable | null;
  readonly problems: readonly PolicyProblem[];
}

/** Something about the policy set's history that a person should know. It changes nothing by itself. */
export interface PolicyProblem {
  readonly code: TrustProblem["code"] | "missing-object";
  readonly commit: string;
  readonly message: string;
}

export interface PolicyStoreOptions {
  readonly repository: Repository;
  readonly reader: ObjectReader;
  /** Where it left off: never goes back behind. */
  readonly pin: Pin;
  /** Directory for what need not be worked out twice. */
  readonly caches: string;
  readonly clock: Clock;
  /** The version of mirror, by which caches are told apart. */
  readonly engine: string;
}

/** How many sets of one walk are kept parsed. */
const mostKept = 8;

/** Finds the approved policy set from git objects, from the pinned lineage forward. */
export class PolicyStore {
  readonly #options: PolicyStoreOptions;
  readonly #walk: PolicyWalk;
  readonly #walked: WalkedCommits;
  readonly #sets: SetCache;
  /** Sets that were parsed just now, the newest last. */
  readonly #newest = new Map<string, PolicySet>();
  #parser: PolicySetParser | null = null;
  #tips: string | null = null;
  #view: PolicyView | null = null;

  constructor(options: PolicyStoreOptions) {
    const { repository, reader, pin, caches } = options;
    this.#options = options;
    this.#sets = new SetCache(caches, options.engine);
    const source = { policySet: (tree: string) => policySetOf(reader, tree) };
    this.#walk = new PolicyWalk(source, (files) => this.#parseFiles(files));
    this.#walked = new WalkedCommits({ repository, reader, walk: this.#walk, caches, genesis: pin.genesis });
  }

  /**
   * Looks at the repository as it is now. `gitDirs` are the git directories of its work trees. Cheap where no tip
   * moved.
   *
   * Throws `invalid-policy-set`, `missing-object`, `corrupt-object` or `shallow` where the approved set itself
   * cannot be read. An unapproved set, whatever it holds, changes nothing.
   */
  async look(gitDirs: readonly string[]): Promise<PolicyView> {
    const { repository } = this.#options;
    const view = this.#view ?? (await this.#pinned());
    const tips = policyTips(repository, gitDirs, view.approved.set.config.policyBranch);
    const key = tips.join(" ");
    if (this.#view !== null && key === this.#tips) return { ...this.#view, adopted: [] };
    const missing = await this.#walked.follow(tips);
    const problems = missing.map((id): PolicyProblem => this.#missing(id));
    const { clock } = this.#options;
    const walk = await this.#walk.forward(asSet(view.approved), { now: clock(), chosen: new Map() });
    const approved = walk.adopted.length === 0 ? view.approved : await this.#ready(walk);
    const { adopted, forks, open, pending } = walk;
    const broken = await this.#onBranch(walk.unusable, approved.set.config.policyBranch);
    problems.push(...walk.problems);
    this.#view = { approved, adopted, forks, open, pending, broken, problems };
    this.#keepNewest();
    // What it remembers of the sets on the way is of no more use.
    this.#parser = null;
    // A walk that could not see everything is not finished: look again next time.
    this.#tips = missing.length === 0 ? key : null;
    return this.#view;
  }

  async #pinned(): Promise<PolicyView> {
    const { reader, pin } = this.#options;
    const { genesis, epoch, lineage, digest, commit } = pin;
    const files = await policySetAt(reader, commit);
    if (files === null || policySetDigest(files) !== digest) {
      const found = files === null ? "no policy set" : `policy set ${policySetDigest(files)}`;
      const message = `commit ${commit} holds ${found}, expected the one that is pinned, ${digest}`;
      throw new MirrorError("invalid-policy-set", message, { hint: "run `mirror repair`" });
    }
    const approved = await this.#ready({ lineage: { genesis, epoch, lineage, digest }, commit, files });
    return { approved, adopted: [], forks: [], open: null, pending: [], broken: null, problems: [] };
  }

  async #onBranch(unusable: readonly Unusable[], policyBranch: string): Promise<Unusable | null> {
    const { repository, reader } = this.#options;
    const tip = unusable.length === 0 ? null : readRef(repository, `refs/heads/${policyBranch}`);
    if (tip === null) return null;
    const digest = await digestAt(reader, tip);
    return unusable.find((each) => each.digest === digest) ?? null;
  }

  async #ready({ lineage, commit, files }: ApprovedSet): Promise<ApprovedPolicy> {
    const { set, problems } = await this.#parseFiles(files);
    if (set === null) throw approvedWithMistakes({ lineage, commit }, problems);
    return { lineage, commit, files, set };
  }

  /** The parser is loaded where a set has to be parsed: who looks again at sets that are known does without. */
  async #parseFiles(files: PolicySetFiles): Promise<ParsedPolicySet> {
    const digest = policySetDigest(files);
    const known = this.#newest.get(digest) ?? this.#sets.read(digest);
    if (known !== null) return { set: known, problems: [] };
    this.#parser ??= new (await import("../model/documents.ts")).PolicySetParser();
    const parsed = this.#parser.parse(files);
    if (parsed.set !== null) this.#newest.set(digest, parsed.set);
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > mostKept && oldest !== undefined) this.#newest.delete(oldest);
    return parsed;
  }

  /** Keeps the sets that a walk came to last: until the gate moves its pin, every command walks there again. */
  #keepNewest(): void {
    for (const [digest, set] of this.#newest) this.#sets.write(digest, set);
    this.#newest.clear();
  }

  #missing(id: string): PolicyProblem {
    const cause = isShallow(this.#options.repository) ? "this clone is shallow" : "the repository lacks it";
    return { code: "missing-object", commit: id, message: `history behind ${id} cannot be seen: ${cause}` };
  }
}

/** Gives the digest of the policy set a commit carries; null where there is none, or nothing that could be one. */
async function digestAt(reader: ObjectReader, commit: string): Promise<string | null> {
  try {
    const files = await policySetAt(reader, commit);
    return files === null ? null : policySetDigest(files);
  } catch (error) {
    if (isMirrorError(error, "invalid-policy-set", "too-large")) return null;
    throw error;
  }
}

function asSet({ lineage, commit, files }: ApprovedPolicy): ApprovedSet {
  return { lineage, commit, files };
}
