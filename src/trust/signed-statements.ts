import type { StatementCommit } from "./candidates.ts";
import type { Keyring } from "./keyring.ts";
import { verifySignature } from "./signature.ts";
import type { JudgedAt } from "./signature-result.ts";
import type { TrustProblem } from "./trust-problem.ts";

/** A statement whose signature is good, and whose it is. */
export interface SignedStatement<S> extends StatementCommit<S> {
  /** Signer id. */
  readonly signer: string;
}

/** Gives the signer of a statement by the keys of `keyring`, or what is wrong with its signature. */
export function findSigner<S>(
  { id, commit }: StatementCommit<S>,
  keyring: Keyring,
  at: JudgedAt,
): { readonly signer: string } | TrustProblem {
  if (commit.signature === null)
    return {
      code: "unsigned",
      commit: id,
      message: "what it states is not signed, expected a signature by a signer",
    };
  const result = verifySignature(commit.payload, commit.signature, keyring.keys, at);
  if (result.status === "bad")
    return {
      code: "bad-signature",
      commit: id,
      message: `what it states has a bad signature: ${result.why}`,
    };
  const signer = result.status === "good" ? keyring.owners.get(result.fingerprint) : undefined;
  if (signer !== undefined) return { signer };
  const key = result.status === "good" ? result.fingerprint : result.keyId;
  return {
    code: "unknown-key",
    commit: id,
    message: `what it states is signed by ${key}, expected a key of a signer's in trust.yaml`,
  };
}

/** Keeps the statements with a good signature, in the order of their ids. */
export function keepSigned<S>(
  statements: readonly StatementCommit<S>[],
  keyring: Keyring,
  at: JudgedAt,
  problems: TrustProblem[],
): readonly SignedStatement<S>[] {
  const signed: SignedStatement<S>[] = [];
  for (const statement of [...statements].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const found = findSigner(statement, keyring, at);
    if ("signer" in found) signed.push({ ...statement, signer: found.signer });
    else problems.push(found);
  }
  return signed;
}
