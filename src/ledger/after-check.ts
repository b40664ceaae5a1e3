import type { Receipt } from "../model/receipt.ts";
import { longestPast, SessionRisks } from "../model/session-risks.ts";
import type { Report } from "./verify-receipt.ts";

/**
 * Follows what sessions did from receipt to receipt: a gate is found out that leaves out of a decision input what its own
 * receipts show. More than they show only makes rules stricter. Where nothing is said, deciding again takes it that the
 * session had done everything.
 */
export class AfterCheck {
  readonly #risks = new SessionRisks("did-nothing");

  check(receipt: Receipt, report: Report): void {
    if (receipt.kind !== "decision") return;
    const { input, decision } = receipt;
    const time = Date.parse(receipt.time);
    if (input.after !== undefined) {
      const said = new Set(input.after);
      const missing = this.#risks.since(input, time - longestPast).filter((reason) => !said.has(reason));
      if (missing.length > 0)
        report("after-differs", `it leaves out what its session did before: ${missing.join(", ")}`);
    }
    if (decision.verdict !== "deny") this.#risks.add(input, input.analysis, time);
  }
}
