/** Where a policy set stands: the chain of approved changes from the genesis (TRUST P2). */
export interface Lineage {
  /** Id of the genesis commit. */
  readonly genesis: string;
  /** Count of approved changes. */
  readonly epoch: number;
  /** Hash that chains them: 64 lower-case hex digits. */
  readonly lineage: string;
  /** D(T) of the policy set: 64 lower-case hex digits. */
  readonly digest: string;
}

/** What a gate has pinned outside the repository: where it never goes back behind (TRUST T6). */
export interface Pin extends Lineage {
  readonly version: 1;
  /** The commit whose tree holds the policy set of this lineage: the genesis or a merge commit. */
  readonly commit: string;
  /** This gate's ledger; null before its first receipt is folded. */
  readonly ledger: LedgerPosition | null;
}

/** A place in a gate's ledger. */
export interface LedgerPosition {
  readonly seq: number;
  /** Id of the receipt's commit. */
  readonly head: string;
  /** `sha256:` digest of the receipt. */
  readonly receipt: string;
}
