import type { BudgetUnit, Settlement, Spend } from "./budget.ts";
import type { ConsentAnswer, GrantedEffect } from "./consent.ts";
import type { Decision, DecisionInput } from "./decision.ts";
import type { ModelCall, ModelUse } from "./model-use.ts";
import type { CountedMessage } from "./reported-use.ts";

/** How strongly a receipt can be believed, weakest first (DESIGN section 4). */
export type Assurance = "hook" | "sandbox" | "separate-user" | "witnessed";

/** What every receipt says. Stored as canonical JSON, one file. */
export interface ReceiptHeader {
  readonly version: 1;
  /** The gate's id. */
  readonly gate: string;
  /** From 0 (the ledger's `genesis`), one more each. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds, by the gate's clock. */
  readonly time: string;
  /** `sha256:` digest of the receipt before it; null for the first. */
  readonly prev: string | null;
  readonly policySet: string;
  readonly epoch: number;
  readonly lineage: string;
  readonly assurance: Assurance;
  /** The version of mirror that wrote it. */
  readonly engine: string;
}

/** What a receipt is about, by its kind. */
export type ReceiptBody =
  | GenesisBody
  | AdoptBody
  | DecisionBody
  | OutcomeBody
  | ApprovalBody
  | GrantBody
  | SpendBody
  | SessionBody
  | GapBody;

export type Receipt = ReceiptHeader & ReceiptBody;

export type ReceiptKind = Receipt["kind"];

/** Every kind there is. */
export const receiptKinds: readonly ReceiptKind[] = [
  "genesis",
  "adopt",
  "decision",
  "outcome",
  "approval",
  "grant",
  "spend",
  "session",
  "gap",
];

/** Raw git objects that prove where a policy set came from, each base64, with its type. Re-hash to believe. */
export interface Evidence {
  readonly objects: readonly { readonly type: "commit" | "tree" | "blob"; readonly data: string }[];
}

/** The ledger's first entry: the genesis it stands on. */
export interface GenesisBody {
  readonly kind: "genesis";
  readonly genesis: string;
  readonly evidence: Evidence;
}

/** A new epoch took effect. */
export interface AdoptBody {
  readonly kind: "adopt";
  /** The merge commit that brought it. */
  readonly commit: string;
  readonly parentLineage: string;
  /** Signer ids whose approvals counted. */
  readonly approvedBy: readonly string[];
  readonly evidence: Evidence;
}

/** A tool call was decided. */
export interface DecisionBody {
  readonly kind: "decision";
  readonly input: DecisionInput;
  readonly decision: Decision;
  /** `plain`: decide(input) gives `decision`. `sealed`: the raw call was stricter than its redacted form. */
  readonly replay: "plain" | "sealed";
  /** HMAC, under a key of the gate's own, of session and call id: how an outcome finds its decision. */
  readonly call: string | null;
  /** Salted commitment to the raw tool input (TRUST R3). */
  readonly commitment: string;
  /** What a mark in `input` stands for, each value once; left out for none, as in receipts from before this was told. */
  readonly removed?: readonly RemovedValue[];
  /** What it would put into files; left out for nothing, as in receipts from before this was told. */
  readonly contents?: readonly KeptContent[];
  /** Salted commitment to the files and links it was judged by (TRUST H5); null for none, and for a deny. */
  readonly ground: string | null;
  /** The shim's parent process as it claims; null if it said none. */
  readonly claimedPid: number | null;
}

/** A value that a mark stands for: its kind, and a salted commitment to it. */
export interface RemovedValue {
  readonly kind: string;
  readonly commitment: string;
}

/** What is kept of a text for a file: its field in the tool's input, its bytes in UTF-8, and a salted commitment. */
export interface KeptContent {
  readonly field: string;
  readonly size: number;
  readonly commitment: string;
}

