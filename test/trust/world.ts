import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { gitObjectId, sha256 } from "../../src/base/digest.ts";
import { parsePolicySet } from "../../src/model/documents.ts";
import type { Lineage } from "../../src/model/lineage.ts";
import type { PolicySetFiles } from "../../src/model/policy-set.ts";
import { encodeCommit, withSignature } from "../../src/trust/commit-text.ts";
import { childLineage, firstLineage, policySetDigest } from "../../src/trust/policy-digest.ts";
import type { TrustSource } from "../../src/trust/policy-sets.ts";
import { sshString } from "../../src/trust/ssh-wire.ts";
import { approvalStatement, genesisStatement } from "../../src/trust/statement.ts";
import { type ApprovedSet, PolicyWalk, type Walk, type WalkOptions } from "../../src/trust/walk.ts";

/** A person with an SSH key in memory. */
export interface Person {
  readonly id: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  sign(payload: Uint8Array): string;
}

export function person(id: string): Person {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return personWith(id, publicKey, privateKey);
}

export function personWith(id: string, publicKey: KeyObject, privateKey: KeyObject): Person {
  const point = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const blob = Buffer.concat([sshString("ssh-ed25519"), sshString(point)]);
  return {
    id,
    publicKey: `ssh-ed25519 ${blob.toString("base64")} ${id}\n`,
    fingerprint: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
    sign(payload) {
      const digest = createHash("sha512").update(payload).digest();
      const context = [sshString("git"), sshString(""), sshString("sha512")];
      const data = Buffer.concat([Buffer.from("SSHSIG"), ...context, sshString(digest)]);
      const value = Buffer.concat([sshString("ssh-ed25519"), sshString(sign(null, data, privateKey))]);
      const version = Buffer.from([0, 0, 0, 1]);
      const all = Buffer.concat([
        Buffer.from("SSHSIG"),
        version,
        sshString(blob),
        ...context,
        sshString(value),
      ]);
      const lines = all.toString("base64").match(/.{1,70}/g) ?? [];
      return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n");
    },
  };
}

/** Who holds a role, and what it owns. */
interface RoleSpec {
  readonly signers: readonly Person[];
  readonly threshold?: number;
  readonly widening?: number;
  readonly paths?: readonly string[];
}

export interface SetSpec {
  readonly signers: readonly Person[];
  readonly gates?: readonly Person[];
  /** Roles that are not named belong to the first signer alone, with the usual paths. */
  readonly roles?: Readonly<Record<string, RoleSpec>>;
  /** More files, or other content for the usual ones; null removes one. */
  readonly files?: Readonly<Record<string, string | null>>;
}

const usualPaths: Readonly<Record<string, readonly string[]>> = {
  trust: ["mirror.yaml", "trust.yaml", "keys/**"],
  policies: ["policies/**", "tests/**"],
  agents: ["agents/**"],
  memory: ["memory/**"],
};

/** Writes the files of a policy set. */
export function policySet(spec: SetSpec): PolicySetFiles {
  const key = (who: Person): string => `{ file: keys/${who.id}.pub, fingerprint: "${who.fingerprint}" }`;
  const ids = (people: readonly Person[]): string => people.map(({ id }) => id).join(", ");
  const names = [...new Set([...Object.keys(usualPaths), ...Object.keys(spec.roles ?? {})])];
  const roles = names.map((name) => {
    const { signers, threshold, widening, paths } = {
      signers: spec.signers.slice(0, 1),
      ...spec.roles?.[name],
    };
    const owned = JSON.stringify(paths ?? usualPaths[name] ?? []);
    const more = widening === undefined ? "" : `, widening_threshold: ${widening}`;
    return `  ${name}: { signers: [${ids(signers)}], threshold: ${threshold ?? 1}${more}, paths: ${owned} }`;
  });
  const trust = [
    "version: 1",
    "signers:",
    ...spec.signers.map((who) => `  - { id: ${who.id}, name: ${who.id}, keys: [${key(who)}] }`),
    "roles:",
    ...roles,
    ...(spec.gates === undefined ? [] : ["gates:"]),
    ...(spec.gates ?? []).map((gate) => `  - { id: ${gate.id}, ${key(gate).slice(2)}`),
    "",
  ].join("\n");
  const files = new Map<string, string>([
    ["mirror.yaml", "version: 1\npolicy_branch: main\n"],
    ["trust.yaml", trust],
    ["policies/base.yaml", "version: 1\nid: base\nrules: []\n"],
    ["agents/coder.yaml", "version: 1\nid: coder\nclients: [claude-code]\npolicies: [base]\n"],
    ...[...spec.signers, ...(spec.gates ?? [])].map((who): [string, string] => [
      `keys/${who.id}.pub`,
      who.publicKey,
    ]),
  ]);
  for (const [path, content] of Object.entries(spec.files ?? {})) {
    if (content === null) files.delete(path);
    else files.set(path, content);
  }
  return new Map([...files].map(([path, content]) => [path, Buffer.from(content)]));
}

