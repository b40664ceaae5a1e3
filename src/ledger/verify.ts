import { gitObjectId } from "../base/digest.ts";
import { MirrorError } from "../base/errors.ts";
import type { ObjectReader } from "../git/objects.ts";
import type { Repository } from "../git/repository.ts";
import type { LastReceipt, PolicySetFiles } from "../model/policy-set.ts";
import type { AdoptBody, GenesisBody, Receipt, ReceiptHeader } from "../model/receipt.ts";
import { type Commit, parseCommit } from "../trust/commit.ts";
import type { PublicKey } from "../trust/keys.ts";
import { verifySignature, verifySignatureBy } from "../trust/signature.ts";
import type { SignatureResult } from "../trust/signature-result.ts";
import { ahead } from "./ahead.ts";
import { listLedgerCommits } from "./commit-list.ts";
import { CommitStack } from "./commit-stack.ts";
import type { LedgerProblem, LedgerProblemCode } from "./problem.ts";
import { isUnreadable, readAs, readable } from "./readable.ts";
import { readReceipt, receiptDigest } from "./receipt-file.ts";
import { addReceipt, emptyReceiptTree, type ReceiptTree, rootTree } from "./receipt-tree.ts";
import {
  type MakeEvaluator,
  type MakeModelJudge,
  replay,
  replayModelCall,
  VerifiedPolicySets,
} from "./replay.ts";
import { SignatureThread } from "./signature-thread.ts";
import { SpendCheck } from "./spend-check.ts";
import { listReceipts, readLedgerRoot } from "./tree-reader.ts";
import {
  checkCommitText,
  checkEvidencePresent,
  checkLineage,
  checkOrder,
  type Report,
  type Verified,
} from "./verify-receipt.ts";

/** A receipt that says where a policy set comes from. */
export type OriginReceipt = ReceiptHeader & (GenesisBody | AdoptBody);

/** What a ledger is verified against. */
export interface VerifyOptions {
  readonly repo: Repository;
  readonly reader: ObjectReader;
  /** The commit its ref names. */
  readonly head: string;
  /** Id of its gate. */
  readonly gate: string;
  /** The keys the gate is enrolled with. None: it is not enrolled, and its signatures are counted as unknown. */
  readonly keys: readonly PublicKey[];
  /** The last receipt that counts, where the gate is revoked (TRUST S2); null: it is not. */
  readonly revoked: LastReceipt | null;
  /** The genesis it must stand on; null: any. */
  readonly genesis: string | null;
  /** Makes the evaluator of a policy set; null for one that cannot be decided by. Called once for each set. */
  readonly evaluator: MakeEvaluator;
  /** Makes the judge of model calls by a policy set; as the evaluator. */
  readonly modelJudge: MakeModelJudge;
  /** Holds a policy set's origin against its evidence: gives what is wrong, a line each. */
  readonly checkOrigin: (receipt: OriginReceipt, files: PolicySetFiles) => Promise<readonly string[]>;
  /** Told now and then how many receipts of how many were looked at. */
  readonly progress: (done: number, of: number) => void;
}

/** What verification found. */
export interface LedgerVerdict {
  readonly ok: boolean;
  readonly receipts: number;
  /** Good signatures of the gate's keys. */
  readonly signatures: number;
  /** Signatures that could not be judged, because the gate is not enrolled. */
  readonly unknown: number;
  /** Decisions that came out the same again. */
  readonly replayed: number;
  /** Decisions that cannot be replayed, because the raw call was stricter (TRUST R2). */
  readonly sealed: number;
  readonly problems: readonly LedgerProblem[];
}

/**
 * Verifies a ledger from its first receipt to `head`: the chain, every signature, sequence and digests, trees that
 * only ever add one receipt, messages and trailers, lineage and evidence, and every decision again. Reads objects
 * re-hashed, trusts nothing else. Never throws for what stands in the ledger.
 */
export async function verifyLedger(options: VerifyOptions): Promise<LedgerVerdict> {
  return await new Verification(options).run();
}

/** What was read of one receipt: objects as they stand, or why they cannot be read. */
interface Material {
  readonly seq: number;
  readonly id: string;
  readonly commit: Commit | MirrorError;
  /** Null: not signed, or the commit cannot be read. */
  readonly signature: SignatureResult | null;
  readonly blob: string;
  readonly file: Uint8Array | MirrorError;
}

const window = 512;
/** A ledger of so many receipts is verified on two threads. */
const worthAThread = 500;
const progressEvery = 256;
/** After so many problems there is nothing more to learn. */
const mostProblems = 1_000;

