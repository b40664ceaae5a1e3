import { gitObjectId } from "../base/digest.ts";
import { isMirrorError, MirrorError } from "../base/errors.ts";
import { memoryName, mirrorName, policySetTree } from "../git/mirror-tree.ts";
import { readRawTree } from "../git/tree.ts";
import type { OriginReceipt } from "../ledger/verify.ts";
import { parsePolicySet } from "../model/documents.ts";
import type { GitObject } from "../model/git.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type { Evidence } from "../model/receipt.ts";
import { checkGenesis } from "../trust/genesis.ts";
import { type ApprovedSet, PolicyWalk } from "../trust/walk.ts";

/**
 * Holds genesis and adopt receipts against the evidence they carry: the very checks the gate made, from the raw
 * objects in the receipt alone. Receipts come in the order of the ledger.
 */
export class OriginCheck {
  readonly #approved = new Map<string, ApprovedSet>();

  /** Gives what is wrong with where a policy set comes from, a line each. */
  async check(receipt: OriginReceipt, files: PolicySetFiles): Promise<readonly string[]> {
    try {
      const wrong =
        receipt.kind === "genesis" ? await this.#genesis(receipt, files) : await this.#adopt(receipt, files);
      return wrong === null ? [] : [wrong];
    } catch (error) {
      if (!isMirrorError(error)) throw error;
      return [`its evidence does not hold: ${error.message}`];
    }
  }

  async #genesis(
    receipt: OriginReceipt & { kind: "genesis" },
    files: PolicySetFiles,
  ): Promise<string | null> {
    const objects = new EvidenceObjects(receipt.evidence, [files]);
    const result = await checkGenesis(
      objects.commit(receipt.genesis),
      receipt.genesis,
      files,
      parsePolicySet,
    );
    if (result.status === "failed") return `its genesis does not hold: ${result.message}`;
    if (result.lineage.lineage !== receipt.lineage) return "its lineage is not the genesis'";
    this.#approved.set(receipt.lineage, { lineage: result.lineage, commit: receipt.genesis, files });
    return null;
  }

  async #adopt(receipt: OriginReceipt & { kind: "adopt" }, files: PolicySetFiles): Promise<string | null> {
    const from = this.#approved.get(receipt.parentLineage);
    if (from === undefined)
      return `it builds on lineage ${receipt.parentLineage}, which no receipt before it adopted`;
    const objects = new EvidenceObjects(receipt.evidence, [from.files, files]);
    const walk = new PolicyWalk(objects, parsePolicySet);
    for (const [id, data] of objects.commits()) walk.add(id, data);
    const chosen = new Map([[receipt.parentLineage, receipt.lineage]]);
    const { adopted } = await walk.forward(from, { now: null, chosen });
    const step = adopted[0];
    if (step === undefined || step.child.lineage !== receipt.lineage || step.commit !== receipt.commit) {
      return `its evidence does not carry epoch ${receipt.epoch}: approvals by signers of the base are missing`;
    }
    this.#approved.set(receipt.lineage, { lineage: step.child, commit: step.commit, files });
    return null;
  }
}

/** The raw objects a receipt carries, by the ids they really have. UNTRUSTED until the ids are asked for. */
class EvidenceObjects {
  readonly #objects = new Map<string, GitObject>();
  /** Policy sets that are known by other means, by the id of their tree. */
  readonly #sets: ReadonlyMap<string, PolicySetFiles>;

  constructor(evidence: Evidence, sets: readonly PolicySetFiles[]) {
    for (const { type, data } of evidence.objects) {
      const bytes = Buffer.from(data, "base64");
      this.#objects.set(gitObjectId(type, bytes), { type, data: bytes });
    }
    this.#sets = new Map(sets.map((files) => [policySetTree(files).tree, files]));
  }

  commit(id: string): Uint8Array {
    return this.#get("commit", id);
  }

  commits(): [string, Uint8Array][] {
    return [...this.#objects].filter(([, { type }]) => type === "commit").map(([id, { data }]) => [id, data]);
  }

  /** Gives the policy set in a root tree: its `.mirror` tree, taken without `memory/`, must be one that is known. */
  async policySet(tree: string): Promise<PolicySetFiles | null> {
    const mirror = readRawTree(this.#get("tree", tree)).find(({ name }) => name.toString() === mirrorName);
    if (mirror === undefined) return null;
    const entries = readRawTree(this.#get("tree", mirror.id)).filter(
      ({ name }) => name.toString() !== memoryName,
    );
    const set = gitObjectId("tree", Buffer.concat(entries.map(({ bytes }) => bytes)));
    const files = this.#sets.get(set);
    if (files === undefined)
      throw new MirrorError("missing-object", `policy set tree ${set} is none the ledger holds`);
    return files;
  }

  #get(type: GitObject["type"], id: string): Uint8Array {
    const object = this.#objects.get(id);
    if (object?.type === type) return object.data;
    throw new MirrorError("missing-object", `the evidence lacks ${type} ${id}`);
  }
}
