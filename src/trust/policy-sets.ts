import { isMirrorError, MirrorError } from "../base/errors.ts";
import type { Problem } from "../base/problem.ts";
import { formatProblem } from "../base/problem.ts";
import type { PolicySet, PolicySetFiles } from "../model/policy-set.ts";
import type { PolicySetSource } from "./changes.ts";
import { type Keyring, keyParser, openKeyring } from "./keyring.ts";
import { policySetDigest } from "./policy-digest.ts";

/** Parses the files of a policy set; model's parsePolicySet is one. */
export type ParsePolicySet = (files: PolicySetFiles) => ParsedSet | Promise<ParsedSet>;

interface ParsedSet {
  readonly set: PolicySet | null;
  readonly problems: readonly Problem[];
}

/** Where policy sets come from. */
export interface TrustSource {
  /**
   * Gives the policy set in a commit's root tree, from re-hashed objects; null if it has none.
   *
   * Throws `invalid-policy-set` or `too-large` for a tree that is none (TRUST P1), and `missing-object`,
   * `corrupt-object` or `shallow` where it cannot be read.
   */
  policySet(tree: string): Promise<PolicySetFiles | null>;
}

/** A policy set that can judge: it parses, and its keys are in order. */
export interface UsableSet extends PolicySetSource {
  readonly keyring: Keyring;
}

/** Policy sets by digest and by tree, each read once. */
export class PolicySets {
  readonly #source: TrustSource;
  readonly #parse: ParsePolicySet;
  readonly #parseKey = keyParser();
  readonly #digests = new Map<string, string | MirrorError | null>();
  readonly #files = new Map<string, PolicySetFiles>();
  readonly #usable = new Map<string, UsableSet | MirrorError>();

  constructor(source: TrustSource, parse: ParsePolicySet) {
    this.#source = source;
    this.#parse = parse;
  }

  /** Takes in files that are already at hand and gives their digest. */
  take(files: PolicySetFiles): string {
    const digest = policySetDigest(files);
    this.#files.set(digest, files);
    return digest;
  }

  /** Gives the files of a digest that was seen before. */
  files(digest: string): PolicySetFiles {
    const files = this.#files.get(digest);
    if (files === undefined) throw new MirrorError("internal", `policy set ${digest} was never read`);
    return files;
  }

  /** Gives the digest of the policy set in a root tree; null: none; an error: what is there is no policy set. */
  async digestOf(tree: string): Promise<string | MirrorError | null> {
    const known = this.#digests.get(tree);
    if (known !== undefined) return known;
    const found = await this.#read(tree);
    this.#digests.set(tree, found);
    return found;
  }

  /** Gives the policy set ready to judge, or why it cannot. */
  async usable(digest: string): Promise<UsableSet | MirrorError> {
    const known = this.#usable.get(digest);
    if (known !== undefined) return known;
    const found = await this.#open(digest);
    this.#usable.set(digest, found);
    return found;
  }

  async #read(tree: string): Promise<string | MirrorError | null> {
    try {
      const files = await this.#source.policySet(tree);
      return files === null ? null : this.take(files);
    } catch (error) {
      if (isMirrorError(error, "invalid-policy-set", "too-large")) return error;
      throw error;
    }
  }

  async #open(digest: string): Promise<UsableSet | MirrorError> {
    const files = this.files(digest);
    const { set, problems } = await this.#parse(files);
    if (set === null) {
      const [first, ...more] = problems;
      const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
      const what =
        first === undefined ? "it has mistakes" : `${formatProblem({ ...first, hint: null })}${others}`;
      return new MirrorError("invalid-policy-set", what);
    }
    try {
      return { set, files, keyring: await openKeyring(set.trust, files, this.#parseKey) };
    } catch (error) {
      if (isMirrorError(error, "bad-key")) return error;
      throw error;
    }
  }
}
