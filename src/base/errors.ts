/** Every code a MirrorError can carry. Callers branch on these and on nothing else. */
export type ErrorCode =
  // what a person typed
  | "usage"
  | "not-a-terminal"
  | "declined"
  // files and documents
  | "invalid-document"
  | "invalid-policy-set"
  | "too-large"
  // hook payloads
  | "malformed-payload"
  | "unknown-client"
  // calls of a model
  | "usage-unreadable"
  | "invalid-use"
  | "already-settled"
  // repositories
  | "not-a-repository"
  | "unsupported-repository"
  | "missing-object"
  | "corrupt-object"
  | "shallow"
  | "bad-ref"
  | "ref-moved"
  | "git-locked"
  | "git-failed"
  | "work-tree-conflict"
  // trust
  | "no-genesis"
  | "not-initialised"
  | "not-pinned"
  | "forked"
  | "threshold-not-met"
  // keys and signatures
  | "no-key"
  | "bad-key"
  | "bad-signature"
  | "signing-failed"
  | "passphrase-needed"
  // ledger
  | "ledger-diverged"
  | "ledger-unwritable"
  | "ledger-corrupt"
  | "ledger-locked"
  | "gate-key-missing"
  | "gate-revoked"
  // agents
  | "unknown-agent"
  | "agent-exists"
  // gate and daemon
  | "gate-unreachable"
  | "overloaded"
  | "consent-refused"
  | "unsupported-platform"
  | "internal";

export interface MirrorErrorOptions {
  /** Machine-readable details: paths, ids, counts. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** What the person can do next: one imperative sentence, or a command. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class. `message` names what was found, what was expected and where: lower-case, input in
 * backticks, no full stop. `hint` says what to do.
 */
export class MirrorError extends Error {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: MirrorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MirrorError";
    this.code = code;
    this.data = options.data ?? {};
    this.hint = options.hint ?? null;
  }
}

/** Tells whether `error` is a MirrorError, optionally with one of the given codes. */
export function isMirrorError(error: unknown, ...codes: ErrorCode[]): error is MirrorError {
  return error instanceof MirrorError && (codes.length === 0 || codes.includes(error.code));
}

/** Gives the text of anything thrown, for a message. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Gives the `code` of a Node system error (`ENOENT`, …), or null for anything else. */
export function systemErrorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
