import { gitObjectId } from "../base/digest.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { type Commit, parseCommit, parseCommitLinks } from "./commit.ts";
import {
  type Approval,
  mayState,
  meansToState,
  readApproval,
  readSettlement,
  type Settlement,
} from "./statement.ts";
import type { TrustProblem } from "./trust-problem.ts";

/** A commit that says something about the policy set. Its signature is not verified yet. */
export interface StatementCommit<S> {
  readonly id: string;
  readonly commit: Commit;
  readonly statement: S;
}

/** Where the second `parent` header begins in a commit that has one. */
const secondParentAt = 94;
const letterP = 0x70;

/**
 * What matters in the commits that were seen: statements and merges. A commit that is neither costs a search
 * for a few bytes. UNTRUSTED: every commit came from outside.
 */
export class Candidates {
  readonly #seen = new Set<string>();
  readonly #approvals = new Map<string, StatementCommit<Approval>[]>();
  readonly #settlements = new Map<string, StatementCommit<Settlement>[]>();
  readonly #merges = new Map<string, string>();
  readonly #problems: TrustProblem[] = [];

  /** Takes in a commit; true if it may matter. Throws `corrupt-object` if it does and is not what its id says. */
  add(id: string, raw: Uint8Array): boolean {
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
    const isMarked = mayState(bytes);
    const mayMerge = bytes[secondParentAt] === letterP;
    if (!isMarked && !mayMerge) return false;
    if (this.#seen.has(id)) return true;
    const found = gitObjectId("commit", raw);
    if (found !== id) throw otherBytes(id, found);
    this.#seen.add(id);
    if (mayMerge) this.#addMerge(id, raw);
    if (isMarked) this.#addStatement(id, raw);
    return true;
  }

  /** Root trees of merge commits, by id. */
  get merges(): ReadonlyMap<string, string> {
    return this.#merges;
  }

  /** Commits that look like statements and are none. */
  get problems(): readonly TrustProblem[] {
    return this.#problems;
  }

  /** Approvals by the lineage they build on. */
  get approvals(): ReadonlyMap<string, readonly StatementCommit<Approval>[]> {
    return this.#approvals;
  }

  /** Settlements by the lineage they leave. */
  get settlements(): ReadonlyMap<string, readonly StatementCommit<Settlement>[]> {
    return this.#settlements;
  }

  #addMerge(id: string, raw: Uint8Array): void {
    const { tree, parents } = parseCommitLinks(raw);
    if (new Set(parents).size >= 2) this.#merges.set(id, tree);
  }

  #addStatement(id: string, raw: Uint8Array): void {
    const commit = this.#parse(id, raw);
    if (commit === null) return;
    const approval = readApproval(commit.message);
    if (approval !== null) push(this.#approvals, approval.lineage, { id, commit, statement: approval });
    const settlement = readSettlement(commit.message);
    if (settlement !== null)
      push(this.#settlements, settlement.parent, { id, commit, statement: settlement });
    if (approval === null && settlement === null && meansToState(commit.message)) {
      const message =
        "found a statement that is not exactly one of each line, as `mirror policy statement` prints them; it states nothing";
      this.#problems.push({ code: "malformed-statement", commit: id, message });
    }
  }

  #parse(id: string, raw: Uint8Array): Commit | null {
    try {
      return parseCommit(raw);
    } catch (error) {
      if (!isMirrorError(error, "corrupt-object")) throw error;
      this.#problems.push({ code: "unreadable-commit", commit: id, message: error.message });
      return null;
    }
  }
}

function otherBytes(id: string, found: string): MirrorError {
  return new MirrorError("corrupt-object", `the bytes stored as commit ${id} hash to ${found}`, {
    hint: "the object was changed in place: fetch it again from a repository you trust",
  });
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
