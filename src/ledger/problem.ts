/** What verification can find wrong. */
export type LedgerProblemCode =
  /** An object is missing, damaged, or no ledger commit. */
  | "unreadable"
  /** Not exactly the commit before it as parent. */
  | "chain-broken"
  | "unsigned"
  /** Signed by none of the gate's keys. */
  | "unknown-key"
  | "bad-signature"
  | "invalid-receipt"
  /** Another gate's, or a `genesis` that is not the first. */
  | "wrong-gate"
  | "wrong-kind"
  | "wrong-sequence"
  /** `prev` is not the digest of the receipt before. */
  | "wrong-prev"
  | "time-backwards"
  /** The tree is not the one before with this receipt added. */
  | "tree-differs"
  /** The `policy-set` tree is not what the receipt names. */
  | "policy-set-differs"
  | "lineage-broken"
  /** The last paragraph is not what mirror writes for this receipt. */
  | "trailers-differ"
  | "message-differs"
  | "wrong-author"
  /** The objects that prove a policy set's origin are not there, or do not prove it. */
  | "evidence-missing"
  | "evidence-differs"
  /** What it says was used of a budget is less than its receipts add up to, or of another time. */
  | "spend-differs"
  /** An answer to an ask that its signer did not give, or a decision by a grant that does not hold. */
  | "consent-differs"
  /** It leaves out something that the session did before, by its receipts. */
  | "after-differs"
  /** Past the last receipt that counts of a revoked gate, or not the one `trust.yaml` names. */
  | "revoked"
  /** Deciding again gives another decision. */
  | "decision-differs";

/** One thing that is wrong with a ledger. */
export interface LedgerProblem {
  readonly code: LedgerProblemCode;
  /** One line: what was found and what was expected. */
  readonly message: string;
  /** The commit it was found at; null for the ledger as a whole. */
  readonly commit: string | null;
}