/** What the client says came of a call. A claim. */
export interface OutcomeBody {
  readonly kind: "outcome";
  readonly agent: string;
  readonly subagent: string | null;
  readonly session: string;
  readonly tool: string;
  /** Sequence number of the decision; null if none was found. */
  readonly decision: number | null;
  readonly status: "ok" | "failed" | "interrupted" | "undelivered";
  readonly duration: number | null;
  readonly commitment: string | null;
  /** Whether the decision's ground is something else by now; null where nobody can tell any more. */
  readonly changedAfterDecision: boolean | null;
  /** What the gate itself measured, where that is not what was taken; no claim of the client's. */
  readonly settled?: readonly Settlement[];
  /** Of an ask that the client put to a person: it ran, so they said yes. Left out where nobody was asked there. */
  readonly consent?: "approved-in-client";
}

/**
 * Calls of a model. One that the bus passes on: what it takes of budgets was reserved, was refused, or is settled by what the
 * bus measured. Or several, made already, as the client reported them.
 */
export interface SpendBody extends ModelCall, ModelUse {
  readonly kind: "spend";
  readonly what: "reserved" | "refused" | "settled" | "reported";
  /** Settled: the receipt that reserved it. */
  readonly reservation: number | null;
  /** What was used of the agent's budgets and what this takes (reserved and refused: by estimate); left out for none. */
  readonly spend?: readonly Spend[];
  /** Settled: what was measured against what was taken; left out where that is the same. */
  readonly settled?: readonly Settlement[];
  /** Refused: why. */
  readonly reason: string | null;
  /** Reported: what the client says, which the gate has no means to check. Else left out. */
  readonly report?: UsageReport;
}

/** What a client told of its model calls. A claim. */
export interface UsageReport {
  readonly source: "transcript";
  readonly messages: readonly CountedMessage[];
  /** Lines that should have told something and could not be read. */
  readonly skipped: number;
}

/** What became of an ask that waited: a signer's answer, or none in time. */
export interface ApprovalBody {
  readonly kind: "approval";
  readonly agent: string;
  readonly subagent: string | null;
  readonly session: string;
  /** Sequence number of the decision that asked. */
  readonly ask: number;
  readonly answer: ConsentAnswer | "none";
  /** Who answered, and the text they signed; null: nobody did. */
  readonly consent: SignedConsent | null;
  /** What was granted for calls like it; null: nothing. */
  readonly grant: GivenGrant | null;
  /** Where it may not run: what the ask took of budgets, given back. Left out where it took nothing. */
  readonly settled?: readonly Settlement[];
}

/** A signed answer. */
export interface SignedConsent {
  /** Signer id. */
  readonly by: string;
  readonly text: string;
  /** Armored: a detached OpenPGP signature, or an SSH one. */
  readonly signature: string;
}

/** A permission given in answer to an ask. It ends then, with its session, or when the policy set changes. */
export interface GivenGrant {
  readonly effects: readonly GrantedEffect[];
  /** RFC 3339, milliseconds, UTC. */
  readonly until: string;
  /** Null: in any session of the agent. */
  readonly session: string | null;
}

/** A signer let an agent use more of a budget, or a grant was taken back. */
export interface GrantBody {
  readonly kind: "grant";
  readonly agent: string;
  readonly what: "topped-up" | "revoked";
  /** Revoked: sequence number of the receipt that gave it; else null. */
  readonly grant: number | null;
  /** Topped up: of what, and how much more; else null. */
  readonly topUp: GivenTopUp | null;
  /** Topped up: who signed it; else null. */
  readonly consent: SignedConsent | null;
}

/** More of a budget than its limit, in one window of it. */
export interface GivenTopUp {
  readonly budget: string;
  readonly unit: BudgetUnit;
  /** The window's label. */
  readonly window: string;
  /** As it is counted. */
  readonly more: number;
  /** RFC 3339, milliseconds, UTC. */
  readonly until: string;
}

/** A session or a subagent began or ended. */
export interface SessionBody {
  readonly kind: "session";
  readonly agent: string;
  readonly subagent: string | null;
  readonly session: string;
  readonly what: "session-start" | "session-end" | "subagent-start" | "subagent-stop";
}

/** Something that should be here is not, and why. */
export interface GapBody {
  readonly kind: "gap";
  readonly agent: string | null;
  readonly cause: "second-outcome" | "overloaded" | "disk-reserve" | "repaired";
  /** How many calls or claims it stands for; `repaired`: how many receipts the ledger's ref did not lead to. */
  readonly count: number;
}