class Verification {
  readonly #options: VerifyOptions;
  readonly #problems: LedgerProblem[] = [];
  readonly #policySets: VerifiedPolicySets;
  readonly #spend = new SpendCheck();
  #receipts = 0;
  #signatures = 0;
  #unknown = 0;
  #replayed = 0;
  #sealed = 0;
  /** Null: it would not be worth its start. */
  #thread: SignatureThread | null = null;
  #tree: ReceiptTree = emptyReceiptTree;
  /** Id of the `policy-set` tree of the commit before. */
  #policySet: string | null = null;
  #before: Verified | null = null;
  #parent: string | null = null;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#policySets = new VerifiedPolicySets(options.reader, options.evaluator, options.modelJudge);
  }

  async run(): Promise<LedgerVerdict> {
    try {
      await this.#walk();
      this.#checkReached();
    } catch (error) {
      // The walk itself cannot go on: history cut off, or the newest tree is no ledger's.
      if (!isUnreadable(error)) throw error;
      this.#add("unreadable", error.message, this.#options.head);
    } finally {
      await this.#thread?.close();
    }
    const problems = this.#problems;
    return {
      ok: problems.length === 0,
      receipts: this.#receipts,
      signatures: this.#signatures,
      unknown: this.#unknown,
      replayed: this.#replayed,
      sealed: this.#sealed,
      problems,
    };
  }

  async #walk(): Promise<void> {
    const { repo, reader, head, progress } = this.#options;
    const commits = new CommitStack();
    for await (const id of listLedgerCommits(repo, head)) commits.push(id);
    const of = commits.size;
    if (of >= worthAThread) this.#thread = new SignatureThread();
    const { tree } = parseCommit((await reader.read(head)).data);
    const { receipts } = await readLedgerRoot(reader, tree);
    const materials = ahead(this.#entries(commits, receipts), window, (entry) => this.#gather(entry));
    for await (const material of materials) {
      await this.#check(material);
      this.#receipts += 1;
      if (this.#receipts % progressEvery === 0) progress(this.#receipts, of);
      if (this.#problems.length >= mostProblems) return;
    }
    progress(this.#receipts, of);
  }

  /** Pairs the commits, the oldest first, with the receipts of the newest tree. */
  async *#entries(
    commits: CommitStack,
    receipts: string,
  ): AsyncGenerator<{ seq: number; id: string; blob: string }, void, undefined> {
    let expected = 0;
    for await (const { seq, blob } of listReceipts(this.#options.reader, receipts, "oldest-first")) {
      const id = commits.pop();
      if (id === null || seq !== expected) {
        this.#add(
          "tree-differs",
          `the newest tree holds receipt ${seq}, expected ${expected}`,
          this.#options.head,
        );
        return;
      }
      expected += 1;
      yield { seq, id, blob };
    }
    if (commits.size > 0) {
      const { head } = this.#options;
      this.#add(
        "tree-differs",
        `there are ${commits.size} commits more than receipts in the newest tree`,
        head,
      );
    }
  }

  async #gather({ seq, id, blob }: { seq: number; id: string; blob: string }): Promise<Material> {
    const { reader } = this.#options;
    const [commit, file] = await Promise.all([
      readable(async () => parseCommit(await readAs(reader, "commit", id))),
      readable(() => readAs(reader, "blob", blob)),
    ]);
    const signature = commit instanceof MirrorError ? null : await this.#judge(commit);
    return { seq, id, commit, signature, blob, file };
  }

  async #judge({ payload, signature }: Commit): Promise<SignatureResult | null> {
    if (signature === null) return null;
    const { keys } = this.#options;
    // Receipts were judged by the clock when they were made.
    const at = { now: null };
    return this.#thread === null
      ? verifySignature(payload, signature, keys, at)
      : await verifySignatureBy(this.#thread, payload, signature, keys, at);
  }

  async #check({ seq, id, commit, signature, blob, file }: Material): Promise<void> {
    const report: Report = (code, message) => this.#add(code, message, id);
    const before = this.#before;
    const added = addReceipt(this.#tree, blob);
    this.#tree = added.tree;
    this.#before = null;
    const parent = this.#parent;
    this.#parent = id;
    this.#checkRevoked(seq, id, report);
    if (commit instanceof MirrorError) report("unreadable", commit.message);
    else {
      checkParent(commit, parent, report);
      this.#checkSignature(signature, report);
    }
    if (file instanceof MirrorError) {
      report("unreadable", file.message);
      return;
    }
    const { receipt, problems } = readReceipt(file);
    if (receipt === null) {
      report("invalid-receipt", `receipt ${seq} cannot be read: ${problems[0]}`);
      return;
    }
    const verified: Verified = { receipt, digest: receiptDigest(file) };
    this.#before = verified;
    checkOrder(verified, { seq, gate: this.#options.gate, before }, report);
    checkLineage(verified, before?.receipt ?? null, this.#options.genesis, report);
    checkEvidencePresent(verified, report);
    this.#spend.check(receipt, report);
    if (commit instanceof MirrorError) return;
    checkCommitText(commit, verified, report);
    const policySet = await this.#checkTree(commit, added.id, report);
    if (policySet !== null) await this.#checkByPolicySet(receipt, policySet, report);
  }

  #checkRevoked(seq: number, id: string, report: Report): void {
    const { revoked, gate } = this.#options;
    if (revoked === null || seq < revoked.seq) return;
    if (seq > revoked.seq)
      report("revoked", `receipt ${seq} does not count: ${gate} is revoked after ${revoked.seq}`);
    else if (id !== revoked.head)
      report("revoked", `receipt ${seq} is \`${id}\`, expected \`${revoked.head}\`, the last that counts`);
  }

  /** A ledger that ends before the last receipt that counts has lost some. */
  #checkReached(): void {
    const { revoked, head } = this.#options;
    if (revoked === null || this.#receipts > revoked.seq || this.#problems.length > 0) return;
    const message = `it ends with receipt ${this.#receipts - 1}, expected ${revoked.seq}, the last that counts`;
    this.#add("revoked", message, head);
  }

  #checkSignature(signature: SignatureResult | null, report: Report): void {
    if (signature === null) report("unsigned", "it is not signed");
    else if (signature.status === "good") this.#signatures += 1;
    else if (signature.status === "bad") report("bad-signature", `its signature is bad: ${signature.why}`);
    else if (this.#options.keys.length === 0) this.#unknown += 1;
    else report("unknown-key", `it is signed by \`${signature.keyId}\`, which is no key of this gate`);
  }

  /** Holds the tree against the one before with this receipt added; gives the id of its policy set. */
  async #checkTree(commit: Commit, receipts: string, report: Report): Promise<string | null> {
    const known = this.#policySet;
    // Nearly always the policy set is the one before, and then no tree needs to be read.
    if (known !== null && idOf(rootTree(receipts, known)) === commit.tree) return known;
    const root = await readable(() => readLedgerRoot(this.#options.reader, commit.tree));
    if (root instanceof MirrorError) {
      report("unreadable", root.message);
      return null;
    }
    this.#policySet = root.policySet;
    if (root.receipts !== receipts)
      report("tree-differs", "its receipts are not those before it and this one");
    else if (idOf(rootTree(receipts, root.policySet)) !== commit.tree)
      report("tree-differs", "its tree is malformed");
    return root.policySet;
  }

  async #checkByPolicySet(receipt: Receipt, tree: string, report: Report): Promise<void> {
    const policySet = await this.#policySets.of(tree);
    if (policySet instanceof MirrorError) {
      report("unreadable", policySet.message);
      return;
    }
    const found = `sha256:${policySet.digest}`;
    if (found !== receipt.policySet) {
      report(
        "policy-set-differs",
        `its tree holds policy set \`${found}\`, its receipt names \`${receipt.policySet}\``,
      );
      return;
    }
    if (receipt.kind === "decision") this.#countReplay(replay(receipt, policySet, report));
    if (receipt.kind === "spend") replayModelCall(receipt, policySet, report);
    if (receipt.kind !== "genesis" && receipt.kind !== "adopt") return;
    const wrong = await this.#options.checkOrigin(receipt, policySet.files);
    for (const message of wrong) report("evidence-differs", message);
  }

  #countReplay(outcome: "replayed" | "sealed" | "differs"): void {
    if (outcome === "replayed") this.#replayed += 1;
    if (outcome === "sealed") this.#sealed += 1;
  }

  #add(code: LedgerProblemCode, message: string, commit: string): void {
    this.#problems.push({ code, message, commit });
  }
}

function checkParent(commit: Commit, parent: string | null, report: Report): void {
  const expected = parent === null ? [] : [parent];
  if (commit.parents.join() === expected.join()) return;
  report("chain-broken", `its parents are \`${commit.parents.join(", ")}\`, expected \`${expected.join()}\``);
}

function idOf(tree: { readonly data: Uint8Array }): string {
  return gitObjectId("tree", tree.data);
}
