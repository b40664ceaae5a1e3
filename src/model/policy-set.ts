import type { Budget } from "./budget.ts";
import type { ConsentMode } from "./consent-mode.ts";
import type { Action } from "./effect.ts";
import type { RecordMode } from "./record-mode.ts";
import type { RiskLevel, RiskReason } from "./risk.ts";
import type { UsageSource } from "./usage-source.ts";
import type { Verdict } from "./verdict.ts";

/**
 * The bytes of a policy set: the `.mirror` tree without `memory/`. Keys are paths below `.mirror/` with `/`
 * between segments (`policies/base.yaml`). What is signed is these bytes, never a parsed form.
 */
export type PolicySetFiles = ReadonlyMap<string, Uint8Array>;

/** A policy set, parsed and checked against its schemas. */
export interface PolicySet {
  readonly config: Config;
  readonly trust: Trust;
  /** By id. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** By id. */
  readonly agents: ReadonlyMap<string, Binding>;
  /** By id. */
  readonly tests: ReadonlyMap<string, DecisionTable>;
  /** What models cost; null where there is no `prices.yaml`. */
  readonly prices: Prices | null;
}

/** `mirror.yaml`. */
export interface Config {
  readonly version: 1;
  /** Branch that carries the policy set, without `refs/heads/`. YAML key `policy_branch`. */
  readonly policyBranch: string;
  /** The verdict where no rule matches; `deny` for an action that is not named. */
  readonly otherwise: Readonly<Partial<Record<Action, "ask" | "deny">>>;
  /** What a gate answers that trust.yaml does not enrol; null: what the rules say. */
  readonly unenrolled: "deny" | null;
  /** What becomes of an ask where nobody is there to answer it; null: that is the client's. */
  readonly unattended: "deny" | null;
  /** What all agents together may use. */
  readonly budgets: readonly PlacedBudget[];
  readonly bus: BusSettings;
}

/** Where the model bus passes requests on to; the addresses have no slash at their end. */
export interface BusSettings {
  readonly upstreams: {
    readonly anthropic: string;
    readonly openai: string;
    readonly gemini: string;
  };
  /** Seconds until an answer must begin. */
  readonly answerTimeout: number;
  /** Seconds that an answer may stand still. */
  readonly idleTimeout: number;
}

/** `trust.yaml`. */
export interface Trust {
  readonly version: 1;
  readonly signers: readonly Signer[];
  /** By role name; `trust`, `policies`, `agents` and `memory` are always there. */
  readonly roles: ReadonlyMap<string, Role>;
  readonly gates: readonly EnrolledGate[];
}

/** A person who may sign. */
export interface Signer {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly keys: readonly KeyReference[];
}

/** One public key file, and what identifies the key in it exactly. */
export interface KeyReference {
  /** Path below `.mirror/`: `keys/ada.asc` (OpenPGP, armored) or `keys/ada.pub` (SSH, one line). */
  readonly file: string;
  /** OpenPGP: the full primary fingerprint, upper-case hex. SSH: `SHA256:…` as ssh-keygen prints it. */
  readonly fingerprint: string;
}

/** A job in the repository: who does it, and how many of them it takes. */
export interface Role {
  /** Signer ids. */
  readonly signers: readonly string[];
  /** Distinct signers that must approve. At least 1, at most the number of signers. */
  readonly threshold: number;
  /** Distinct signers that must approve what may permit more (TRUST P7); null: `threshold`. YAML key `widening_threshold`. */
  readonly wideningThreshold: number | null;
  /** How many distinct signers it is to take: the threshold is at least that, or the number of signers if that is less; null: nobody said. */
  readonly wanted: number | null;
  /** Globs of paths below `.mirror/` that the role owns. */
  readonly paths: readonly string[];
}

/** A gate whose receipts count. */
export interface EnrolledGate extends KeyReference {
  readonly id: string;
  /** The last of its receipts that counts, where none after it does (TRUST S2); null: all count. */
  readonly revoked: LastReceipt | null;
}

/** Where a ledger ends. */
export interface LastReceipt {
  readonly seq: number;
  /** Id of the receipt's commit. */
  readonly head: string;
}

/** `policies/<id>.yaml`. */
export interface Policy {
  readonly version: 1;
  readonly id: string;
  readonly rules: readonly Rule[];
  /** What all agents together may use that the policy holds for. */
  readonly budgets: readonly PlacedBudget[];
}

/** One rule. Conditions of one kind are alternatives; conditions of different kinds must all hold. */
export interface Rule extends Conditions {
  readonly id: string;
  readonly verdict: Verdict;
  readonly actions: readonly Action[];
  /** For people, in every answer this rule gives. */
  readonly reason: string | null;
  /** True if the rule says `opaque: allow`. Only in allow rules that have `command`. */
  readonly allowsOpaque: boolean;
  /** The rule does not speak where these hold. */
  readonly unless: Conditions | null;
  /** Shell commands this rule must match. YAML key `match`. */
  readonly match: readonly Example[];
  /** Shell commands this rule must not match. YAML key `not_match`. */
  readonly notMatch: readonly Example[];
  readonly at: SourcePosition;
}

