/** Something a person should know about the policy's history. None of these moves or stops the gate by itself. */
export interface TrustProblem {
  readonly code:
    | "unreadable-commit"
    | "malformed-statement"
    | "unsigned"
    | "unknown-key"
    | "bad-signature"
    | "other-policy-set"
    | "unusable-policy-set"
    | "conflicting-settlements"
    | "settled-child-missing"
    | "fork";
  /** Id of the commit it is about. */
  readonly commit: string;
  readonly message: string;
}
