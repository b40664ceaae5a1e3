import type { BudgetUnit, BudgetWindow } from "./budget.ts";
import type { ConsentMode } from "./consent-mode.ts";
import type { Action } from "./effect.ts";
import type { KeyReference, LastReceipt, WhenCondition } from "./policy-set.ts";
import type { RecordMode } from "./record-mode.ts";
import type { RiskLevel, RiskReason } from "./risk.ts";
import type { UsageSource } from "./usage-source.ts";
import type { Verdict } from "./verdict.ts";

// Documents as they stand in YAML once their schema holds. The schemas are the contract; these only name it.

type OneOrMany = string | readonly string[];

export interface MirrorDocument {
  readonly policy_branch: string;
  readonly otherwise?: Readonly<Partial<Record<Action, "ask" | "deny">>>;
  readonly unenrolled?: "deny";
  readonly unattended?: "deny";
  readonly budgets?: readonly BudgetDocument[];
  readonly bus?: {
    readonly upstreams?: {
      readonly anthropic?: string;
      readonly openai?: string;
      readonly gemini?: string;
    };
    readonly answer_timeout?: number;
    readonly idle_timeout?: number;
  };
}

/** In US dollars for a million tokens. */
export interface RatesDocument {
  readonly input: number;
  readonly output: number;
  readonly cache_read?: number;
  readonly cache_write?: number;
  readonly cache_write_1h?: number;
}

interface PriceDocument extends RatesDocument {
  readonly above?: RatesDocument & { readonly input_tokens: number };
  readonly max_input?: number;
  readonly max_output?: number;
}

export interface PricesDocument {
  readonly models: Readonly<Record<string, PriceDocument>>;
  readonly unknown?: "refuse" | PriceDocument;
}

/** A person's own `bus.yaml` below MIRROR_HOME. */
export interface BusKeysDocument {
  readonly keys: {
    readonly anthropic?: readonly string[];
    readonly openai?: readonly string[];
    readonly gemini?: readonly string[];
  };
}

export interface TrustDocument {
  readonly signers: readonly {
    readonly id: string;
    readonly name: string;
    readonly email?: string;
    readonly keys: readonly KeyReference[];
  }[];
  readonly roles: Readonly<Record<string, RoleDocument>>;
  readonly gates?: readonly (KeyReference & { readonly id: string; readonly revoked?: LastReceipt })[];
}

interface RoleDocument {
  readonly signers: readonly string[];
  readonly threshold: number;
  readonly widening_threshold?: number;
  readonly wanted?: number;
  readonly paths: readonly string[];
}

export interface ConditionsDocument {
  readonly command?: OneOrMany;
  readonly flags?: { readonly any?: readonly string[]; readonly none?: readonly string[] };
  readonly path?: OneOrMany;
  readonly host?: OneOrMany;
  readonly mcp?: OneOrMany;
  readonly agent?: OneOrMany;
  readonly when?: {
    readonly risk?: Partial<NonNullable<WhenCondition["risk"]>>;
    readonly direction?: "fetch" | "send";
    readonly subagent?: boolean;
    readonly after?: RiskReason | readonly RiskReason[];
  };
}

export interface RuleDocument extends ConditionsDocument {
  readonly id: string;
  readonly verdict: Verdict;
  readonly action: Action | readonly Action[];
  readonly unless?: ConditionsDocument;
  readonly opaque?: "allow";
  readonly reason?: string;
  readonly match?: readonly string[];
  readonly not_match?: readonly string[];
}

export interface PolicyDocument {
  readonly id: string;
  readonly rules: readonly RuleDocument[];
  readonly budgets?: readonly BudgetDocument[];
}

export interface AgentDocument {
  readonly id: string;
  readonly description?: string;
  readonly clients: readonly string[];
  readonly policies: readonly string[];
  readonly record?: RecordMode;
  readonly consent?: ConsentMode;
  readonly notify?: readonly string[];
  readonly usage?: UsageSource;
  readonly budgets?: readonly BudgetDocument[];
}

export interface BudgetDocument {
  readonly id: string;
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly window: BudgetWindow;
  readonly action?: Action;
  readonly risk?: RiskLevel;
  readonly share?: Readonly<Record<string, number>>;
}

export interface TestsDocument {
  readonly id: string;
  readonly agent?: string;
  readonly policies?: readonly string[];
  readonly cases: readonly CaseDocument[];
}

interface CaseDocument {
  readonly command?: string;
  readonly tool?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly after?: RiskReason | readonly RiskReason[];
  readonly expect: Verdict;
  readonly rule?: string;
}