/** A policy with these rules, in flow form: `{ id: a, verdict: deny, action: shell.exec }`. */
export function policyFile(...rules: readonly string[]): string {
  const list = rules.map((rule) => `\n  - ${rule}`).join("");
  return `version: 1\nid: base\nrules:${list === "" ? " []" : list}\n`;
}

export interface CommitSpec {
  readonly set?: PolicySetFiles | null;
  readonly message: string;
  /** Null: unsigned. */
  readonly by: Person | null;
  readonly parents?: readonly string[];
  readonly time?: number;
}

export interface MadeCommit {
  readonly id: string;
  readonly raw: Uint8Array;
  readonly tree: string;
}

/** A repository in memory: trees are known by their policy set alone. */
export class World {
  readonly trees = new Map<string, PolicySetFiles | null>();
  readonly commits: MadeCommit[] = [];
  readonly loads: string[] = [];
  readonly source: TrustSource = {
    policySet: async (tree) => {
      this.loads.push(tree);
      const files = this.trees.get(tree);
      if (files === undefined) throw new Error(`no tree ${tree}`);
      return files;
    },
  };
  readonly #salt = { next: 0 };

  tree(set: PolicySetFiles | null): string {
    this.#salt.next += 1;
    const id = gitObjectId(
      "tree",
      Buffer.from(`${set === null ? "" : policySetDigest(set)} ${this.#salt.next}`),
    );
    this.trees.set(id, set);
    return id;
  }

  commit(spec: CommitSpec): MadeCommit {
    const tree = this.tree(spec.set ?? null);
    const who = { name: "Ada", email: "ada@example.org", time: spec.time ?? 1_767_225_600, zone: "+0000" };
    const payload = encodeCommit({
      tree,
      parents: spec.parents ?? [],
      author: who,
      committer: who,
      message: spec.message,
    });
    const raw = spec.by === null ? payload : withSignature(payload, spec.by.sign(payload));
    const made = { id: gitObjectId("commit", raw), raw, tree };
    this.commits.push(made);
    return made;
  }

  genesis(set: PolicySetFiles, by: Person): ApprovedSet {
    const digest = policySetDigest(set);
    const { id } = this.commit({ set, by, message: `begin\n\n${genesisStatement(digest)}\n` });
    return {
      commit: id,
      files: set,
      lineage: { genesis: id, epoch: 0, lineage: firstLineage(id, digest), digest },
    };
  }

  /** A commit that approves `set` on `base`. */
  approve(base: Lineage, set: PolicySetFiles, by: Person | null, parents?: readonly string[]): MadeCommit {
    const message = `approve\n\n${approvalStatement(policySetDigest(set), base.epoch, base.lineage)}\n`;
    return this.commit({ set, by, message, parents: parents ?? [some("a")] });
  }

  /** A merge commit that approves what it holds. */
  approvingMerge(base: Lineage, set: PolicySetFiles, by: Person | null): MadeCommit {
    return this.approve(base, set, by, [some("a"), some("b")]);
  }

  /** A merge commit that says nothing. */
  plainMerge(
    set: PolicySetFiles | null,
    by: Person | null = null,
    message = "Merge branch 'x'\n",
  ): MadeCommit {
    return this.commit({ set, by, message, parents: [some("a"), some("b")] });
  }

  /** Walks over all commits made so far, in the order of `commits` unless another is given. */
  async walk(
    from: ApprovedSet,
    options: Partial<WalkOptions> & { commits?: readonly MadeCommit[] } = {},
  ): Promise<Walk> {
    const walk = new PolicyWalk(this.source, parsePolicySet);
    for (const { id, raw } of options.commits ?? this.commits) walk.add(id, raw);
    return await walk.forward(from, { now: options.now ?? null, chosen: options.chosen ?? new Map() });
  }
}

/** An id that stands for some commit of no interest. */
function some(name: string): string {
  return sha256(name).slice(0, 40);
}

/** Gives the lineage that approved sets make of `from`, one after the other. */
export function lineageOf(from: Lineage, ...sets: readonly PolicySetFiles[]): Lineage {
  return sets.reduce((lineage, set) => childLineage(lineage, policySetDigest(set)), from);
}
