import { gitObjectId } from "../base/digest.ts";
import { isMirrorError } from "../base/errors.ts";
import type { Lineage } from "../model/lineage.ts";
import type { PolicySet, PolicySetFiles } from "../model/policy-set.ts";
import { type Commit, parseCommit } from "./commit.ts";
import { type Keyring, openKeyring } from "./keyring.ts";
import { firstLineage, policySetDigest } from "./policy-digest.ts";
import type { ParsePolicySet } from "./policy-sets.ts";
import { verifySignature } from "./signature.ts";
import { readGenesis } from "./statement.ts";

/** What is wrong with a commit that was to be a genesis. */
type GenesisFailure =
  | "other-commit"
  | "unreadable-commit"
  | "no-statement"
  | "other-policy-set"
  | "invalid-policy-set"
  | "unsigned"
  | "unknown-key"
  | "bad-signature"
  | "no-trust-signer";

export type GenesisResult =
  | {
      readonly status: "good";
      readonly lineage: Lineage;
      readonly set: PolicySet;
      /** Id of the signer. */
      readonly signer: string;
      /** Of the key that signed. */
      readonly fingerprint: string;
    }
  | { readonly status: "failed"; readonly failure: GenesisFailure; readonly message: string };

/**
 * Checks that a commit is a genesis (TRUST T6): signed by a signer of the `trust` role of its own policy set,
 * with exactly one `Mirror-Genesis` line that names that set. `files` is the policy set of the commit's tree.
 * This shows that it is well made, not that it is yours: only a person can pin it.
 */
export async function checkGenesis(
  raw: Uint8Array,
  id: string,
  files: PolicySetFiles,
  parse: ParsePolicySet,
): Promise<GenesisResult> {
  const found = gitObjectId("commit", raw);
  if (found !== id) return failed("other-commit", `the bytes are commit ${found}, expected ${id}`);
  const commit = readCommit(raw);
  if ("status" in commit) return commit;
  const named = readGenesis(commit.message);
  if (named === null)
    return failed("no-statement", "its last paragraph has not exactly one `Mirror-Genesis` line");
  const digest = policySetDigest(files);
  if (named !== digest) {
    return failed("other-policy-set", `it names policy set ${named}, but its tree holds ${digest}`);
  }
  const { set, problems } = await parse(files);
  if (set === null) {
    return failed(
      "invalid-policy-set",
      `its policy set has ${problems.length} mistakes: ${problems[0]?.message ?? ""}`,
    );
  }
  const keyring = await readKeyring(set, files);
  if ("status" in keyring) return keyring;
  const lineage = { genesis: id, epoch: 0, lineage: firstLineage(id, digest), digest };
  return judgeSigner(commit, keyring, set, lineage);
}

function judgeSigner(commit: Commit, keyring: Keyring, set: PolicySet, lineage: Lineage): GenesisResult {
  if (commit.signature === null) return failed("unsigned", "it is not signed");
  const result = verifySignature(commit.payload, commit.signature, keyring.keys, { now: null });
  if (result.status === "unknown")
    return failed("unknown-key", `it is signed by ${result.keyId}, no key of its own`);
  if (result.status === "bad") return failed("bad-signature", `its signature is bad: ${result.why}`);
  const { fingerprint } = result;
  const signer = keyring.owners.get(fingerprint);
  if (signer === undefined || set.trust.roles.get("trust")?.signers.includes(signer) !== true) {
    return failed(
      "no-trust-signer",
      `it is signed by ${signer ?? fingerprint}, who has not the role \`trust\``,
    );
  }
  return { status: "good", lineage, set, signer, fingerprint };
}

function readCommit(raw: Uint8Array): Commit | GenesisResult {
  try {
    return parseCommit(raw);
  } catch (error) {
    if (isMirrorError(error, "corrupt-object")) return failed("unreadable-commit", error.message);
    throw error;
  }
}

async function readKeyring(set: PolicySet, files: PolicySetFiles): Promise<Keyring | GenesisResult> {
  try {
    return await openKeyring(set.trust, files);
  } catch (error) {
    if (isMirrorError(error, "bad-key")) return failed("invalid-policy-set", error.message);
    throw error;
  }
}

function failed(failure: GenesisFailure, message: string): GenesisResult {
  return { status: "failed", failure, message };
}
