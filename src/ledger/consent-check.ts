import { canonicalJson } from "../base/canonical-json.ts";
import type { Spend } from "../model/budget.ts";
import type { ConsentMode } from "../model/consent-mode.ts";
import { parsePolicySet } from "../model/documents.ts";
import { poolOf } from "../model/held-budgets.ts";
import type { PolicySetFiles } from "../model/policy-set.ts";
import type {
  ApprovalBody,
  DecisionBody,
  GivenTopUp,
  GrantBody,
  OutcomeBody,
  Receipt,
  ReceiptHeader,
} from "../model/receipt.ts";
import type { Report } from "./verify-receipt.ts";

/** Receipts that speak of an answer. */
export type ApprovalReceipt = ReceiptHeader & ApprovalBody;

/** A decision that was asked about, as its answer is held against it. */
export type AskReceipt = ReceiptHeader & DecisionBody;

/** Holds a signed answer against the ask and the signers of the policy set: gives what is wrong, a line each. */
export type CheckConsent = (
  approval: ApprovalReceipt,
  ask: AskReceipt,
  files: PolicySetFiles,
) => Promise<readonly string[]>;

/** A grant of more of a budget, or one that takes a grant back. */
export type GrantReceipt = ReceiptHeader & GrantBody;

/** Holds a signed grant of more of a budget against the signers of the policy set: gives what is wrong, a line each. */
export type CheckTopUp = (receipt: GrantReceipt, files: PolicySetFiles) => Promise<readonly string[]>;

/**
 * Follows asks, answers and grants from receipt to receipt: an answer that nobody signed, that is to another call or comes
 * twice, and a decision that goes by a grant which does not hold, are found out.
 */
export class ConsentCheck {
  readonly #check: CheckConsent;
  readonly #checkTopUp: CheckTopUp;
  /** Asks without an answer, by number. */
  readonly #asks = new Map<number, AskReceipt>();
  readonly #grants = new Map<number, ApprovalReceipt>();
  readonly #topUps = new Map<number, { readonly receipt: GrantReceipt; readonly topUp: GivenTopUp }>();

  /** Where each agent's asks go, by policy set. */
  readonly #modes = new WeakMap<PolicySetFiles, ReadonlyMap<string, ConsentMode>>();

  constructor(check: CheckConsent, checkTopUp: CheckTopUp) {
    this.#check = check;
    this.#checkTopUp = checkTopUp;
  }

  async look(receipt: Receipt, files: PolicySetFiles, report: Report): Promise<void> {
    if (receipt.kind === "decision") {
      this.#decision(receipt, report);
      this.#more(receipt.input.agent, receipt.input.spend ?? [], receipt, report);
    }
    if (receipt.kind === "approval") await this.#approval(receipt, files, report);
    if (receipt.kind === "grant") await this.#grant(receipt, files, report);
    if (receipt.kind === "spend") this.#more(receipt.agent, receipt.spend ?? [], receipt, report);
    if (receipt.kind === "outcome") this.#outcome(receipt, files, report);
  }

  #decision(receipt: AskReceipt, report: Report): void {
    for (const { receipt: number, effects } of receipt.input.grants ?? []) {
      const why = this.#whyNotHolding(number, receipt);
      if (why !== null) report("consent-differs", `it goes by grant ${number}, which ${why}`);
      else if (canonicalJson(this.#grants.get(number)?.grant?.effects) !== canonicalJson(effects))
        report("consent-differs", `it goes by grant ${number} for more than that allows`);
    }
    if (receipt.decision.verdict === "ask") this.#asks.set(receipt.seq, receipt);
  }

  #whyNotHolding(number: number, { input, time, lineage }: AskReceipt): string | null {
    const approval = this.#grants.get(number);
    const grant = approval?.grant;
    if (approval === undefined || grant === undefined || grant === null) return "is none, or was taken back";
    if (approval.agent !== input.agent || approval.subagent !== input.subagent) return "is another agent's";
    if (approval.lineage !== lineage) return "was given under another policy set";
    if (grant.until <= time) return `held until ${grant.until}`;
    return grant.session === null || grant.session === input.session ? null : "was given in another session";
  }