/** Where a thing stands in its file. */
export interface SourcePosition {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** An example and where it stands. */
export interface Example {
  readonly command: string;
  readonly at: SourcePosition;
}

/** What must hold of an effect. Null: says nothing. */
export interface Conditions {
  /** Command patterns as written; one word group per entry, with `{a,b}` not yet expanded. */
  readonly command: readonly string[] | null;
  readonly flags: FlagCondition | null;
  readonly path: readonly string[] | null;
  readonly host: readonly string[] | null;
  /** Globs over `server/tool`. Only with mcp.call. */
  readonly mcp: readonly string[] | null;
  /** Globs over the subagent type. Only with agent.spawn. */
  readonly agent: readonly string[] | null;
  readonly when: WhenCondition | null;
}

export interface FlagCondition {
  /** The command has at least one of these. Null: says nothing. */
  readonly any: readonly string[] | null;
  /** The command has none of these. Null: says nothing. */
  readonly none: readonly string[] | null;
}

export interface WhenCondition {
  readonly risk: {
    readonly min: RiskLevel | null;
    readonly max: RiskLevel | null;
    /** At least one of these reasons stands. */
    readonly any: readonly RiskReason[] | null;
    /** None of these stands. */
    readonly none: readonly RiskReason[] | null;
  } | null;
  /** `direction` of a host: `fetch` or `send`. */
  readonly direction: "fetch" | "send" | null;
  /** True: only for subagents; false: only for the agent itself. */
  readonly subagent: boolean | null;
  /**
   * Something with at least one of these reasons was let through earlier in the session. Only where more of it makes the rule
   * stricter: in deny and ask rules, and in what an allow rule does not speak of (`unless`).
   */
  readonly after: readonly RiskReason[] | null;
}

/** A budget, and where it stands. */
export interface PlacedBudget extends Budget {
  readonly at: SourcePosition;
}

/** `agents/<id>.yaml`. */
export interface Binding {
  readonly version: 1;
  readonly id: string;
  readonly description: string | null;
  /** Clients that may speak for this agent. */
  readonly clients: readonly string[];
  /** Ids of the policies that hold for it, all together. */
  readonly policies: readonly string[];
  /** `redacted` where nothing is said. */
  readonly record: RecordMode;
  /** `client` where nothing is said. */
  readonly consent: ConsentMode;
  /** A program that is told of an ask which waits, and its arguments; null: none. */
  readonly notify: readonly string[] | null;
  /** `bus` where nothing is said. */
  readonly usage: UsageSource;
  readonly budgets: readonly PlacedBudget[];
}

/** `tests/<id>.yaml`: calls and what must be decided of them. */
export interface DecisionTable {
  readonly version: 1;
  readonly id: string;
  /** The agent that makes the calls; null where `policies` is given. */
  readonly agent: string | null;
  /** Policies that are tried by themselves, bound to no agent; null where `agent` is given. */
  readonly policies: readonly string[] | null;
  readonly cases: readonly DecisionCase[];
}

export interface DecisionCase {
  /** A shell command, or null where `tool` is given. */
  readonly command: string | null;
  /** A client's tool and its input: `{name: Read, input: {file_path: .env}}`. */
  readonly tool: { readonly name: string; readonly input: Readonly<Record<string, unknown>> } | null;
  /** What the session did before. */
  readonly after: readonly RiskReason[];
  readonly expect: Verdict;
  /** A rule that must be among the reasons (`base/no-secrets`); null: any. */
  readonly rule: string | null;
  readonly at: SourcePosition;
}

/** What a million tokens cost, in millionths of a US dollar: whole numbers, so that sums are exact. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  /** Null: not said. */
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  /** Of what is kept for an hour. YAML key `cache_write_1h`. */
  readonly longCacheWrite: number | null;
}

/** What one model costs, or all whose names match. */
export interface ModelPrice {
  /** A name, or the beginning of names and `*`. */
  readonly pattern: string;
  readonly rates: Rates;
  /** From more than so many input tokens on, a request costs other rates throughout. */
  readonly above: { readonly inputTokens: number; readonly rates: Rates } | null;
  /** The most input that one request can have, in tokens; null: not said. */
  readonly maxInput: number | null;
  readonly maxOutput: number | null;
  readonly at: SourcePosition;
}

/** `prices.yaml`: what models cost. */
export interface Prices {
  readonly models: readonly ModelPrice[];
  /** What a model counts at that no pattern matches; null: it is refused. */
  readonly unknown: ModelPrice | null;
}