  async #approval(receipt: ApprovalReceipt, files: PolicySetFiles, report: Report): Promise<void> {
    const ask = this.#asks.get(receipt.ask);
    if (ask === undefined) {
      report("consent-differs", `it answers ${receipt.ask}, which asks nothing or has its answer`);
      return;
    }
    this.#asks.delete(receipt.ask);
    for (const what of ["agent", "subagent", "session"] as const) {
      // A grant is its approval's: it must not become another one's than who asked.
      if (receipt[what] !== ask.input[what])
        report("consent-differs", `it names the ${what} ${receipt[what]}, expected ${ask.input[what]}`);
    }
    const wrong = receipt.consent === null ? withoutConsent(receipt) : await this.#check(receipt, ask, files);
    for (const message of wrong) report("consent-differs", message);
    if (wrong.length === 0 && receipt.grant !== null) this.#grants.set(receipt.seq, receipt);
  }

  /** What was approved in the client was asked, there and not of a signer, and answered by nobody else. */
  #outcome(receipt: ReceiptHeader & OutcomeBody, files: PolicySetFiles, report: Report): void {
    const { decision, consent, agent, lineage } = receipt;
    const ask = decision === null ? undefined : this.#asks.get(decision);
    // A call that is over is answered by nobody any more.
    if (ask !== undefined) this.#asks.delete(ask.seq);
    if (consent === undefined) return;
    if (ask === undefined)
      report(
        "consent-differs",
        `it says that ${decision} was approved in the client, where nothing was asked`,
      );
    else if (ask.lineage !== lineage || ask.input.agent !== agent || !this.#asksInClient(files, agent))
      report(
        "consent-differs",
        `it says that ${decision} was approved in the client, where a signer is asked`,
      );
  }

  #asksInClient(files: PolicySetFiles, agent: string): boolean {
    const modes =
      this.#modes.get(files) ??
      new Map([...(parsePolicySet(files).set?.agents ?? [])].map(([id, { consent }]) => [id, consent]));
    this.#modes.set(files, modes);
    return modes.get(agent) === "client";
  }

  async #grant(receipt: GrantReceipt, files: PolicySetFiles, report: Report): Promise<void> {
    const { what, grant, topUp } = receipt;
    if (what === "revoked") this.#revocation(grant, report);
    else if (topUp === null) report("consent-differs", "it grants nothing");
    else {
      const wrong = await this.#checkTopUp(receipt, files);
      for (const message of wrong) report("consent-differs", message);
      if (wrong.length === 0) this.#topUps.set(receipt.seq, { receipt, topUp });
    }
  }

  /** Holds how much more of a budget a receipt says was granted against what was. */
  #more(agent: string, spend: readonly Spend[], { time, lineage }: ReceiptHeader, report: Report): void {
    for (const { budget, unit, window, more = 0 } of spend) {
      if (more === 0) continue;
      const pool = poolOf(agent, budget, unit);
      const granted = [...this.#topUps.values()]
        .filter(({ receipt }) => receipt.lineage === lineage)
        .filter(({ topUp }) => topUp.window === window && topUp.until > time)
        .filter(({ receipt, topUp }) => poolOf(receipt.agent, topUp.budget, topUp.unit) === pool)
        .reduce((sum, { topUp }) => sum + topUp.more, 0);
      if (more > granted)
        report(
          "consent-differs",
          `it says ${more} more of ${budget} was granted in ${window}, expected ${granted}`,
        );
    }
  }

  #revocation(grant: number | null, report: Report): void {
    if (grant === null || !(this.#grants.delete(grant) || this.#topUps.delete(grant)))
      report("consent-differs", `it takes back grant ${grant}, which is none`);
  }
}

function withoutConsent({ answer, grant }: ApprovalReceipt): string[] {
  return answer === "none" && grant === null ? [] : ["it says that somebody answered, and nobody signed it"];
}
